"""Applying in chunks: once each, whole or not at all, on the register as it is then; and what is kept of a file."""

import threading

import pytest
from sqlalchemy import func, select, text

from portal import checks
from portal.family.records.models import Batch, BatchRow, Household, Member, Payment
from portal.intake.reading.files import UnreadableFile
from portal.intake.records import batches, examining, intake
from portal.intake.records.intake import CHUNK
from portal.kernel import base, gate, vault
from portal.kernel.base import session
from portal.kernel.history import Event, Receipt
from portal.kernel.terms import Membership, Refused
from portal.membership.records import proposals
from portal.membership.rules import MembershipChange
from tests import cast, files_of_size, rosters
from tests.rosters import CLEAN_A, CLEAN_F, apply, bring_in, only_row, payment_file, read, recipient, rows

pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("app")]
LARGE = 2 * CHUNK + 50


@pytest.fixture
def budi():
    return cast.actor("budi")


def families():
    return session.scalar(select(func.count()).select_from(Household)) - 4


def test_a_large_file_goes_in_chunk_by_chunk(budi):
    batch = read(budi, files_of_size.payments(LARGE))
    done = []
    while batch.state != "applied":
        batch = intake.apply_chunk(budi, batch)
        done.append(batch.counts["done"])
    assert (done, families()) == ([CHUNK, 2 * CHUNK, LARGE], LARGE)


def test_after_a_crash_between_chunks_the_rest_follows(budi, app):
    batch_id = intake.apply_chunk(budi, read(budi, files_of_size.payments(LARGE))).id
    session.remove()
    batch = batches.own(budi, batch_id)
    assert (batch.state, families()) == ("applying", CHUNK)
    apply(budi, batch)
    assert (families(), session.scalar(select(func.count()).select_from(Payment))) == (LARGE, LARGE)
    assert [found for found in checks.check() if found.subject_id > 4] == []


def test_a_chunk_that_breaks_leaves_nothing_behind(budi):
    batch = read(budi, files_of_size.payments(30))
    broken = rows(batch)[20]
    sound, broken.payload = broken.payload, b"\x01damaged"
    session.commit()
    with pytest.raises(vault.Unreadable):
        intake.apply_chunk(budi, batch)
    assert (families(), batches.own(budi, batch.id).state) == (0, "read")
    session.get(BatchRow, broken.id).payload = sound
    session.commit()
    assert apply(budi, batches.own(budi, batch.id)).counts["opened"] == 30


def test_a_chunk_is_applied_once(budi):
    batch = read(budi, files_of_size.payments(30))
    apply(budi, batch)
    with pytest.raises(Refused, match="batch_moved_on"):
        intake.apply_chunk(budi, batch)
    assert families() == 30
    assert session.scalar(select(func.count()).select_from(Receipt).where(Receipt.key.contains("-from-"))) == 1


def test_what_changed_since_the_preview_counts(budi):
    """Between preview and applying the family leaves the programme: its row is left."""
    misnati = cast.household("Misnati")
    batch = read(budi, payment_file(recipient(misnati)))
    stated = MembershipChange(effective_on=cast.BEGINNING.date(), reason="Desil 6")
    proposals.propose(cast.actor("sari"), misnati, "suspend", facts=stated, key="p")
    misnati.membership = Membership.EXITED
    session.commit()
    apply(budi, batch)
    row = only_row(batch)
    assert (row.outcome, [problem["code"] for problem in row.problems]) == ("left", ["left_family"])


def test_only_who_uploaded_a_file_goes_on_with_it(budi):
    batch, dewi = read(budi, payment_file(recipient(cast.household("Misnati")))), cast.actor("dewi")
    for reach in (batches.own, intake.apply_chunk):
        with pytest.raises(gate.NotFound):
            reach(dewi, batch.id if reach is batches.own else batch)
    assert only_row(batch).outcome == batches.PENDING


@pytest.mark.parametrize("username", ["sari", "wati", "admin", "kepala"])
def test_others_than_supervisors_import_nothing(username):
    with pytest.raises(gate.Forbidden):
        read(cast.actor(username), rosters.sample(CLEAN_A))
    assert session.query(Batch).count() == 0


# --- what is kept --------------------------------------------------------------------------------------------------


def test_rows_are_sealed_until_they_are_used(budi):
    batch = read(budi, payment_file(recipient(cast.household("Misnati"))))
    nik = cast.household("Misnati").members[0].nik
    sealed = only_row(batch).payload
    assert nik.encode() not in sealed
    apply(budi, batch)
    assert session.scalars(select(BatchRow.payload)).all() == [None]


def test_a_payload_opens_only_in_its_own_row(budi):
    batch = read(budi, files_of_size.payments(2))
    first, second = rows(batch)
    first.payload = second.payload
    session.commit()
    with pytest.raises(vault.Unreadable):
        intake.apply_chunk(budi, batch)


def test_what_needed_a_look_is_forgotten_too(budi):
    batch = bring_in(budi, rosters.sample(CLEAN_A))
    assert [row.payload for row in rows(batch, "look")] == [None] * 16


def test_the_file_itself_is_forgotten_once_it_is_read(budi):
    batch = read(budi, rosters.sample(CLEAN_A))
    with pytest.raises(vault.NotStored):
        vault.get(batch.sha256)


def test_a_file_waits_in_the_vault_for_its_period(budi):
    batch = intake.receive(budi, rosters.sample(CLEAN_F), "f.xlsx", key="f")
    assert (batch.state, intake.needs_period(batch)) == ("reading", True)
    batch = intake.read_again(budi, batches.set_period(budi, batch, "2026-Q4", key="p"))
    assert (batch.state, batch.period, batch.counts["rows"]) == ("read", "2026-Q4", 120)
    with pytest.raises(vault.NotStored):
        vault.get(batch.sha256)


def test_an_interrupted_reading_starts_over(budi):
    batch = intake.receive(budi, rosters.sample(CLEAN_F), "f.xlsx", key="f")
    reading = batches.start_over(budi, batches.set_period(budi, batch, "2026-Q4", key="p"))
    half = {
        "batch_id": batch.id,
        "sheet": "keluarga",
        "row": 2,
        "verdict": "ready",
        "label": "X",
        "problems": [],
        "changes": [],
    }
    batches.keep_rows(budi, reading, [half], number=0)
    assert intake.read_again(budi, batch).counts["rows"] == len(rows(batch)) == 120


def test_a_reading_that_was_begun_anew_takes_no_rows_of_the_former(budi):
    batch = intake.receive(budi, rosters.sample(CLEAN_F), "f.xlsx", key="f")
    former = batches.start_over(budi, batch)
    batches.start_over(budi, batches.own(budi, batch.id))
    with pytest.raises(Refused, match="batch_moved_on"):
        batches.keep_rows(budi, former, [], number=0)


def test_a_file_that_is_no_roster_leaves_nothing(budi):
    with pytest.raises(UnreadableFile):
        read(budi, b"nama;alamat\nSITI;JL. MERGAN\n")
    assert (session.query(Batch).count(), session.query(Event).count()) == (0, 0)


def test_an_abandoned_file_is_forgotten(budi):
    batch = batches.abandon(budi, read(budi, rosters.sample(CLEAN_A)), key="no")
    assert (batch.state, rows(batch), families()) == ("abandoned", [], 0)
    with pytest.raises(Refused, match="batch_moved_on"):
        intake.apply_chunk(budi, batch)


def test_abandoning_halfway_keeps_what_was_applied(budi):
    batch = intake.apply_chunk(budi, read(budi, files_of_size.payments(LARGE)))
    batches.abandon(budi, batch, key="no")
    assert (families(), len(rows(batch)), {row.outcome for row in rows(batch)}) == (CHUNK, CHUNK, {"opened"})


def test_a_file_name_keeps_no_identity_number(budi):
    batch = read(budi, rosters.sample(CLEAN_A), r"C:\data\bnba 3573994601842978 (2).csv")
    assert batch.file_name == "bnba ••• (2).csv"


def test_receiving_and_applying_are_in_the_trail(budi):
    bring_in(budi, payment_file(recipient(cast.household("Misnati"))))
    kinds = list(session.scalars(select(Event.kind).order_by(Event.seq)))
    assert kinds == ["intake.receive", "intake.read", "intake.begin", "intake.change", "intake.apply"]


# --- people decide about rows --------------------------------------------------------------------------------------


def test_a_decision_can_be_taken_back_before_applying(budi):
    batch = read(budi, payment_file({**recipient(cast.household("Misnati")), "NAMA_PENERIMA": "BAMBANG"}))
    row_id = only_row(batch).id
    for number, decide_row in enumerate((intake.use, intake.take_back, intake.skip, intake.take_back)):
        batch = batches.decide(budi, batch, [row_id], decide_row, said=number, key=f"d{number}")
    row = only_row(batch)
    assert (row.verdict, row.way, row.outcome, len(row.problems)) == ("look", "use", None, 1)
    assert (batch.counts["look"], batch.counts["usable"]) == (1, 1)


def test_nothing_is_decided_once_applying_began(budi):
    batch = bring_in(budi, rosters.sample(CLEAN_A))
    with pytest.raises(Refused, match="batch_moved_on"):
        batches.decide(budi, batch, None, intake.use, said="all", key="late")


def test_a_row_that_is_ready_cannot_be_decided(budi):
    batch = read(budi, rosters.sample(CLEAN_A))
    ready = rows(batch, "ready")[0]
    with pytest.raises(Refused, match="row_needs_choice"):
        batches.decide(budi, batch, [ready.id], intake.use, said="use", key="d")


def test_rows_of_another_batch_are_not_decided(budi):
    mine = read(budi, rosters.sample(CLEAN_A))
    dewi = cast.actor("dewi")
    theirs = read(dewi, payment_file({**recipient(cast.household("Misnati")), "NAMA_PENERIMA": "BAMBANG"}))
    batches.decide(budi, mine, [only_row(theirs).id], intake.use, said="use", key="d")
    assert only_row(theirs).verdict == "look"


# --- at the same time ----------------------------------------------------------------------------------------------


def at_once(app, *acts):
    """Run these in threads of their own, each with its own connection, beginning together; what they raised."""
    ready, raised = threading.Barrier(len(acts)), []

    def run(act):
        with app.app_context():
            ready.wait(timeout=10)
            try:
                act()
            except Exception as error:
                raised.append(error)
            finally:
                session.remove()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    session.rollback()
    return raised


def test_two_imports_of_the_same_people_at_once_bring_them_once(app, budi):
    dewi, content = cast.actor("dewi"), files_of_size.payments(LARGE)
    first, second = read(budi, content, "one").id, read(dewi, content, "two").id
    assert (first == second, at_once(app, lambda: finish(budi, first), lambda: finish(dewi, second))) == (False, [])
    assert (families(), session.scalar(select(func.count()).select_from(Payment))) == (LARGE, LARGE)
    opened = [batches.own(who, one).counts["opened"] for who, one in ((budi, first), (dewi, second))]
    assert sum(opened) == LARGE
    assert [found for found in checks.check() if found.subject_id > 4] == []


def finish(actor, batch_id):
    apply(actor, batches.own(actor, batch_id))


def test_one_batch_pressed_twice_at_once_is_applied_once(app, budi):
    batch_id = read(budi, files_of_size.payments(LARGE)).id
    raised = at_once(app, *[lambda: intake.apply_chunk(budi, batches.own(budi, batch_id))] * 2)
    assert [type(error) for error in raised] in ([], [Refused])
    apply(budi, batches.own(budi, batch_id))
    assert (families(), session.scalar(select(func.count()).select_from(Member).where(Member.household_id > 4))) == (
        LARGE,
        LARGE,
    )


def test_the_same_file_received_twice_at_once_is_one_batch(app, budi):
    content = rosters.sample(CLEAN_A)
    at_once(app, *[lambda key=key: intake.receive(budi, content, "a.csv", key=key) for key in ("a", "b")])
    assert (session.query(Batch).count(), session.query(BatchRow).count()) == (1, 120)


def test_more_numbers_than_a_statement_takes_are_looked_up_all_the_same():
    misnati = cast.household("Misnati")
    strangers = [f"{number:032x}" for number in range(70_000)]
    assert examining.hit([*strangers, misnati.members[0].nik_index], []) == {misnati.id}


def test_who_waits_for_another_file_waits_as_long_as_it_takes():
    if session.connection().dialect.name == "sqlite":
        pytest.skip("limits of PostgreSQL")
    base.begin_write()
    assert session.scalar(text("SHOW lock_timeout")) == "5s"
    batches.queue_for_writing()
    assert session.scalar(text("SHOW lock_timeout")) == "0"
