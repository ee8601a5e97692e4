"""Where the families live, who works in the demo, and what the office has set: accounts, dated settings, targets and closed
years, through the gate.

Shares: families paid in stage 1 of 2024 by kecamatan, and the two kelurahan that the press named (okezone.com,
1 March 2024); within a kecamatan our own guess. Streets are made up.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random
from typing import Any, NamedTuple

from portal.board import records as targets
from portal.demo.town import WORDS, Days, Story, workday
from portal.kernel import settings
from portal.kernel.base import session
from portal.kernel.people import Account, User, account
from portal.kernel.terms import Role
from portal.office.records import accounts, office
from portal.office.records.office import StatedPerson

PAID = {"35.73.01": 1395, "35.73.02": 606, "35.73.03": 647, "35.73.04": 1380, "35.73.05": 665}
PAID_IN_KELURAHAN = {"35.73.01.1011": 236, "35.73.01.1006": 226}
CITY, JATIMULYO, POLEHAN = "35.73", "35.73.05.1007", "35.73.01.1010"
FAMILIES_EACH = 167
"""Per facilitator, about; domain.md says 160 to 400."""
_STREETS, _LANES = WORDS["streets"], WORDS["lanes"]


class Slot(NamedTuple):
    """Room for families: a kelurahan, and which facilitator looks after them (0 is Sari, 1 Joko)."""

    kelurahan: str
    facilitator: int


def slots(rng: Random, kelurahan: Sequence[str], families: int) -> dict[Slot, int]:
    """How many families in each. Facilitators take neighbouring families, so some share a kelurahan; Sari has the middle of
    Jatimulyo, Joko that of Polehan."""
    shares, many = (
        shared([_weight(rng, code, kelurahan) for code in kelurahan], families),
        max(4, round(families / FAMILIES_EACH)),
    )
    homes = [code for code, count in zip(kelurahan, shares, strict=True) for _ in range(count)]
    found = Counter((code, at * many // families) for at, code in enumerate(homes))
    first = [max((pair for pair in found if pair[0] == code), key=found.__getitem__)[1] for code in (JATIMULYO, POLEHAN)]
    order = [*first, *(who for who in range(many) if who not in first)]
    return {Slot(code, order.index(who)): count for (code, who), count in found.items()}


def shared(weights: Sequence[float], whole: int) -> list[int]:
    """Whole numbers in proportion to the weights, by largest remainders, so that the sum is right."""
    exact = [weight * whole / sum(weights) for weight in weights]
    counts = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda at: counts[at] - exact[at])
    for at in by_remainder[: whole - sum(counts)]:
        counts[at] += 1
    return counts


def _weight(rng: Random, code: str, kelurahan: Sequence[str]) -> float:
    if code in PAID_IN_KELURAHAN:
        return PAID_IN_KELURAHAN[code]
    paid, known = PAID[code[:8]], [many for one, many in PAID_IN_KELURAHAN.items() if one[:8] == code[:8]]
    average = (paid - sum(known)) / (sum(one[:8] == code[:8] for one in kelurahan) - len(known))
    return average * (1.6 if code in (JATIMULYO, POLEHAN) else rng.uniform(0.7, 1.3))


def street(turn: int) -> str:
    """A made-up address, another one for each turn."""
    lane = _LANES[turn // 7 % len(_LANES)]
    return f"Jl. {_STREETS[turn % len(_STREETS)]} {lane}".strip() + f" No. {turn * 37 % 139 + 1}"


def group(turn: int) -> str:
    return f"{_STREETS[turn * 3 % len(_STREETS)]} {turn % 9 + 1}"


PASSWORD = "naik-kelas-2026"  # noqa: S105  of made-up accounts, printed at the start
SHOWN = ("sari", "joko", "wati", "budi", "ratna", "admin", "kepala")
"""The accounts that are told to whoever starts the demo."""
OFFICE = {username: (name, Role(role), place) for username, name, role, place in WORDS["office"]}
"""By user name, besides facilitators. Dewi brings the city's files in, so that Budi and Ratna may decide what they propose."""
OFFICERS = {place: username for username, (_name, role, place) in OFFICE.items() if role is Role.KELURAHAN_OFFICER}
"""One in each kecamatan, by kelurahan."""
_FIRST, _LAST = WORDS["facilitators"]["first"], WORDS["facilitators"]["last"]
TARGETS = {-1: 230, 0: 300}
"""Of last year and of this one, for a city of 5,000 families; kecamatan and kelurahan by their share of families."""


def staff(homes: Sequence[Sequence[str]]) -> dict[str, Account]:
    """Everybody by user name; `homes` are the kelurahan of each facilitator: Sari's, Joko's, then the others'."""
    admin = actor("admin")
    facilitators = [_facilitator(at) for at in range(len(homes))]
    people = {username: StatedPerson(name, Role.FACILITATOR, tuple(sorted(places)))
              for (username, name), places in zip(facilitators, homes, strict=True)}  # fmt: skip
    people |= {username: StatedPerson(name, role, (place,)) for username, (name, role, place) in OFFICE.items()}
    for username, person in people.items():
        office.add_person(admin, username, person, password=PASSWORD, key=f"people-{username}")
    return {username: actor(username) for username in ("admin", *people)}


def actor(username: str) -> Account:
    user = session.query(User).filter_by(username=username).one()
    return account(user, user.area_codes)


def facilitators(many: int) -> list[str]:
    """Their user names, in the order of the slots."""
    return [_facilitator(at)[0] for at in range(many)]


def _facilitator(at: int) -> tuple[str, str]:
    if at < 2:
        return (("sari", "Sari Wulandari"), ("joko", "Joko Prasetyo"))[at]
    first, turn = _FIRST[at % len(_FIRST)], at // len(_FIRST)
    return f"{first.lower()}{turn + 1 if turn else ''}", f"{first} {_LAST[(at * 5 + turn) % len(_LAST)]}"


def set_values(admin: Account, days: Days) -> Story:
    """The poverty line and the minimum wage, each on the day it was known."""
    for name, since, value, source in WORDS["settings"]:
        valid_from = date.fromisoformat(since)
        yield max(days.beginning, workday(valid_from))
        office.set_value(admin, name, value=value, valid_from=valid_from, source=source, key=f"{name}-{since}")


def aim(budi: Account, days: Days, families: Mapping[str, int]) -> Story:
    """Each January targets are set and the year before is closed; `families` by kelurahan."""
    for year, count in (
        (days.year + turn, max(1, round(many * sum(families.values()) / 5000))) for turn, many in TARGETS.items()
    ):
        goals = {CITY: count, **dict(zip(PAID, shared(list(PAID.values()), count), strict=True))}
        for code, many in list(goals.items())[1:]:  # kelurahan
            parts = {place: homes for place, homes in families.items() if place.startswith(code)}
            goals |= zip(parts, shared(list(parts.values()), many), strict=True) if parts else {}
        yield max(days.beginning, workday(date(year, 1, 23)))
        for place, many in ((place, many) for place, many in goals.items() if many):
            targets.set_target(budi, year=year, area_code=place, count=many, key=f"target-{year}-{place}")
        yield max(days.beginning, workday(date(year, 1, 30)))
        targets.close_year(budi, year - 1, key=f"close-{year}")


def limits(on: date) -> tuple[int, int]:
    """The poverty line and the minimum wage in force."""
    found = settings.in_force(on)
    return found.number("poverty_line"), found.number("minimum_wage")


def let_in(users: Sequence[dict[str, Any]]) -> None:
    """What every account has in the end: the demo's password, to be used at once."""
    password = accounts.hashed(PASSWORD)
    for row in users:
        row.update(password_hash=password, must_change_password=False)
