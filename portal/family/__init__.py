"""Households: members, numbers, components, aid, and finding them by name."""
