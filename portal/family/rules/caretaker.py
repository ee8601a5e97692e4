"""Who is named for a family, and the words that it is found by."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from portal.family.rules import names
from portal.kernel.terms import Relation


class Named(Protocol):
    """A present member as summaries see one: a Member, or a row with these columns."""

    @property
    def name(self) -> str: ...
    @property
    def is_caretaker(self) -> bool: ...
    @property
    def relation(self) -> Relation | None: ...


def caretaker(members: Sequence[Any]) -> Any:
    """The named recipient; without one the head, without a head the first."""
    by_rank = sorted(members, key=lambda member: (not member.is_caretaker, member.relation != Relation.HEAD))
    return by_rank[0] if by_rank else None


def caretaker_name(members: Sequence[Named]) -> str:
    chosen = caretaker(members)
    return chosen.name if chosen else ""


def sort_name(members: Sequence[Named]) -> str:
    return " ".join(names.tokens(caretaker_name(members)))[:120]


def words_of(members: Iterable[Named]) -> set[str]:
    return {word[:40] for member in members for word in names.tokens(member.name)}
