"""A family's rows as a stencil: ids, names, numbers, places and people are blanks to be filled in again, and its days may
lie some weeks earlier.
A blank is first written between two letters that no text has; in JSON a number that is a blank loses its quotes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from portal.assessment.records.visits import Assessment, Visit
from portal.demo.family import ToldFamily
from portal.evidence.records import Evidence
from portal.family.records.models import Address, Aid, BatchRow, Decile, Episode, Household, KkNumber, Member, Payment
from portal.graduation.records import dossiers
from portal.graduation.records.dossiers import Graduation, Submission
from portal.kernel import bulk, clock, history
from portal.kernel.base import Base
from portal.kernel.history import Event
from portal.kernel.people import Area, User
from portal.kernel.vault import chain_digest
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
_OF_THE_OFFICE = ("valid_from",)
"""Days in documents that are not the family's."""
_BLANK = re.compile('"\ue002([^\ue003]*)\ue003"|\ue000([^\ue001]*)\ue001')
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
Moment = TypeVar("Moment", bound=date)
Row = dict[str, Any]
"""By attribute."""
Rows = Mapping[type[Base], Sequence[Row]]


class Blanks(NamedTuple):
    """A value that each copy has another of: a text with `%s` for the blanks; without a text the one blank itself."""

    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Happened:
    """An event of the stencil, its columns as they keep it. Where its reason or detail differs from copy to copy, so does the
    digest, a blank named `why` or `digest`."""

    at: datetime
    seq: int
    told: Blanks
    cells: Row


@dataclass(frozen=True)
class Left:
    """What a story left behind: rows and events of its family, in a kelurahan of that name. `office_days`: when files came."""

    family: ToldFamily
    area_name: str
    rows: Rows
    office_days: frozenset[date]

    def moves(self, moment: date) -> bool:
        """Whether this is a day of the family: no birth date, no day of the office, and not what follows from one, as the first
        visit does."""
        day, (household,) = day_of(moment), self.rows[Household]
        is_first = day == household["due_on"] and not self.rows[Visit]
        return day >= self.family.town.days.beginning and day not in self.office_days and not is_first


def day_of(moment: date) -> date:
    return clock.local(moment).date() if isinstance(moment, datetime) else moment


class Stencil:
    """What `left` says, so many weeks earlier, to be filled in."""

    def __init__(self, left: Left, weeks: int = 0) -> None:
        self.left, self._earlier, rows, family = left, timedelta(weeks=weeks), left.rows, left.family
        self._days: set[date] = set()
        self.ids = {model.__tablename__: {row["id"]: at for at, row in enumerate(rows[model])} for model in COPIED}
        self._people = {family.by.id: "facilitator", family.town.people["wati"].id: "officer"}
        words = {row["name"]: f"name:{row['id']}" for row in rows[Member]}
        words |= {str(row["birth_date"]): f"born:{row['id']}" for row in rows[Member] if row["birth_date"]}
        words |= {row["sha256"]: f"sha:{row['id']}" for row in rows[Submission]}
        words |= {row["reference"]: f"reference:{row['id']}" for row in rows[Graduation] if row["reference"]}
        words |= {family.street: "street", family.kelurahan: "kelurahan", family.by.name: "facilitator_name"}
        self._words = {**words, left.area_name: "kelurahan_name"}
        longest_first = sorted(self._words, key=len, reverse=True)
        self._found = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in longest_first))
        opened = {row["id"]: json.loads(dossiers.content(Submission(**row))) for row in rows[Submission]}
        self.payloads = {number: _blanks(self._document(content)) for number, content in opened.items()}
        self.rows = {model: [self._row(model, row) for row in rows[model]] for model in COPIED}
        self.happened = [self._event(row) for row in rows[Event]]

    def weeks(self, most: int) -> int:
        """By how many more the family's days may lie earlier: each stays on its side of today and of what files did, and the
        graduation in its year."""
        rows, office_days = self.left.rows, self.left.office_days
        walls = {day_of(row["at"]) for row in rows[Event] if row["kind"] != "intake.change"} & office_days
        walls.add(self.left.family.town.days.today)
        room = [(day - wall).days for day in self._days for wall in walls if wall <= day]
        room += [row["effective_on"].timetuple().tm_yday for row in rows[Graduation] if row["effective_on"]]
        return min((most, *(max(0, one - 1) // 7 for one in room)))

    def story(self, model: type[Base], number: int) -> Row:
        """A row of the story itself."""
        return next(row for row in self.left.rows[model] if row["id"] == number)

    def _event(self, row: Row) -> Happened:
        cells, at = self._row(Event, row), self._moved(row["at"])
        detail, reason = cells["detail"], cells["reason"]
        digest = "\ue000digest\ue001" if isinstance(detail, Blanks) else chain_digest((detail or "null").encode())
        why = "\ue000why\ue001" if isinstance(reason, Blanks) else history.digest_of_reason(reason)
        who, subject, family = (_marked(cells[name]) for name in ("actor_id", "subject_id", "household_id"))
        kind, table, *states = (cells[name] for name in ("kind", "subject_type", "from_state", "to_state"))
        told = history.told(at, who, kind, table, subject, family, *states, why, digest)
        cells["detail_digest"] = Blanks("", ("digest",)) if isinstance(detail, Blanks) else digest
        return Happened(at, row["seq"], _blanks(told.decode()), cells)

    def _row(self, model: type[Base], row: Row) -> Row:
        """As the columns keep it, or blanks."""
        return {name: self._cell(model, name, row) for name in bulk.attributes(model)}

    def _cell(self, model: type[Base], name: str, row: Row) -> object:
        value = row[name]
        if value is None:
            return None
        if (model, name) in _OWN:
            return Blanks("", (f"{_OWN[model, name]}:{row['id']}",))
        if isinstance(value, dict | list):
            return _plain(self._document(value, {"id": "evidence"} if model is Submission else {}))
        if type(value) is int:
            return _blank(self._id(_table_of(model, name, row), value))
        if isinstance(value, date):
            value = self._moved(value)
        elif type(value) is str:
            column = model.__mapper__.columns[name]
            if any(key.column.table.name == Area.__tablename__ for key in column.foreign_keys):
                return Blanks("", ("kecamatan" if len(value) == len("35.73.05") else "kelurahan",))
            return _plain(self._found.sub(self._word, value))
        return bulk.encoded(model, name, [value])[0]

    def _moved(self, moment: Moment) -> Moment:
        if not self.left.moves(moment):
            return moment
        self._days.add(day_of(moment))
        return moment - self._earlier

    def _word(self, found: re.Match[str]) -> str:
        return f"\ue000{self._words[found[0]]}\ue001"

    def _id(self, table: str, number: int) -> str | int:
        """The name of its blank, or the number itself."""
        if table == User.__tablename__:
            return self._people.get(number, number)
        return f"{table}:{number}" if number in self.ids.get(table, ()) else number

    def _document(self, content: object, ids: Mapping[str, str] | None = None) -> str:
        return history.canonical(self._walked(content, "", {**_IDS, **(ids or {})})).decode()

    def _walked(self, content: object, name: str, ids: Mapping[str, str]) -> object:
        if isinstance(content, dict):
            return {key: self._walked(value, key, ids) for key, value in content.items()}
        if isinstance(content, list):
            return [self._walked(value, f"{name}[]", ids) for value in content]
        if type(content) is int and name in ids:
            return _marked(_blank(self._id(ids[name], content)))
        if not isinstance(content, str):
            return content
        if _DAY.fullmatch(content) and name not in _OF_THE_OFFICE and content not in self._words:
            return str(self._moved(date.fromisoformat(content)))
        number, line, rest = content.partition("|") if name == "members[]" else ("", "", content)
        return (f"\ue000members:{number}\ue001{line}" if line else "") + self._found.sub(self._word, rest)


def _table_of(model: type[Base], name: str, row: Row) -> str:
    """What a whole number in this column is the id of, or nothing."""
    if name in ("subject_id", "case_id"):
        return str(row.get("subject_type") or f"{row['case_type']}s")
    if name == "id":
        return str(model.__tablename__)
    return next((str(key.column.table.name) for key in model.__mapper__.columns[name].foreign_keys), "")


def _blank(found: str | int) -> Blanks | int:
    return found if isinstance(found, int) else Blanks("", (found,))


def _marked(cell: object) -> object:
    """For a document: a blank that stands for a number."""
    return f"\ue002{cell.keys[0]}\ue003" if isinstance(cell, Blanks) else cell


def _plain(text: str) -> Blanks | str:
    """Blanks only where there are some."""
    return _blanks(text) if _BLANK.search(text) else text


def _blanks(text: str) -> Blanks:
    keys = tuple(found[1] or found[2] for found in _BLANK.finditer(text))
    return Blanks(_BLANK.sub("%s", text.replace("%", "%%")), keys)
