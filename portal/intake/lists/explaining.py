"""One row of a batch in full, compared with what the register knows at this moment."""

from dataclasses import dataclass

from portal.family.records.batches import Batch, BatchRow
from portal.intake.lists import batches as reports
from portal.intake.reading.layouts import FamilyRow, PaymentRow
from portal.intake.records import known
from portal.intake.records.intake import ground, period_of
from portal.intake.records.said import purpose, said, unpack
from portal.intake.rules.diff import Choice, Plan, Way, judge
from portal.intake.rules.known import Family
from portal.kernel.terms import Actor, Period


@dataclass(frozen=True)
class Explained:
    """`options` are the families among which to choose, `may_be_new` that it can be none of them; `places` names
    the kelurahan."""

    record: PaymentRow | FamilyRow
    period: Period | None
    plan: Plan
    options: tuple[Family, ...]
    may_be_new: bool
    places: dict[str, str]


def explain(actor: Actor, batch: Batch, row: BatchRow) -> Explained:
    """For a row that still has its payload. Families out of the actor's reach are not among what it names."""
    one = said(unpack(row.payload or b"", purpose(batch.id, row.sheet, row.row)), period_of(batch))
    register = known.look_up(one.niks, [one.kk] if one.kk else [])
    choice = Choice(Way(row.way), row.household_id) if row.way in (Way.CHOSEN, Way.NEW) else None
    plan = judge(one, register, ground(actor), choice)
    options = tuple(register.families[household_id] for household_id in plan.options)
    named = [*options, *([plan.family] if plan.family else [])]
    codes = {family.domicile.kelurahan for family in named} | {one.record.area or ""}
    may_be_new = one.is_roster and "kk_only" in plan.reasons
    return Explained(one.record, one.period, plan, options, may_be_new, reports.area_names(codes))
