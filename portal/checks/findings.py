"""What a check finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """`rule` names what does not hold, as `area.fault`; the subject is a table and the id of its row."""

    rule: str
    subject_type: str
    subject_id: int
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.rule} {self.subject_type}/{self.subject_id} {self.detail}".rstrip()
