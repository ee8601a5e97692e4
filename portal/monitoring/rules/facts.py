"""What the steps of monitoring state."""

from dataclasses import dataclass, field
from datetime import date

from portal.kernel.facts import _LONG, _SHORT


@dataclass(frozen=True)
class Intervention:
    what: str = field(metadata=_LONG)
    office: str = field(metadata=_SHORT)
    due_on: date = field(metadata={"future": True})
