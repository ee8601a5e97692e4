"""A row of everything in every place, so that borders are met: own, next door, another kecamatan, nobody's."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from portal.assessment.records.visits import Visit
from portal.evidence.records import Evidence
from portal.family.records.models import Aid, Batch, BatchRow, Household, KkNumber, Member
from portal.graduation.records.dossiers import Graduation
from portal.kernel import vault
from portal.kernel.base import session
from portal.kernel.clock import now, today
from portal.kernel.people import User
from portal.kernel.terms import EvidenceKind, ExitType, VisitOutcome
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring, MonitoringVisit
from portal.nomination.records.nominations import Nomination
from tests import cast

DINOYO = "35.73.05.1005"
"""The same kecamatan as Jatimulyo, another kelurahan."""
PHONE = "+6281234567890"
STATED = {"effective_on": str(today()), "reason": "Desil 6"}

PARTS = {"member_id": Member, "visit_id": MonitoringVisit, "aid": Aid, "row_id": BatchRow}
"""What else an address may name."""


@dataclass
class World:
    """`kept[model]` are its rows, one for each family, in the order of the families."""

    kept: dict[type, list[Any]] = field(default_factory=dict)

    def rows(self, model: type) -> list[Any]:
        return self.kept[model]

    def others(self, endpoint: str) -> list[Any]:
        """Rows behind an id of a view that is marked without a model."""
        blueprint = endpoint.partition(".")[0]
        return self.kept.get({"evidence": Evidence, "people": User, "intake": Batch}.get(blueprint, World), [])

    def part(self, name: str, row: Any) -> Any:
        """The id of something that belongs to the row, for a further parameter of its address."""
        if name not in PARTS:
            return None
        return self.kept[PARTS[name]][self.kept[type(row)].index(row)].id

    def part_of_another(self, name: str, row: Any) -> int:
        """The same, of a row that is not this one."""
        there = self.kept[PARTS[name]]
        return next(part.id for part in there if part.id != self.part(name, row))

    def of(self, model: type, caretaker: str) -> Any:
        at = [household.caretaker_name for household in self.kept[Household]].index(caretaker)
        return self.kept[model][at]

    @property
    def numbers(self) -> set[str]:
        """Every NIK, KK and phone number in the register, as digits that could stand somewhere."""
        niks = set(session.scalars(select(Member.nik).where(Member.nik.is_not(None))))
        return niks | set(session.scalars(select(KkNumber.kk))) | {PHONE.removeprefix("+62")}


def build() -> World:
    """Five families, each with a row of everything; committed. Sari and Joko check each other's nominations; Wagini lives
    where Sari works, and is Joko's."""
    cast.family("Kasiyem", facilitator=None, kelurahan=DINOYO)
    cast.family("Wagini", facilitator="joko", kelurahan=cast.JATIMULYO)
    people, world = cast.everyone(), World()
    families = [cast.household(name) for name in ("Misnati", "Kasiyem", "Ponijan", "Noise", "Wagini")]
    for household in families:
        household.phone = PHONE
        for row in _rows(household, people):
            session.add(row)
            session.flush()
            world.kept.setdefault(type(row), []).append(row)
    for uploader in (people.budi, people.dewi):
        _file(world, uploader)
    session.commit()
    world.kept[Household] = families
    world.kept[Member] = [household.members[-1] for household in world.kept[Household]]
    world.kept[User] = list(session.scalars(select(User).where(User.username == "rini")))
    return world


def _file(world: World, uploader: Any) -> None:
    """A file that waits for its importer, with one row."""
    counts = {"rows": 1, "ready": 0, "look": 1, "skipped": 0, "usable": 0}
    batch = Batch(layout="A", file_name="bnba.csv", sha256="0" * 64, period="2026-Q4", state="read", counts=counts,
                  uploaded_by=uploader.id, uploaded_at=now())  # fmt: skip
    session.add(batch)
    session.flush()
    row = BatchRow(batch_id=batch.id, row=2, verdict="look", label="Ibu")
    session.add(row)
    session.flush()
    world.kept.setdefault(Batch, []).append(batch)
    world.kept.setdefault(BatchRow, []).append(row)


def _rows(household: Household, people: Any):
    common = {"household_id": household.id, "state_since": now(), "opened_at": now(), "opened_by": people.budi.id, "facts": {}}
    graduation = Graduation(state="identified", exit_type=ExitType.INDEPENDENT, **common)
    yield graduation
    checker = people.joko if household.facilitator_id == people.sari.id else people.sari
    yield Nomination(state="draft", facilitator_id=checker.id, stated_reason="Serabutan", **common)
    monitoring = Monitoring(graduation_id=graduation.id, state="open", cohort=today().year, started_on=today(),
                            next_planned_on=today(), **common)  # fmt: skip
    yield monitoring
    yield MonitoringVisit(monitoring_id=monitoring.id, planned_on=today())
    yield Visit(household_id=household.id, visited_on=today(), outcome=VisitOutcome.MET, present="Ibu",
                recorded_by=people.sari.id, recorded_at=now())  # fmt: skip
    yield MembershipProposal(household_id=household.id, step="suspend", cause="decile", facts=STATED,
                             proposed_by=people.budi.id, proposed_at=now())  # fmt: skip
    yield Aid(household_id=household.id, programme="BPNT")
    yield Evidence(kind=EvidenceKind.HOUSE_FRONT, sha256=vault.put(b"x"), media_type="image/jpeg", size=1, thumbnail=b"x",
                   household_id=household.id, subject_type="households", subject_id=household.id, uploaded_by=people.dewi.id,
                   uploaded_at=now())  # fmt: skip
