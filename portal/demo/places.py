"""Where the families of the demo live, and who looks after them.

Shares: families paid in stage 1 of 2024 by kecamatan, and the two kelurahan that the press named (okezone.com,
1 March 2024); within a kecamatan our own guess. Streets are made up.
"""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

PAID = {"35.73.01": 1395, "35.73.02": 606, "35.73.03": 647, "35.73.04": 1380, "35.73.05": 665}
PAID_IN_KELURAHAN = {"35.73.01.1011": 236, "35.73.01.1006": 226}
CITY, JATIMULYO, POLEHAN = "35.73", "35.73.05.1007", "35.73.01.1010"
FAMILIES_EACH = 167
"""Per facilitator, about; domain.md says 160 to 400."""
_STREETS = """Kenanga Melati Mawar Cempaka Anggrek Flamboyan Dahlia Teratai Seroja Kamboja Bougenville Merpati Kutilang Kenari
    Cendrawasih Gelatik Nuri Perkutut Kepodang Manggis Rambutan Salak Jambu Sawo Kedondong Duku""".split()  # noqa: SIM905
_LANES = ("", "", "Gg. I", "Gg. II", "Gg. III", "Gg. IV", "Gg. V", "Gg. VII", "Gg. Buntu", "Gg. Masjid")


class Slot(NamedTuple):
    """Room for families: a kelurahan, and which facilitator looks after them (0 is Sari, 1 Joko)."""

    kelurahan: str
    facilitator: int


def slots(rng: Random, kelurahan: Sequence[str], families: int) -> dict[Slot, int]:
    """How many families in each. Facilitators take neighbouring families, so some share a kelurahan; Sari has the middle of
    Jatimulyo, Joko that of Polehan."""
    homes = shared([_weight(rng, code, kelurahan) for code in kelurahan], families)
    many = max(4, round(families / FAMILIES_EACH))
    found: dict[tuple[str, int], int] = {}
    at = 0
    for code, count in zip(kelurahan, homes, strict=True):
        for who in range(at * many // families, (max(at, at + count - 1)) * many // families + 1):
            share = min(at + count, -(-(who + 1) * families // many)) - max(at, -(-who * families // many))
            if share > 0:
                found[code, who] = share
        at += count
    first = {JATIMULYO: 0, POLEHAN: 1}
    known = {max((pair for pair in found if pair[0] == code), key=found.__getitem__)[1]: turn for code, turn in first.items()}
    order = [*sorted(known, key=known.__getitem__), *(who for who in range(many) if who not in known)]
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
    kecamatan = code[:8]
    others = [one for one in kelurahan if one.startswith(kecamatan) and one not in PAID_IN_KELURAHAN]
    named = sum(many for one, many in PAID_IN_KELURAHAN.items() if one.startswith(kecamatan))
    average = (PAID[kecamatan] - named) / len(others)
    return average * (1.6 if code in (JATIMULYO, POLEHAN) else rng.uniform(0.7, 1.3))


def street(turn: int) -> str:
    """A made-up address, another one for each turn."""
    lane = _LANES[turn // 7 % len(_LANES)]
    return f"Jl. {_STREETS[turn % len(_STREETS)]} {lane}".strip() + f" No. {turn * 37 % 139 + 1}"


def group(turn: int) -> str:
    return f"{_STREETS[turn * 3 % len(_STREETS)]} {turn % 9 + 1}"
