"""A family's rows as a form to be filled in again: ids, names, numbers, places and people become blanks.

A blank is written between two letters that no text has; in JSON a number that is a blank loses its quotes. A value is then
plain, one `Blank`, or `Pieces` of text with blanks between them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal.assessment.records.visits import Assessment, Visit
from portal.demo.family import ToldFamily
from portal.demo.loading import Row
from portal.evidence.records import Evidence
from portal.family.records.models import Address, Aid, Decile, Episode, Household, KkNumber, Member, Payment
from portal.family.records.register import BatchRow
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Graduation, Submission
from portal.kernel.base import Base
from portal.kernel.history import Event, canonical
from portal.kernel.people import Area, User
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.nomination.records.nominations import Nomination

COPIED: tuple[type[Base], ...] = (
    Household, Member, KkNumber, Episode, Decile, Payment, Address, Aid, Visit, Assessment, Evidence, Graduation, Monitoring,
    MonitoringVisit, Nomination, MembershipProposal, Submission, BatchRow,
)  # fmt: skip
"""Parents first; the words of names are made anew."""
_OWN = {
    (Household, "phone"): "phone", (Household, "sort_name"): "sort", (Member, "nik"): "nik", (Member, "nik_index"): "index",
    (Member, "birth_date"): "born", (KkNumber, "kk"): "kk", (KkNumber, "kk_index"): "kk_index", (BatchRow, "row"): "row",
    (Submission, "payload"): "payload",
}  # fmt: skip
_IDS = {
    "by": "users", "facilitator": "users", "household_id": "households", "graduation": "graduations", "batch": "batches",
    "monitoring": "monitorings", "visit_id": "visits", "assessment": "assessments",
    **dict.fromkeys(("evidence[]", "statement[]", "scans[]", "income_proof[]", "proof[]", "minutes[]", "attendance_list[]",
                     "signed_minutes[]", "photos[]", "field_report[]"), "evidence"),
}  # fmt: skip
"""What a number under this name in a document, or in a list of this name, is the id of."""
_BLANK = re.compile("\ue000([^\ue001]*)\ue001")
_NUMBER = re.compile('"\ue002([^\ue003]*)\ue003"')


Rows = Mapping[type[Base], Sequence[Row]]


@dataclass(frozen=True)
class Blank:
    key: str


@dataclass(frozen=True)
class Pieces:
    """Text, blank, text, blank, …, text."""

    parts: tuple[str, ...]


class Template:
    """The rows of one family; `area` is what its kelurahan is called."""

    def __init__(self, family: ToldFamily, rows: Rows, area: str) -> None:
        self.family = family
        self.ids = {model.__tablename__: {row["id"]: at for at, row in enumerate(rows[model])} for model in COPIED}
        self.people = {family.by.id: "facilitator", family.town.people["wati"].id: "officer"}
        self.members, self.cards = rows[Member], rows[KkNumber]
        tokens = {row["name"]: f"name:{row['id']}" for row in rows[Member]}
        tokens |= {family.street: "street", family.kelurahan: "kelurahan", family.by.name: "facilitator_name"}
        tokens |= {row["sha256"]: f"sha:{row['id']}" for row in rows[Submission]}
        tokens |= {row["reference"]: f"reference:{row['id']}" for row in rows[Graduation] if row["reference"]}
        self._tokens = {**tokens, area: "kelurahan_name"}
        self._found = re.compile(
            "|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in sorted(self._tokens, key=len, reverse=True))
        )
        self.payloads = {row["id"]: self._document(json.loads(dossiers.content(Submission(**row)))) for row in rows[Submission]}
        self.rows = {model: [self._row(model, row) for row in rows[model]] for model in COPIED}
        self.events = [self._row(Event, row) for row in rows[Event]]

    def _row(self, model: type[Base], row: Row) -> Row:
        """Filled with what stays; `kelurahan` and ids by what their columns refer to."""
        return {name: self._value(model, name, value, row) for name, value in row.items()}

    def _value(self, model: type[Base], name: str, value: object, row: Row) -> object:
        if value is None:
            return None
        if (model, name) in _OWN:
            return Blank(f"{_OWN[model, name]}:{row['id']}")
        if isinstance(value, int) and not isinstance(value, bool):
            table = _table_of(model, name, row)
            return self._id(table, value) if table else value
        if isinstance(value, dict | list):
            return self._document(value, {"id": "evidence"} if model is Submission else {})
        if type(value) is not str:
            return value
        column = getattr(model, name).property.columns[0]
        if any(key.column.table.name == Area.__tablename__ for key in column.foreign_keys):
            return Blank("kecamatan" if len(value) == len("35.73.05") else "kelurahan")
        marked = self._marked(value)
        return _pieces(marked) if _BLANK.search(marked) else marked

    def _id(self, table: str, number: int) -> Blank | int:
        if table == User.__tablename__:
            return Blank(self.people[number]) if number in self.people else number
        return Blank(f"{table}:{number}") if number in self.ids.get(table, ()) else number

    def _marked(self, text: str) -> str:
        return self._found.sub(lambda found: f"\ue000{self._tokens[found[0]]}\ue001", text)

    def _document(self, content: object, ids: Mapping[str, str] | None = None) -> Blank | Pieces:
        text = canonical(self._walked(content, "", {**_IDS, **(ids or {})})).decode()
        return _pieces(_NUMBER.sub("\ue000\\1\ue001", text))

    def _walked(self, content: object, name: str, ids: Mapping[str, str]) -> object:
        if isinstance(content, dict):
            return {key: self._walked(value, key, ids) for key, value in content.items()}
        if isinstance(content, list):
            return [self._walked(value, f"{name}[]", ids) for value in content]
        if isinstance(content, str):
            return self._line(content) if name == "members[]" else self._marked(content)
        if type(content) is int and name in ids:
            found = self._id(ids[name], content)
            return f"\ue002{found.key}\ue003" if isinstance(found, Blank) else found
        return content

    def _line(self, text: str) -> str:
        """A member's line in a submission begins with its id."""
        number, rest = text.split("|", 1)
        return f"\ue000members:{number}\ue001|{self._marked(rest)}"


def _table_of(model: type[Base], name: str, row: Row) -> str | None:
    if name in ("subject_id", "case_id"):
        kind: str = row.get("subject_type") or f"{row['case_type']}s"
        return kind
    if name == "id":
        table: str = model.__tablename__
        return table
    keys = getattr(model, name).property.columns[0].foreign_keys
    return next((str(key.column.table.name) for key in keys), None)


def _pieces(text: str) -> Blank | Pieces:
    parts = tuple(_BLANK.split(text))
    if len(parts) == 3 and not parts[0] and not parts[2]:
        return Blank(parts[1])
    return Pieces(parts)
