"""`/impor`: a roster is uploaded, looked over, applied step by step, and told in numbers that open their lists."""

from portal.intake.pages import files, progress, rows
from portal.intake.pages.blueprint import bp

__all__ = ["bp", "files", "progress", "rows"]
