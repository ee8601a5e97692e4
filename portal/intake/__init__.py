"""Files in: read without trust, judged, previewed, applied."""
