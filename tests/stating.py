"""What people say when they take a step: whole, as poor as types allow, or with files that somebody else has staged."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from portal.records import nominations
from portal.records.clock import today
from portal.rules import facts, policy
from portal.rules.terms import Actor, EvidenceKind, Relation, Role, Sex
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
    if kind is facts.FieldCheck:
        shots = scan(who, EvidenceKind.FIELD_CHECK_PHOTO, how)
        return facts.FieldCheck(today(), True, 3, 900_000, "Sewa", "Buruh cuci", "Layak", photos=shots)
    if kind is facts.Deliberation:
        lists = (scan(who, EvidenceKind.MINUTES, how), scan(who, EvidenceKind.ATTENDANCE_LIST, how))
        return facts.Deliberation(today(), 12, "Layak", *lists)
    day = today() + timedelta(days=1) if how == POOR else today()
    made: dict[type, Callable[[], Any]] = {
        facts.Note: facts.Note,
        facts.Reason: lambda: facts.Reason("Alasan"),
        facts.Defects: lambda: facts.Defects(("Foto kabur",)),
        facts.Decision: lambda: facts.Decision(override_reason="" if how == POOR else "Sudah dicek"),
        facts.Plan: lambda: facts.Plan("Modal", today() + timedelta(days=0 if how == POOR else 30)),
        facts.Counselling: lambda: go.counselling(**({"present": ()} if how == POOR else {})),
        facts.OwnWishCounselling: go.own_wish,
        facts.SignedStatement: lambda: facts.SignedStatement(today(), scan(who, EvidenceKind.SIGNED_STATEMENT, how)),
        facts.IncomeBasis: lambda: facts.IncomeBasis("" if how == POOR else "Warung"),
        facts.ExitChoice: lambda: facts.ExitChoice(facts.WayOut.PROGRAMME),
        facts.Recorded: lambda: facts.Recorded(day, "SIKS-1"),
        facts.Effective: lambda: facts.Effective(day),
        facts.Endorsement: lambda: facts.Endorsement(today(), scan(who, EvidenceKind.SIGNED_MINUTES, how)),
        facts.Assignee: lambda: facts.Assignee(cast.actor("joko" if how == POOR else "sari").id),
        facts.Forwarding: lambda: facts.Forwarding(day, "2026-11"),
        facts.NationalResult: lambda: facts.NationalResult(day),
        facts.DuplicateOf: lambda: facts.DuplicateOf(cast.household("Ponijan").id, "Orang yang sama"),
        facts.Intervention: lambda: facts.Intervention(
            "Modal", "Diskopindag", today() + timedelta(days=0 if how == POOR else 30)
        ),
        facts.MembershipChange: lambda: facts.MembershipChange(day, "Desil 6"),
        facts.Resumption: lambda: facts.Resumption(day, "Layak lagi", scan(who, EvidenceKind.FIELD_REPORT, how)),
        facts.IneligibleExit: lambda: facts.IneligibleExit(
            day, facts.IneligibleBecause.MOVED, "Pindah", scan(who, EvidenceKind.EXIT_PROOF, how)
        ),
        facts.NonComplianceExit: lambda: facts.NonComplianceExit(day, "Tidak hadir", scan(who, EvidenceKind.EXIT_PROOF, how)),
    }
    return made[kind]()


def new_member(name: str) -> nominations.NewMember:
    born = date(1990, 2, 3)
    return nominations.NewMember(name, cast.nik(born, Sex.FEMALE), Sex.FEMALE, born, Relation.HEAD)


def new_family(kelurahan: str) -> nominations.NewFamily:
    return nominations.NewFamily(kelurahan, "Jl. Kalpataru 5", 2, 5, cast.kk(), None, None, new_member("Lilik"), "Serabutan")
