"""What a person states when taking a step: one frozen dataclass per kind of step; its fields become the form.

`metadata`: `widget` ("textarea", "radio", "evidence"), `max` characters, `minimum` and `unit` for numbers. Evidence
fields hold ids of staged files. Dates may not lie in the future: the gate refuses them. Here are those that several
workflows share; the others stand in the `rules` of their slice.
"""

from dataclasses import dataclass, field

from portal.kernel.terms import EvidenceKind

LONG = {"widget": "textarea", "max": 2000}
SHORT = {"max": 120}


def evidence(kind: EvidenceKind, *, required: bool = True, most: int = 1) -> tuple[int, ...]:
    """A field that claims staged files of one kind."""
    metadata = {"widget": "evidence", "kind": kind, "required": required, "most": most}
    return field(metadata=metadata) if required else field(default=(), metadata=metadata)


@dataclass(frozen=True)
class Reason:
    reason: str = field(metadata=LONG)


@dataclass(frozen=True)
class Note:
    note: str = field(default="", metadata=LONG)


@dataclass(frozen=True)
class Defects:
    defects: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """`override_reason` is required when the case is stale or the decision overrides a recommendation."""

    note: str = field(default="", metadata=LONG)
    override_reason: str = field(default="", metadata=LONG)
