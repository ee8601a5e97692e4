"""Which stories are told, and how many families fare like each: written for a city of 5,000, scaled to any number. They are
told in a database of their own, in memory, where nobody waits for a disk. The files that the office brings in are made from
the families of the stories, and taken in as every other file."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from string import ascii_lowercase

import openpyxl
from sqlalchemy import create_engine, select
from sqlalchemy.pool import StaticPool

from portal.caseload import records
from portal.demo import office, stories
from portal.demo.family import ToldFamily
from portal.demo.office import JATIMULYO, POLEHAN, Slot
from portal.demo.stories import TABLE
from portal.demo.town import Days, Numbers, Story, Town, filed_on, happen, moment, workday
from portal.intake.records import batches, intake
from portal.kernel import base, clock
from portal.kernel.base import Base, session
from portal.kernel.people import Account, Area
from portal.kernel.terms import IN_PROGRAMME, Membership, Period, Relation
from portal.office.records import accounts
from portal.office.records.office import install

_PAID = "NOKK NIK_KTP NAMA_PENERIMA NAMA_KEL KODE_WILAYAH TAHAP BANSOS ALAMAT NO_RT NO_RW NOMINAL".split()  # noqa: SIM905
_RANKED = ("id_keluarga", "no_kk", "nama_kepala_keluarga", "nik", "id_wilayah", "desil_nasional")
_MEMBERS = ("id_keluarga", "nik", "nama", "hub_kepala_keluarga", "pekerjaan_utama", "tanggal_lahir", "jenis_kelamin")
_RELATIONS = {
    Relation.HEAD: "KEPALA KELUARGA", Relation.SPOUSE: "ISTRI", Relation.CHILD: "ANAK", Relation.PARENT: "ORANG TUA",
}  # fmt: skip
AMOUNTS = (225_000, 375_000, 500_000, 600_000, 725_000)
Row = dict[str, object]


@dataclass
class Rosters:
    """`enrolled` came with the first roster; `nominated` may be paid before anybody has said so."""

    town: Town
    area_names: Mapping[str, str]
    enrolled: Sequence[ToldFamily]
    nominated: Sequence[ToldFamily]

    def brought_in(self) -> Story:
        """Dewi brings in what comes to the city: the first roster in a part for each kecamatan, then quarter by quarter."""
        days, dewi = self.town.days, self.town.people["dewi"]
        first = Period.of(days.first_roster)
        yield days.first_roster
        for kecamatan in sorted({family.kelurahan[:8] for family in self.enrolled}):
            mine = [family for family in self.enrolled if family.kelurahan.startswith(kecamatan)]
            rows = [
                {**self.paid(family, first), "ALAMAT": family.street, "NO_RT": family.rt, "NO_RW": family.rw} for family in mine
            ]
            self.apply(dewi, payments(rows), f"BNBA-PKH-{first}-{kecamatan}.csv")
        yield days.first_roster + timedelta(days=3)
        self.apply(dewi, self._ranks(first), f"DTSEN-{first}.xlsx", first)
        for by in {family.by.id: family.by for family in self.enrolled}.values():
            ids = [family.row.id for family in self.enrolled if family.by == by]
            records.assign(self.town.people["budi"], ids, by.id, key=self.town.key())
        for back, ranked, is_paid in ((4, True, False), (1, False, True), (0, True, True)):
            period = days.quarter(back)
            if ranked:
                yield filed_on(period)
                self.apply(dewi, self._ranks(period), f"DTSEN-{period}.xlsx", period)
            if is_paid:
                yield filed_on(period, days_later=7)
                told = [self.paid(family, period) for family in self._to_be_paid(period)]
                self.apply(dewi, payments(told), f"BNBA-PKH-{period}.csv")

    def _in_programme(self) -> list[ToldFamily]:
        return [family for family in self.enrolled if family.row.membership in IN_PROGRAMME]

    def _to_be_paid(self, period: Period) -> list[ToldFamily]:
        """Active families, and in the newest roster the nominated whom Jakarta pays already."""
        active = [family for family in self._in_programme() if family.is_paid and family.row.membership is Membership.ACTIVE]
        return active + [family for family in self.nominated if family.is_paid and period == self.town.days.quarter()]

    def paid(self, family: ToldFamily, period: Period) -> Row:
        code = family.kelurahan
        return {
            "NOKK": family.kk, "NIK_KTP": family.caretaker.nik, "NAMA_PENERIMA": family.caretaker.name,
            "NAMA_KEL": self.area_names[code], "KODE_WILAYAH": code.replace(".", ""), "BANSOS": "PKH",
            "TAHAP": f"{period.quarter}/{period.year}", "NOMINAL": AMOUNTS[family.turn % len(AMOUNTS)],
        }  # fmt: skip

    def _ranks(self, period: Period) -> bytes:
        book = openpyxl.Workbook(write_only=True)
        sheets: dict[str, list[tuple[str, ...]]] = {"keluarga": [_RANKED], "anggota": [_MEMBERS]}
        for number, family in enumerate(self._in_programme(), 1):
            head, code = family.people[0], family.kelurahan.replace(".", "")
            sheets["keluarga"].append((f"K{number}", family.kk, head.name, head.nik, code, str(family.rank_in(period))))
            for one in family.people:
                relation, born = _RELATIONS[one.relation], f"{one.birth_date:%d/%m/%Y}"
                sheets["anggota"].append((f"K{number}", one.nik, one.name, relation, one.occupation or "", born, one.sex))
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        content = io.BytesIO()
        book.save(content)
        return content.getvalue()

    def apply(self, who: Account, content: bytes, name: str, period: Period | None = None) -> None:
        batch = intake.receive(who, content, name, period, key=self.town.key())
        while batch.state in ("read", "applying"):
            batch = intake.apply_chunk(who, batch)

    # --- Budi's own files ------------------------------------------------------------------------------------------

    def looked_at(self, left: ToldFamily, known: Sequence[ToldFamily]) -> Story:
        """Budi adds what was forgotten, throws one file away, and looks at a third with everything that may be wrong."""
        days, budi = self.town.days, self.town.people["budi"]
        late, later = days.quarter(3), days.quarter(2)
        yield days.ago(4)
        self.apply(budi, payments([self.paid(family, late) for family in known]), f"BNBA-PKH-{late}-susulan.csv")
        yield days.ago(3)
        content = payments([self.paid(family, later) for family in known[:2]])
        batch = intake.receive(budi, content, f"BNBA-PKH-{later}-keliru.csv", key=self.town.key())
        batches.abandon(budi, batch, key=self.town.key())
        yield days.ago(1)
        content = payments(list(self._doubtful(left, known, later)))
        intake.receive(budi, content, f"BNBA-PKH-{later}-periksa.csv", key=self.town.key())

    def _doubtful(self, left: ToldFamily, known: Sequence[ToldFamily], period: Period) -> Iterator[Row]:
        """Ready, left the programme before, nothing paid, another name, by the KK alone, no number, nobody's kelurahan, new."""
        ready, nothing, named, by_card, *_ = (self.paid(family, period) for family in known)
        cradle, numbers = self.town.cradle, self.town.numbers
        strangers = [cradle.family("mother")[0] for _ in range(3)]
        card, elsewhere, new = (
            {**ready, "NIK_KTP": one.nik, "NAMA_PENERIMA": one.name, "NOKK": numbers.kk(one.birth_date + timedelta(days=9000))}
            for one in strangers
        )
        yield ready
        yield self.paid(left, self.town.days.quarter())
        yield {**nothing, "NOMINAL": 0}
        yield {**named, "NAMA_PENERIMA": "Bambang Hermanto"}
        yield {**card, "NOKK": by_card["NOKK"]}
        yield {**nothing, "NIK_KTP": "35739912"}
        yield {**elsewhere, "NAMA_KEL": "NEGERI ANTAH", "KODE_WILAYAH": ""}
        yield new


def payments(rows: Sequence[Row]) -> bytes:
    out = io.StringIO()
    sheet = csv.DictWriter(out, _PAID, restval="", delimiter=";")
    sheet.writeheader()
    sheet.writerows(rows)
    return out.getvalue().encode()


WHOLE = 5000
EFFECTIVE = {
    -1: {3: 8, 4: 12, 5: 14, 6: 22, 7: 20, 8: 24, 9: 30, 10: 31, 11: 33, 12: 35},
    0: {1: 12, 2: 14, 3: 20, 4: 18, 5: 20, 6: 24, 7: 22, 8: 23, 9: 25, 10: 24, 11: 22, 12: 22},
}
"""Effective graduations by month, last year and this: 130 until September, 229 in the year (malangtimes.com; the office's own
figure)."""
_WAYS_OUT = ("graduation.recorded", "graduation.submitted_wished approve record")


@dataclass(frozen=True)
class Part:
    """A story that is told, and of how many families of 5,000 it tells: 0 for one that is never copied, None for those that
    are all the others. `enrolled`: the family came with the first roster, rather than by a nomination."""

    name: str
    family: ToldFamily
    story: Story
    whole: float | None
    enrolled: bool


class Cast:
    """Makes the parts, each with a family of its own, from the table of stories."""

    def __init__(self, town: Town, families: int) -> None:
        self.town, self.days, self.families = town, town.days, families
        self.parts: list[Part] = []
        self._quarters = {"newest": self.days.quarter(), "earlier": self.days.quarter(4)}
        for row in TABLE:
            if row["families"]:
                self._add(row, self._day(row["end"]))
        self._well()

    def many(self, whole: float) -> int:
        return max(1, round(whole * self.families / WHOLE))

    def _day(self, end: str) -> date:
        """So many days ago, or after the ranks of the newest quarter came, or of the same one a year earlier."""
        quarter, days = end.rstrip("+-0123456789"), int(end.lstrip(ascii_lowercase))
        return workday(filed_on(self._quarters[quarter]) + timedelta(days=days)) if quarter else self.days.ago(days)

    def _add(self, row: Mapping[str, str], end: date) -> None:
        traits, turn = row["traits"].split(), len(self.parts) + 1
        ranks = {self._quarters[name]: int(rank) for name, rank in (one.split("=") for one in row["ranks"].split())}
        family = ToldFamily(
            self.town, turn, makeup=row["makeup"] or "couple", decile=int(row["decile"] or 3), ranks=ranks,
            first_name=row["called"], is_steady="steady" in traits, same_as=self.parts[0].family if self.parts else None,
            is_paid="unpaid" not in traits, by="joko" if "joko" in traits else "sari",
            kelurahan=POLEHAN if "polehan" in traits else JATIMULYO,
        )  # fmt: skip
        story, enrolled = stories.told(family, row["way"], end, ends_with=row["ends_with"]), "nominated" not in traits
        whole = None if row["families"] == "rest" else float(row["families"])
        self.parts.append(Part(row["name"], family, stories.settled(family, story) if enrolled else story, whole, enrolled))

    def _well(self) -> None:
        """Families who left and are well: one for each quarter of a year back from now, so that the next visit is far off and
        copies may lie all over that quarter; of those who are not well, the table tells."""
        (plain,) = (row for row in TABLE if row["name"] == "graduated.stable")
        ends = [self.days.ago(9 + 91 * back) for back in range(6)]
        left: Counter[date] = Counter()
        for back, months in EFFECTIVE.items():
            for month, many in months.items():
                if workday(date(self.days.year + back, month, 28)) <= self.days.last:
                    left[_nearest(ends, date(self.days.year + back, month, 15))] += many
        for row in TABLE:
            if row["name"].startswith("graduated.") and row is not plain:
                left[_nearest(ends, self._day(row["end"]))] -= int(row["families"])
        for turn, end in enumerate(sorted(end for end in left if left[end] > 0)):
            way = plain["way"].format(_WAYS_OUT[turn % len(_WAYS_OUT)])
            self._add({**plain, "families": str(left[end]), "way": way}, end)


def _nearest(ends: Sequence[date], day: date) -> date:
    """The first of them on the day or after it, in the same year; else the last before."""
    same = [end for end in ends if end.year == day.year] or list(ends)
    return min((end for end in same if end >= day), default=max(same))


@dataclass
class Stage:
    """Who takes part, and where there is room for how many families."""

    town: Town
    cast: Cast
    area_names: Mapping[str, str]
    facilitators: list[str]
    slots: dict[Slot, int]

    @property
    def free(self) -> Counter[Slot]:
        """Where there is room for the other families; whoever moved into a full place leaves room elsewhere."""
        free = Counter(self.slots)
        for part in self.cast.parts:
            mine = Slot(part.family.kelurahan, self.facilitators.index(part.family.by.username))
            free[mine if free[mine] > 0 else self.town.rng.choices(list(free), list(free.values()))[0]] -= 1
        return free

    def tell(self) -> None:
        """Everything happens, up to the last day."""
        parts, town = self.cast.parts, self.town
        enrolled, nominated = ([part.family for part in parts if part.enrolled is one] for one in (True, False))
        rosters = Rosters(town, self.area_names, enrolled, nominated)
        gone = next(part.family for part in parts if part.name.startswith("graduated."))
        known = [part.family for part in parts if part.name in ("forgotten", "busy", "handed_over")]
        homes = {code: sum(many for slot, many in self.slots.items() if slot.kelurahan == code) for code in self.area_names}
        ours = [office.set_values(town.people["admin"], town.days), office.aim(town.people["budi"], town.days, homes)]
        ours += [rosters.brought_in(), rosters.looked_at(gone, known)]
        happen([*ours, *(part.story for part in parts), stories.looked_for(town)], town.days.last)


@contextmanager
def stage(families: int, seed: int, today: date) -> Iterator[Stage]:
    """Before anything was told. Within the block the session is that of the stories' own database."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    base.prepare(engine)
    with base.working_on(engine):
        Base.metadata.create_all(engine)
        yield _set_up(families, Random(seed), Days(today))  # noqa: S311  nothing secret is drawn
    engine.dispose()


def _set_up(families: int, rng: Random, days: Days) -> Stage:
    with clock.stopped_at(moment(days.beginning, -40)):
        install(office.CITY)
    named = dict(session.execute(select(Area.code, Area.name).where(Area.level == "kelurahan").order_by(Area.code)).all())
    slots = office.slots(rng, list(named), families)
    homes = [{slot.kelurahan for slot in slots if slot.facilitator == who} for who in range(1 + max(slot[1] for slot in slots))]
    for who in (0, 2):
        homes[who].add(JATIMULYO)
    with clock.stopped_at(moment(days.beginning, -30)), accounts.throwaway():
        people = office.staff([sorted(places) for places in homes])
    town = Town(rng, days, people, Numbers())
    return Stage(town, Cast(town, families), named, office.facilitators(len(homes)), slots)
