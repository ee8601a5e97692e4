import threading

import pytest
from sqlalchemy import delete, event, update

from portal.kernel import gate
from portal.kernel.base import begin_snapshot, session
from portal.kernel.history import ChainHead, Event
from portal.office.records import accounts, audit
from portal.web import db
from tests import cast

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]


@pytest.fixture(autouse=True)
def three_events(app):
    people = cast.everyone()
    for turn in range(1, 4):
        gate.amend(people.sari, cast.household("Misnati"), seen=turn, changes={"note": f"catatan {turn}"}, key=str(turn))


def tamper(statement):
    session.execute(statement)
    session.commit()
    return audit.verify()


def test_an_untouched_chain_is_whole():
    verdict = audit.verify()
    assert verdict.is_whole
    assert (verdict.checked, verdict.head.seq) == (3, 3)


def test_a_changed_detail_is_found():
    verdict = tamper(update(Event).where(Event.seq == 2).values(detail={"changes": {"note": [None, "lain"]}}))
    assert verdict.broken == ((2, "detail_changed"),)


def test_a_changed_actor_is_found():
    verdict = tamper(update(Event).where(Event.seq == 2).values(actor_id=cast.actor("budi").id))
    assert verdict.broken == ((2, "event_changed"),)


def test_a_removed_event_leaves_a_gap():
    verdict = tamper(delete(Event).where(Event.seq == 2))
    assert (3, "gap") in verdict.broken
    assert (3, "link_broken") in verdict.broken


def test_a_cut_end_is_found():
    assert tamper(delete(Event).where(Event.seq == 3)).broken == ((3, "end_missing"),)


def test_an_end_that_the_head_does_not_know_is_found():
    second = session.get(Event, 2).hash
    assert tamper(update(ChainHead).values(seq=2, hash=second)).broken == ((2, "end_missing"),)


def test_who_writes_meanwhile_breaks_nothing(app):
    """Also between the last event that is read and the head, which PostgreSQL shows as it is by then."""
    told = []

    def writes_on(_connection, _cursor, statement, *_rest):
        if "FROM events" in statement and len(told) < 2:
            told.append(statement)
            writer = threading.Thread(target=_write_on, args=(app, len(told)))
            writer.start()
            writer.join(10)

    event.listen(db.engine, "after_cursor_execute", writes_on)
    try:
        verdict = audit.verify()
    finally:
        event.remove(db.engine, "after_cursor_execute", writes_on)
    assert (verdict.is_whole, len(told)) == (True, 2)
    session.rollback()
    assert audit.verify().checked == 5


def _write_on(app, turn):
    with app.app_context():
        accounts.choose_language(cast.actor("wati"), "en", key=f"meanwhile{turn}")
        session.remove()


def test_a_snapshot_does_not_see_what_is_written_meanwhile(app):
    begin_snapshot()
    before = audit.head()
    writer = threading.Thread(target=_write_on, args=(app, 1))
    writer.start()
    writer.join(10)
    assert audit.head() == before
    session.rollback()
    assert audit.head().seq == before.seq + 1


def test_an_exported_head_detects_a_rewritten_chain():
    rewritten = audit.Head(2, "f" * 64)
    assert audit.verify(rewritten).broken == ((2, "head_differs"),)
    assert audit.verify(audit.Head(9, "f" * 64)).broken == ((3, "end_missing"),)


def test_retention_may_empty_a_detail():
    assert tamper(update(Event).where(Event.seq == 2).values(detail=None)).is_whole


def test_the_trail_is_newest_first_and_narrowed():
    assert [entry.seq for entry in audit.trail(audit.Search()).rows] == [3, 2, 1]
    assert [entry.seq for entry in audit.trail(audit.Search(after="3")).rows] == [2, 1]
    assert audit.trail(audit.Search(actor_id=cast.actor("budi").id)).rows == ()
