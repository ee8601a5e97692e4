"""What a nomination's file must hold before it may be submitted or approved (domain.md section 6). Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from portal.kernel import identity
from portal.kernel.terms import EvidenceKind, Presence, RegistryMatch

_PHOTOS = {
    "identity_card_photo": EvidenceKind.IDENTITY_CARD,
    "family_card_photo": EvidenceKind.FAMILY_CARD,
    "house_front_photo": EvidenceKind.HOUSE_FRONT,
}


@dataclass(frozen=True)
class Candidate:
    """A candidate family as the rules see it. `niks` are those of present members, None where unknown; `caretaker_nik`
    is the named recipient's. `taken` says that a member stands in another family or open nomination."""

    niks: tuple[str | None, ...]
    caretaker_nik: str | None
    kk: str | None
    address: str
    rt: int | None
    rw: int | None
    stated_reason: str
    evidence: Collection[EvidenceKind]
    presence: Presence
    registry_match: RegistryMatch
    taken: bool = False


def met(candidate: Candidate, today: date) -> frozenset[str]:
    """Names of the needs that this file meets."""
    holds = {
        "valid_numbers": _numbers_are_valid(candidate, today),
        "domicile": bool(candidate.address.strip()) and candidate.rt is not None and candidate.rw is not None,
        "stated_reason": bool(candidate.stated_reason.strip()),
        "nobody_taken": not candidate.taken,
        "nobody_barred": not is_barred(candidate.presence, candidate.registry_match),
        **{need: kind in candidate.evidence for need, kind in _PHOTOS.items()},
    }
    return frozenset(need for need, is_met in holds.items() if is_met)


def is_barred(presence: Presence, match: RegistryMatch) -> bool:
    """A hard stop: deceased, or the population registry says otherwise."""
    return presence is Presence.DECEASED or match in (RegistryMatch.MISMATCHED, RegistryMatch.DUPLICATE, RegistryMatch.DECEASED)


def _numbers_are_valid(candidate: Candidate, today: date) -> bool:
    """The recipient and the family card need a number; another member may still lack one, but not have a wrong one."""
    known = [nik for nik in candidate.niks if nik]
    well_formed = all(identity.check_nik(nik, today=today).valid for nik in known)
    return bool(candidate.caretaker_nik) and well_formed and identity.check_kk(candidate.kk, today).valid


NEEDS = frozenset({"valid_numbers", "domicile", "stated_reason", "nobody_taken", "nobody_barred", *_PHOTOS})
"""The needs that the file meets."""
