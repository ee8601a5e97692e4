"""What this capability is made of."""

from portal.family.records.models import Household
from portal.family.words import WORDS, until
from portal.web.slices import Slice

SLICE = Slice(
    name="family",
    household=Household,
    words=WORDS,
    conflicts={
        "uq_members_present_nik": "nik_taken",
        "uq_deciles_household_id_period": "decile_already_known",
        "uq_payments_household_id_stage": "payment_already_known",
    },
    shown={"component_until": until},
)
