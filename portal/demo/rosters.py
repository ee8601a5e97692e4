"""The files that the demo's office brings in: made from the families of the stories, taken in as every other file."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import openpyxl

from portal.caseload import records
from portal.demo.family import ToldFamily
from portal.demo.town import Story, Town, filed_on
from portal.intake.records import batches, intake
from portal.kernel.people import Account
from portal.kernel.terms import IN_PROGRAMME, Membership, Period, Relation

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
