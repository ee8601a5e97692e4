"""`/impor`: a roster is uploaded, looked over, applied step by step, and told in numbers that open their lists."""

from portal.pages.intake import files, progress, rows
from portal.pages.intake.blueprint import bp

__all__ = ["bp", "files", "progress", "rows"]
