"""What people say when they take a step: whole, as poor as types allow, or with files that somebody else has staged."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from portal.graduation.rules import (
    Counselling,
    Effective,
    ExitChoice,
    IncomeBasis,
    OwnWishCounselling,
    Plan,
    Recorded,
    SignedStatement,
    WayOut,
)
from portal.kernel import policy
from portal.kernel.clock import today
from portal.kernel.terms import Actor, EvidenceKind, Relation, Role, Sex
from portal.kernel.workflow import Decision, Defects, Note, Reason
from portal.membership.rules import IneligibleBecause, IneligibleExit, MembershipChange, NonComplianceExit, Resumption
from portal.monitoring.rules import Intervention
from portal.nomination.records import nominations
from portal.nomination.rules import (
    Assignee,
    Deliberation,
    DuplicateOf,
    Endorsement,
    FieldCheck,
    Forwarding,
    NationalResult,
)
from tests import cast
from tests import graduating as go

PEOPLE = ("sari", "joko", "wati", "rini", "budi", "dewi", "ratna", "admin", "kepala", "sari as supervisor")
WHOLE, POOR, BORROWED = "whole", "poor", "borrowed"
_keys = itertools.count(1)


def person(name: str) -> Actor:
    """By name; "as supervisor" is somebody who was promoted and must not decide on former work."""
    who = cast.actor(name.split()[0])
    return Actor(who.id, Role.SUPERVISOR, ("35.73",)) if " " in name else who


def fresh_key() -> str:
    return f"workflow-{next(_keys)}"


def scan(who: Actor, kind: EvidenceKind, how: str) -> tuple[int, ...]:
    """Ids of files that prove something: the own ones, none, or such as somebody else has staged."""
    lender = next(one for one in (cast.actor("dewi"), cast.actor("budi")) if one.id != who.id)
    uploader = lender if how == BORROWED else who
    if how == POOR or not policy.may(uploader, "evidence.stage"):
        return ()
    return (go.staged(uploader, kind),)


def stated(kind: type, who: Actor, how: str) -> Any:
    """Facts of this kind; when poor, as empty as their types allow, and dated as they must not be."""
    if kind is FieldCheck:
        shots = scan(who, EvidenceKind.FIELD_CHECK_PHOTO, how)
        return FieldCheck(today(), True, 3, 900_000, "Sewa", "Buruh cuci", "Layak", photos=shots)
    if kind is Deliberation:
        lists = (scan(who, EvidenceKind.MINUTES, how), scan(who, EvidenceKind.ATTENDANCE_LIST, how))
        return Deliberation(today(), 12, "Layak", *lists)
    day = today() + timedelta(days=1) if how == POOR else today()
    made: dict[type, Callable[[], Any]] = {
        Note: Note,
        Reason: lambda: Reason("Alasan"),
        Defects: lambda: Defects(("Foto kabur",)),
        Decision: lambda: Decision(override_reason="" if how == POOR else "Sudah dicek"),
        Plan: lambda: Plan("Modal", today() + timedelta(days=0 if how == POOR else 30)),
        Counselling: lambda: go.counselling(**({"present": ()} if how == POOR else {})),
        OwnWishCounselling: go.own_wish,
        SignedStatement: lambda: SignedStatement(today(), scan(who, EvidenceKind.SIGNED_STATEMENT, how)),
        IncomeBasis: lambda: IncomeBasis("" if how == POOR else "Warung"),
        ExitChoice: lambda: ExitChoice(WayOut.PROGRAMME),
        Recorded: lambda: Recorded(day, "SIKS-1"),
        Effective: lambda: Effective(day),
        Endorsement: lambda: Endorsement(today(), scan(who, EvidenceKind.SIGNED_MINUTES, how)),
        Assignee: lambda: Assignee(cast.actor("joko" if how == POOR else "sari").id),
        Forwarding: lambda: Forwarding(day, "2026-11"),
        NationalResult: lambda: NationalResult(day),
        DuplicateOf: lambda: DuplicateOf(cast.household("Ponijan").id, "Orang yang sama"),
        Intervention: lambda: Intervention("Modal", "Diskopindag", today() + timedelta(days=0 if how == POOR else 30)),
        MembershipChange: lambda: MembershipChange(day, "Desil 6"),
        Resumption: lambda: Resumption(day, "Layak lagi", scan(who, EvidenceKind.FIELD_REPORT, how)),
        IneligibleExit: lambda: IneligibleExit(day, IneligibleBecause.MOVED, "Pindah", scan(who, EvidenceKind.EXIT_PROOF, how)),
        NonComplianceExit: lambda: NonComplianceExit(day, "Tidak hadir", scan(who, EvidenceKind.EXIT_PROOF, how)),
    }
    return made[kind]()


def new_member(name: str) -> nominations.NewMember:
    born = date(1990, 2, 3)
    return nominations.NewMember(name, cast.nik(born, Sex.FEMALE), Sex.FEMALE, born, Relation.HEAD)


def new_family(kelurahan: str) -> nominations.NewFamily:
    return nominations.NewFamily(kelurahan, "Jl. Kalpataru 5", 2, 5, cast.kk(), None, None, new_member("Lilik"), "Serabutan")
