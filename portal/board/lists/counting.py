"""What counts toward a target, the same on a facilitator's first page and on the board."""

from portal.kernel.settings import Settings
from portal.kernel.terms import ExitType


def counted_exits(terms: Settings) -> tuple[ExitType, ...]:
    """Independent graduation, and programme exits only when a setting says so."""
    programme = terms.text("programme_exit_counts") == "yes"
    return (ExitType.INDEPENDENT, ExitType.PROGRAMME) if programme else (ExitType.INDEPENDENT,)


def only_exit(counted: tuple[ExitType, ...]) -> ExitType | None:
    """What the lists behind the counts are limited to; None when more than one way out counts."""
    return counted[0] if len(counted) == 1 else None
