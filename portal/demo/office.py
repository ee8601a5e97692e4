"""Who works in the demo, and what the office has set: accounts, areas, dated settings, targets, the closed year."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from portal.board.records import Target
from portal.demo.days import Days, moment, workday
from portal.demo.ledger import Deed, Ledger
from portal.demo.places import JATIMULYO, PAID, POLEHAN, Slot, shared
from portal.graduation.records.models import ClosedYear
from portal.kernel.history import Happening
from portal.kernel.people import Assignment, User
from portal.kernel.settings import Setting
from portal.kernel.terms import Role


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


PASSWORD = "naik-kelas-2026"  # noqa: S105  of made-up accounts, printed at the start
SHOWN = ("sari", "joko", "wati", "budi", "ratna", "admin", "kepala")
"""The accounts that are told to whoever starts the demo."""

CITY, LOWOKWARU = "35.73", "35.73.05"
OFFICERS = {
    "wati": ("Wati Handayani", JATIMULYO),
    "rini": ("Rini Astuti", POLEHAN),
    "yuni": ("Yuni Setyowati", "35.73.02.1009"),
    "lilik": ("Lilik Munawaroh", "35.73.03.1001"),
    "anik": ("Anik Purwanti", "35.73.04.1006"),
}
"""One in each kecamatan: user name to name and kelurahan."""
_OTHERS = {
    "budi": ("Budi Santoso", Role.SUPERVISOR, CITY),
    "ratna": ("Ratna Sari Dewi", Role.SUPERVISOR, LOWOKWARU),
    "admin": ("Agus Administrator", Role.ADMINISTRATOR, None),
    "kepala": ("Kepala Dinas", Role.VIEWER, CITY),
    "dewi": ("Dewi Kartika", Role.SUPERVISOR, CITY),
}
_FACILITATORS = _listed(
    """Andri Bagus Cahya Dian Edi Farida Gunawan Hesti Indra Jihan Kurnia Laila Miftah Nanik Okta Prima Qomariah Rosyid
        Supri Tatik Umar Vera Wisnu Yayuk Zaki Ayla Basuki Candra Dini"""
)
_SURNAMES = _listed("""Wulandari Prasetyo Hidayat Utami Kurniawan Lestari Saputra Rahayu Nugroho Susanti Firmansyah Astuti""")

_LINE, _WAGE = "BPS Kota Malang, Maret {}, per orang per bulan", "UMK Kota Malang {}, per bulan"
SETTINGS: tuple[tuple[str, date, str, str], ...] = (
    ("poverty_line", date(2024, 3, 1), "706341", _LINE.format(2024)),
    ("poverty_line", date(2025, 3, 1), "737954", _LINE.format(2025)),
    ("minimum_wage", date(2025, 1, 1), "3507693", _WAGE.format("2025 sampai Oktober")),
    ("minimum_wage", date(2025, 11, 1), "3524238", _WAGE.format("November dan Desember 2025")),
    ("minimum_wage", date(2026, 1, 1), "3736101", _WAGE.format(2026)),
)
TARGETS = (230, 300)
"""Last year's and this year's, for the city; kecamatan by their share of families."""


@dataclass
class Office:
    """Ids of the people: facilitators by their place in the slots, officers by kelurahan."""

    facilitators: list[int] = field(default_factory=list)
    names: dict[int, str] = field(default_factory=dict)
    officers: dict[str, int] = field(default_factory=dict)
    works_in: dict[int, set[str]] = field(default_factory=dict)
    admin: int = 0
    budi: int = 0
    ratna: int = 0
    dewi: int = 0
    """She brings the files in; others decide what they propose."""

    def supervisor(self, rng: Random, kelurahan: str) -> int:
        return self.ratna if kelurahan.startswith(LOWOKWARU) and rng.random() < 0.6 else self.budi

    def facilitators_in(self, kelurahan: str) -> list[int]:
        return [who for who, places in self.works_in.items() if kelurahan in places]

    def index_of(self, username: str) -> int:
        """Which of the slots' facilitators has this user name."""
        return self._index[username]

    _index: dict[str, int] = field(default_factory=dict)


def staff(ledger: Ledger, slots: Sequence[Slot], password_hash: str, days: Days) -> Office:
    """Accounts with their areas. Sari has most of Jatimulyo, Joko of Polehan, and her neighbour helps out in Jatimulyo."""
    office = Office()
    homes: dict[int, set[str]] = {}
    for slot in slots:
        homes.setdefault(slot.facilitator, set()).add(slot.kelurahan)
    sari, joko = _mostly(slots, JATIMULYO), _mostly(slots, POLEHAN)
    homes[sari - 1].add(JATIMULYO)
    office._index = {"sari": sari, "joko": joko}
    known = {sari: ("sari", "Sari Wulandari"), joko: ("joko", "Joko Prasetyo")}
    for at in range(len(homes)):
        username, name = known.get(at) or _facilitator(at)
        who = _account(ledger, (username, name, Role.FACILITATOR), homes[at], password_hash=password_hash, days=days)
        office.facilitators.append(who)
        office.names[who], office.works_in[who] = name, homes[at]
    for username, (name, kelurahan) in OFFICERS.items():
        account = (username, name, Role.KELURAHAN_OFFICER)
        office.officers[kelurahan] = _account(ledger, account, {kelurahan}, password_hash=password_hash, days=days)
    ids = {
        name: _account(ledger, (name, *_OTHERS[name][:2]), _places(name), password_hash=password_hash, days=days)
        for name in _OTHERS
    }
    office.admin, office.budi, office.ratna, office.dewi = (ids[name] for name in ("admin", "budi", "ratna", "dewi"))
    return office


def _mostly(slots: Sequence[Slot], kelurahan: str) -> int:
    here = [slot.facilitator for slot in slots if slot.kelurahan == kelurahan]
    return max(set(here), key=here.count)


def _facilitator(at: int) -> tuple[str, str]:
    first, turn = _FACILITATORS[at % len(_FACILITATORS)], at // len(_FACILITATORS)
    surname = _SURNAMES[(at * 5 + turn) % len(_SURNAMES)]
    return f"{first.lower()}{turn + 1 if turn else ''}", f"{first} {surname}"


def _places(username: str) -> set[str]:
    place = _OTHERS[username][2]
    return {place} if place else set()


def _account(ledger: Ledger, who: tuple[str, str, Role], places: set[str], *, password_hash: str, days: Days) -> int:
    username, name, role = who
    number = ledger.add(
        User, username=username, name=name, role=role, password_hash=password_hash, must_change_password=False,
        created_at=moment(days.beginning, 7),
    )  # fmt: skip
    for place in sorted(places):
        ledger.put(Assignment, user_id=number, area_code=place)
    detail = {"username": username, "role": str(role), "areas": sorted(places)}
    added = Happening(moment(days.beginning, 7), None, "people.add", User.__tablename__, number, detail=detail)
    ledger.tell(added)
    return number


def decide(ledger: Ledger, office: Office, days: Days, slots: Sequence[Slot]) -> None:
    """Settings with their history, targets of both years, and last year closed once its day has come."""
    for key, valid_from, value, source in SETTINGS:
        _set(ledger, office, days, Setting(key=key, valid_from=valid_from, value=value, source=source))
    for year, whole in zip((days.year - 1, days.year), TARGETS, strict=True):
        count = max(1, round(whole * len(slots) / 5000))
        chosen = Deed(moment(max(days.beginning, workday(date(year, 1, 9))), 9), office.budi)
        if chosen.at.date() <= days.last:
            for area, many in _goals(count, slots).items():
                _aim(ledger, chosen, Target(year=year, area_code=area, count=many))
    _close(ledger, office, days)


def _goals(count: int, slots: Sequence[Slot]) -> dict[str, int]:
    """The city's target, shared out to its kecamatan, and theirs to kelurahan by the families that live there."""
    kecamatan = dict(zip(PAID, shared(list(PAID.values()), count), strict=True))
    homes = Counter(slot.kelurahan for slot in slots)
    goals = {CITY: count, **kecamatan}
    for code, many in kecamatan.items():
        parts = {place: families for place, families in homes.items() if place.startswith(code)}
        goals |= zip(parts, shared(list(parts.values()), many), strict=True) if parts else {}
    return goals


def _set(ledger: Ledger, office: Office, days: Days, setting: Setting) -> None:
    known = {"key": setting.key, "valid_from": setting.valid_from, "value": setting.value, "source": setting.source}
    ledger.put(Setting, **known)
    on = max(days.beginning, workday(setting.valid_from))
    detail = {
        "setting": setting.key, "valid_from": setting.valid_from.isoformat(), "source": setting.source,
        "changes": {"value": [None, setting.value]},
    }  # fmt: skip
    if on <= days.last:
        ledger.log("setting.set", ("users", office.admin), None, Deed(moment(on, 7, 30), office.admin), detail=detail)


def _aim(ledger: Ledger, chosen: Deed, target: Target) -> None:
    number = ledger.add(Target, year=target.year, area_code=target.area_code, count=target.count)
    detail = {"year": target.year, "area": target.area_code, "changes": {"count": [None, target.count]}}
    ledger.log("target.set", (Target.__tablename__, number), None, chosen, detail=detail)


def _close(ledger: Ledger, office: Office, days: Days) -> None:
    """Written down at the city's target of that year, which was the first to be set."""
    year, day = days.year - 1, days.closing(days.year - 1)
    if day <= days.last:
        closed = Deed(moment(day, 14), office.budi)
        ledger.put(ClosedYear, year=year, closed_by=closed.by, closed_at=closed.at)
        ledger.log("year.close", (Target.__tablename__, 1), None, closed, detail={"year": year})
