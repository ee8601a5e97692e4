"""Where people find a graduation: which tab each state stands in, stated from domain.md section 6, and what the page shows."""

import pytest

from portal.graduation.lists import GROUPS
from portal.graduation.records.dossiers import Graduation
from portal.graduation.records.graduations import KIND
from portal.kernel.base import session
from portal.kernel.clock import now
from tests import cast
from tests.visitor import Visitor

DECIDER = {
    "Diajukan": {"submitted"},
    "Disetujui": {"approved"},
    "Tercatat di SIKS-NG": {"recorded"},
    "Dikembalikan": {"returned"},
    "Disiapkan": {"identified", "assessment", "ready", "not_yet", "counselling", "statement_signed"},
    "Berlaku": {"effective"},
    "Berakhir": {"rejected", "withdrawn", "revoked"},
}
PREPARER = {
    "Berjalan": {"identified", "assessment", "ready", "not_yet", "counselling", "statement_signed", "submitted", "returned",
                 "approved", "recorded"},
    "Berlaku": {"effective"},
    "Berakhir": {"rejected", "withdrawn", "revoked"},
}  # fmt: skip
LOOKED_FOR = {"Dikembalikan": "returned", "Diajukan": "submitted", "Disetujui": "approved", "Tercatat di SIKS-NG": "recorded"}
"""What a preparer looks for most within "Berjalan"."""
STATES = set().union(*DECIDER.values())


def listed_behind_each_tab(app, name):
    """The words of a tab, and the states of the cases behind it."""
    visitor = Visitor(app, name)
    tabs = visitor.get("/graduasi").all(".tabs a")
    return {words_of(tab): {row.text.split(" ")[0] for row in rows_behind(visitor, tab)} for tab in tabs}


def words_of(tab):
    return " ".join(word for word in tab.text.split(" ") if not word.isdigit())


def rows_behind(visitor, tab):
    return visitor.get(tab["href"]).all("#list tbody th")


@pytest.fixture
def one_of_each(app):
    """A family for each state, called as its state."""
    sari = cast.actor("sari")
    for state in STATES:
        family = cast.family(state)
        moment = {"opened_by": sari.id, "opened_at": now(), "state_since": now(), "facts": {}}
        session.add(Graduation(household_id=family.id, state=state, **moment))
    session.commit()


def test_the_states_are_those_of_the_workflow():
    assert STATES == set(KIND.flow.states) == set().union(*PREPARER.values())


def test_who_decides_finds_every_state_behind_one_tab(app, one_of_each):
    assert listed_behind_each_tab(app, "budi") == DECIDER


def test_who_prepares_finds_every_state_behind_one_tab_and_the_usual_ones_on_their_own(app, one_of_each):
    looks = {words: {state} for words, state in LOOKED_FOR.items()}
    assert listed_behind_each_tab(app, "sari") == {**PREPARER, **looks}


def test_what_is_looked_for_stands_in_the_tab_as_well():
    assert set(LOOKED_FOR.values()) <= PREPARER["Berjalan"]
    assert all(GROUPS[state] == (state,) for state in LOOKED_FOR.values())
