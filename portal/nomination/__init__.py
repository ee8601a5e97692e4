"""Families proposed as new beneficiaries, from a draft to the national result."""
