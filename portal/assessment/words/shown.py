"""What `assessment/_readiness.html` says: the words of readiness_texts.py, and the result in one sentence."""

from collections.abc import Iterable

from flask_babel import gettext as _

from portal.assessment.rules.instrument import Kind
from portal.assessment.rules.results import Change, Finding, Result, Verdict
from portal.assessment.words.questions import CONTRADICTIONS
from portal.assessment.words.verdicts import CAUTION_REASONS, disclaimer, explain, limit_source, name_of, to_do
from portal.kernel.terms import Band

__all__ = ["CAUTION_REASONS", "disclaimer", "explain", "limit_source", "name_of", "to_do"]

_GLYPHS = {Verdict.MET: "●", Verdict.NEAR: "◐", Verdict.NOT_MET: "○", Verdict.UNKNOWN: "·"}


def summary(result: Result) -> str:
    """Why the band is what it is, in one or two sentences: what holds the family back, by name."""
    if result.band is Band.READY:
        return _("Semua syarat utama dan wajib terpenuhi, tanpa tanda perhatian.")
    unmet = [finding for finding in result.findings if finding.verdict is not Verdict.MET]
    parts = [_held_back(unmet, Kind.GATE), _held_back(unmet, Kind.REQUIRED), _raised(result)]
    return " ".join(part for part in parts if part)


def _held_back(unmet: Iterable[Finding], kind: Kind) -> str:
    names = [name_of(finding.key) for finding in unmet if finding.kind is kind]
    if not names:
        return ""
    if kind is Kind.GATE:
        return _("Syarat utama yang belum terpenuhi: %(names)s.", names=", ".join(names))
    return _("Indikator wajib yang belum terpenuhi: %(names)s.", names=", ".join(names))


def _raised(result: Result) -> str:
    names = [name_of(caution.key) for caution in result.raised_cautions]
    return _("Perlu diperhatikan: %(names)s.", names=", ".join(names)) if names else ""


def also_met(change: Change) -> str:
    """The indicators that the same change makes met, by name."""
    return ", ".join(name_of(key) for key in change.also)


def contradiction(code: str) -> str:
    return str(CONTRADICTIONS[code])


def marks(verdicts: Iterable[Verdict]) -> str:
    """The way of an indicator over the last visits, a sign each: full, half, empty, a dot for unknown."""
    return "".join(_GLYPHS[verdict] for verdict in verdicts)
