"""`/keluarga`: the caseload, the page of a family, and what changes there between visits."""

from portal.pages.households import listing, members, numbers, panel, show, transfer
from portal.pages.households.blueprint import bp

__all__ = ["bp", "listing", "members", "numbers", "panel", "show", "transfer"]
