"""Where the families of the demo live, and who looks after them.

Shares: families paid in stage 1 of 2024 by kecamatan, and the two kelurahan that the press named (okezone.com,
1 March 2024); within a kecamatan our own guess. Streets are made up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from portal.demo.days import Days


def _listed(words: str) -> tuple[str, ...]:
    return tuple(words.split())


PAID = {"35.73.01": 1395, "35.73.02": 606, "35.73.03": 647, "35.73.04": 1380, "35.73.05": 665}
PAID_IN_KELURAHAN = {"35.73.01.1011": 236, "35.73.01.1006": 226}
JATIMULYO, POLEHAN = "35.73.05.1007", "35.73.01.1010"
FAMILIES_EACH = 167
"""Per facilitator, about; domain.md says 160 to 400."""
SARIS_SHARE = 1.15

_STREETS = _listed(
    """Kenanga Melati Mawar Cempaka Anggrek Flamboyan Dahlia Teratai Seroja Kamboja Bougenville Merpati Kutilang Kenari
        Cendrawasih Gelatik Nuri Perkutut Kepodang Manggis Rambutan Salak Jambu Sawo Kedondong Duku"""
)
_LANES = ("", "", "Gg. I", "Gg. II", "Gg. III", "Gg. IV", "Gg. V", "Gg. VII", "Gg. Buntu", "Gg. Masjid")


@dataclass(frozen=True)
class Slot:
    """Room for one family: a kelurahan, and the index of the facilitator who looks after it."""

    kelurahan: str
    facilitator: int


def slots(rng: Random, kelurahan: Sequence[str], families: int) -> list[Slot]:
    """One for each family, kelurahan by kelurahan; facilitators take neighbouring families, so some share a kelurahan."""
    homes = [code for code, many in zip(kelurahan, _spread(rng, kelurahan, families), strict=True) for _ in range(many)]
    loads = [rng.uniform(0.97, 1.03) for _ in range(max(4, round(families / FAMILIES_EACH)))]
    home = _middle(homes, JATIMULYO) * len(loads) // len(homes)
    loads[min(home, len(loads) - 1)] *= SARIS_SHARE
    bounds = _bounds(loads, families)
    return [Slot(code, next(who for who, end in enumerate(bounds) if at < end)) for at, code in enumerate(homes)]


def _spread(rng: Random, kelurahan: Sequence[str], families: int) -> list[int]:
    return shared([_weight(rng, code, kelurahan) for code in kelurahan], families)


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
    kecamatan = code[:8]
    others = [one for one in kelurahan if one.startswith(kecamatan) and one not in PAID_IN_KELURAHAN]
    named = sum(many for one, many in PAID_IN_KELURAHAN.items() if one.startswith(kecamatan))
    average = (PAID[kecamatan] - named) / len(others)
    return average * (1.6 if code in (JATIMULYO, POLEHAN) else rng.uniform(0.7, 1.3))


def _middle(homes: Sequence[str], code: str) -> int:
    return homes.index(code) + homes.count(code) // 2


def _bounds(loads: Sequence[float], families: int) -> list[int]:
    total, so_far, bounds = sum(loads), 0.0, []
    for load in loads:
        so_far += load
        bounds.append(round(so_far * families / total))
    return bounds


@dataclass(frozen=True)
class Address:
    street: str
    rt: int
    rw: int


def address(rng: Random) -> Address:
    lane = rng.choice(_LANES)
    street = f"Jl. {rng.choice(_STREETS)} {lane}".strip()
    return Address(f"{street} No. {rng.randrange(1, 140)}", rng.randrange(1, 10), rng.randrange(1, 13))


def group(rng: Random, facilitator: int) -> str:
    """Families meet in groups of some twenty, by street."""
    return f"{_STREETS[(facilitator * 3 + rng.randrange(8)) % len(_STREETS)]} {facilitator % 9 + 1}"


def joined_year(rng: Random, days: Days) -> int | None:
    return None if rng.random() < 0.08 else days.year - rng.choices((3, 4, 6, 8, 9, 10, 12, 14), (2, 3, 4, 6, 6, 4, 3, 2))[0]
