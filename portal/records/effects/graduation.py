"""What the graduation workflow needs and sets off."""

CHECKS: dict = {}
EFFECTS: dict = {}
