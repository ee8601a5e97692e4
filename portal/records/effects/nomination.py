"""What the nomination workflow needs and sets off."""

CHECKS: dict = {}
EFFECTS: dict = {}
