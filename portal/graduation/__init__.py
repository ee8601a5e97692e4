"""Families that leave cash aid because they can stand on their own."""
