"""`/keluarga`: the caseload, the page of a family, and what changes there between visits."""

from portal.caseload.pages import editing, families, numbers
from portal.caseload.pages.families import bp

__all__ = ["bp", "editing", "families", "numbers"]
