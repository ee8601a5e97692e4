"""Changes of membership: proposed, confirmed, dismissed."""
