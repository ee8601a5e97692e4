"""`/keluarga`: the caseload, the page of a family, and what changes there between visits."""

from portal.caseload.pages import listing, members, numbers, panel, show
from portal.caseload.pages.listing import bp

__all__ = ["bp", "listing", "members", "numbers", "panel", "show"]
