"""The words of the house: closed sets and value types that every layer shares.

Values are what is stored; labels for people are in web/labels.py. Sources: domain.md sections 2 to 7.
"""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Role(StrEnum):
    FACILITATOR = "facilitator"
    KELURAHAN_OFFICER = "kelurahan_officer"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    VIEWER = "viewer"


class Reach(StrEnum):
    """How far a grant goes; `NONE` is what everything unknown gets."""

    NONE = "none"
    CASELOAD = "caseload"
    ASSIGNED = "assigned"
    AREA = "area"
    EVERYWHERE = "everywhere"


class Membership(StrEnum):
    CANDIDATE = "candidate"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXITED = "exited"
    DROPPED = "dropped"


IN_PROGRAMME = (Membership.ACTIVE, Membership.SUSPENDED)
"""A family that aid still reaches, or will again: suspended is not gone."""
OUT_OF_PROGRAMME = (Membership.EXITED, Membership.DROPPED)
"""A family that may come back as a candidate."""


class ExitType(StrEnum):
    INDEPENDENT = "independent"
    PROGRAMME = "programme"
    NATURAL = "natural"
    NON_COMPLIANCE = "non_compliance"
    INELIGIBLE = "ineligible"


class Presence(StrEnum):
    FOUND = "found"
    MOVED = "moved"
    DECEASED = "deceased"
    NOT_FOUND = "not_found"


class RegistryMatch(StrEnum):
    UNCHECKED = "unchecked"
    MATCHED = "matched"
    MISMATCHED = "mismatched"
    DUPLICATE = "duplicate"
    DECEASED = "deceased"


class Sex(StrEnum):
    MALE = "L"
    FEMALE = "P"


class Relation(StrEnum):
    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    CHILD_IN_LAW = "child_in_law"
    GRANDCHILD = "grandchild"
    PARENT = "parent"
    SERVANT = "servant"
    OTHER = "other"


class SchoolLevel(StrEnum):
    """What a member attends now; unknown is None, never `NOT_IN_SCHOOL`."""

    PRIMARY = "primary"
    JUNIOR_SECONDARY = "junior_secondary"
    SENIOR_SECONDARY = "senior_secondary"
    FINISHED = "finished"
    NOT_IN_SCHOOL = "not_in_school"


class Component(StrEnum):
    PREGNANT = "pregnant"
    EARLY_CHILDHOOD = "early_childhood"
    PRIMARY = "primary"
    JUNIOR_SECONDARY = "junior_secondary"
    SENIOR_SECONDARY = "senior_secondary"
    ELDERLY = "elderly"
    SEVERE_DISABILITY = "severe_disability"
    RIGHTS_VICTIM = "rights_victim"


class LeavingReason(StrEnum):
    MOVED_OUT = "moved_out"
    MARRIED = "married"
    DECEASED = "deceased"
    RECORDED_WRONGLY = "recorded_wrongly"


class Band(StrEnum):
    """Readiness; domain.md section 7. An internal instrument, never a rule of the ministry."""

    READY = "siap_diusulkan"
    STRENGTHEN = "perlu_penguatan"
    NOT_YET = "belum_siap"


class VisitOutcome(StrEnum):
    MET = "met"
    NOT_MET = "not_met"


class EvidenceKind(StrEnum):
    IDENTITY_CARD = "identity_card"
    FAMILY_CARD = "family_card"
    HOUSE_FRONT = "house_front"
    VISIT_PHOTO = "visit_photo"
    FIELD_CHECK_PHOTO = "field_check_photo"
    SIGNED_STATEMENT = "signed_statement"
    INCOME_PROOF = "income_proof"
    MINUTES = "minutes"
    ATTENDANCE_LIST = "attendance_list"
    SIGNED_MINUTES = "signed_minutes"
    FIELD_REPORT = "field_report"
    EXIT_PROOF = "exit_proof"


_PERIOD = re.compile(r"(20\d\d)-Q([1-4])")


@dataclass(frozen=True, order=True)
class Period:
    """A quarter, written `2026-Q4`: the cut-off of a decile and the stage of a payment."""

    year: int
    quarter: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Raises ValueError for anything but `YYYY-Qn`."""
        match = _PERIOD.fullmatch(text.strip().upper())
        if not match:
            raise ValueError(f"not a period: {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Period":
        return cls(day.year, (day.month + 2) // 3)

    def previous(self) -> "Period":
        return Period(self.year - 1, 4) if self.quarter == 1 else Period(self.year, self.quarter - 1)

    def last_day(self) -> date:
        following = date(self.year + self.quarter // 4, self.quarter % 4 * 3 + 1, 1)
        return date.fromordinal(following.toordinal() - 1)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.quarter}"


@dataclass(frozen=True)
class Actor:
    """Who acts: a user as rules see one. `areas` are codes the person is assigned to (kelurahan, kecamatan or city)."""

    id: int
    role: Role
    areas: tuple[str, ...] = ()


class Refused(Exception):
    """A rule says no; `code` names the rule for texts.py."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Rejected(Exception):
    """An upload that is not kept. `code`: empty, not_supported, too_large, too_many_pixels or damaged."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
