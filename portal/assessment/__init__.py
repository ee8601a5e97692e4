"""Visits at the door, the readiness instrument, its answers and results."""
