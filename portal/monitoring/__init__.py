"""How families fare after graduating."""
