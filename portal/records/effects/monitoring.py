"""What the monitoring workflow needs and sets off."""

CHECKS: dict = {}
EFFECTS: dict = {}
