"""What the readiness instrument measures against, as dated settings of the office."""

from portal.assessment.rules import instrument
from portal.kernel.settings import OFFICE, Definition


def _definition(limit: instrument.Threshold) -> Definition:
    kind = "money" if limit.key == "savings_met" else "number"
    return Definition(kind, str(limit.value), limit.valid_from, _LIMIT_SOURCES[limit.source])


_LIMIT_SOURCES = {
    instrument.OWN_PROPOSAL: "usulan instrumen internal; " + OFFICE,
    instrument.POOR_CRITERIA: "mengacu kriteria Kepmensos 262/HUK/2022; " + OFFICE,
}
LIMITS = {key: _definition(limit) for key, limit in instrument.CURRENT.thresholds.items() if key != "elderly_age"}
"""The age is the same as for components."""
