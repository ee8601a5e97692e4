"""The database: whether it is ready for a command; how an empty one is filled, by the demo or by a real first day; what a
file would bring and brings, `flask --app app intake FILE --as USER`, as JSON; and what a portal that runs is kept by: proof
that nothing was changed behind its back, copies, and a sweep."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from uuid import uuid4

import click
import flask_migrate
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from flask.cli import with_appcontext
from flask_babel import force_locale
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from portal import checks
from portal import demo as made_up
from portal.demo import loading
from portal.evidence import records
from portal.family.records.models import Batch
from portal.intake import words
from portal.intake.reading.files import UnreadableFile
from portal.intake.reading.reading import Parsed
from portal.intake.reading.rows import Problem
from portal.intake.records import batches, examining, intake
from portal.intake.records.examining import Judged
from portal.kernel import base, clock, policy
from portal.kernel.base import session
from portal.kernel.people import Account, User, account
from portal.kernel.terms import Period, Refused
from portal.membership.records.proposals import MembershipProposal
from portal.office.records import audit as trail
from portal.office.records import office
from portal.office.records.audit import Head
from portal.web import db, texts

FAMILIES, SEED = 5000, 2026


def with_tables(command: Callable[..., None]) -> Callable[..., None]:
    """As `with_appcontext`, for commands that make no tables themselves."""

    @with_appcontext
    @wraps(command)
    def checked(*arguments: object, **named: object) -> None:
        _demand_tables()
        base.take_time()
        command(*arguments, **named)

    return checked


def has_tables() -> bool:
    """Whether the database was ever made ready; one that is not there or cannot be read ends the command in a sentence."""
    try:
        return office.has_tables()
    except DatabaseError as error:
        raise click.ClickException("Basis data tidak terbaca; periksa DATABASE_URL dan INSTANCE_DIR.") from error


def _demand_tables() -> None:
    if not has_tables():
        raise click.ClickException("Basis data ini masih kosong; siapkan dulu dengan `flask --app app setup`.")
    grown = MigrationContext.configure(session.connection()).get_current_revision()
    session.rollback()
    migrate = current_app.extensions["migrate"].migrate
    if grown not in (None, ScriptDirectory.from_config(migrate.get_config()).get_current_head()):
        raise click.ClickException("Basis data ini dari versi lain; sesuaikan dulu dengan `flask --app app db upgrade`.")


@click.command()
@click.option("--households", default=FAMILIES, show_default=True, type=click.IntRange(min=made_up.FEWEST))
@click.option("--seed", default=SEED, show_default=True, help="The same seed makes the same city.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day the demo ends on; today unless given.")
@with_appcontext
def demo(households: int, seed: int, today: datetime | None) -> None:
    """Fill an empty database with made-up families and work."""
    if current_app.config["PORTAL_ENV"] == "production":
        raise click.ClickException("Data contoh tidak untuk produksi. Pakai `setup`.")
    _make_tables()
    try:
        filled = made_up.fill(households, seed, today.date() if today else clock.today())
    except loading.NotEmpty as error:
        raise click.ClickException("Basis data ini sudah berisi; data contoh hanya untuk yang kosong.") from error
    click.echo(f"Data contoh: {filled.families} keluarga, {filled.events} peristiwa.")
    tell_accounts()


def fill_if_empty() -> None:
    """For the first start: the demo, unless somebody is there already or this is production. Made by a process of its
    own: a server with threads must not fork, and would keep the memory."""
    if current_app.config["PORTAL_ENV"] == "production" or not loading.is_empty():
        return
    click.echo("Menyiapkan data contoh untuk pertama kali …")
    session.rollback()
    command = [sys.executable, "-m", "flask", "--app", "app", "demo"]
    done = subprocess.run(command, cwd=current_app.root_path, stdout=subprocess.DEVNULL, check=False)  # noqa: S603  ourselves
    if done.returncode:
        raise click.ClickException("Data contoh tidak jadi dibuat.")


def tell_accounts() -> None:
    """The demo's accounts and their password, where the demo is what is served."""
    if made_up.is_here():
        click.echo(f"Akun contoh: {', '.join(made_up.SHOWN)}; kata sandi: {made_up.PASSWORD}")


@click.command()
@click.option("--city", default="35.73", show_default=True, help="Kemendagri code of the city or regency.")
@click.option("--username", default=office.USERNAME, show_default=True, help="Of the first administrator.")
@with_appcontext
def setup(city: str, username: str) -> None:
    """Load the city's areas and create the first administrator; run again, it changes nothing."""
    _make_tables()
    try:
        done = office.install(city, username=username)
    except ValueError as error:
        raise click.ClickException(f"Kode {city} bukan kota atau kabupaten.") from error
    except Refused as error:
        raise click.ClickException(_REFUSED[error.code].format(**error.facts)) from error
    click.echo(f"{done.areas} wilayah siap.")
    if done.password is None:
        click.echo(f"Administrator {done.username} sudah ada.")
        return
    click.echo(f"Administrator: {done.username}")
    _hand_over(done.password)


@click.command()
@click.argument("username")
@with_tables
def let_in(username: str) -> None:
    """Give an administrator who has forgotten the password a new one, to be used once."""
    password = office.let_in(username)
    if password is None:
        raise click.ClickException(f"{username}: bukan administrator yang aktif.")
    _hand_over(password)


def _make_tables() -> None:
    """In an empty database; one in use is brought up to date by `serve`, or by `db upgrade`."""
    is_ready = has_tables()
    base.take_time()
    if not is_ready:
        flask_migrate.upgrade()


def _hand_over(password: str) -> None:
    click.echo(f"Kata sandi sekali pakai: {password} (hanya tampil sekali, diganti saat pertama masuk)")


_REFUSED = {
    "another_city": "Portal ini sudah untuk {city}.",
    "username_impossible": "Nama pengguna: huruf kecil dan angka, mulai dengan huruf, 3 sampai 40.",
}


# --- upkeep ----------------------------------------------------------------------------------------------------------


class HeadType(click.ParamType):  # type: ignore[type-arg]  # generic in types only, not at run time
    """`SEQ:HASH`, as this command and the page print it."""

    name = "SEQ:HASH"

    def convert(self, value: str | Head, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        if isinstance(value, Head):
            return value
        try:
            return trail.read_head(value)
        except ValueError:
            self.fail(f"{value!r} is not SEQ:HASH, with {trail.FEWEST} to {trail.DIGITS} digits of the hash", param, ctx)


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command()
@click.option("--head", type=HeadType(), help="A head that was printed before: tells whether the end was rewritten.")
@with_tables
def verify(head: Head | None) -> None:
    """Walk the whole chain; exit code 1 when it is broken."""
    verdict = trail.verify(head)
    for seq, fault in verdict.broken:
        click.echo(f"{seq}: {fault}", err=True)
    end = f"{verdict.head.seq}:{verdict.head.hash}"
    said = "utuh" if verdict.is_whole else "RUSAK"
    click.echo(f"Jejak audit {said}: {verdict.checked} peristiwa diperiksa. Ujung: {end}")
    if verdict.compared:
        click.echo(f"Ujung yang diberikan: {verdict.compared} dari {trail.DIGITS} angka dibandingkan.")
    sys.exit(0 if verdict.is_whole else 1)


@audit.command()
@with_tables
def check() -> None:
    """Check every rule that must hold over the whole database; exit code 1 when one does not."""
    base.begin_snapshot()
    found = checks.check()
    for violation in found:
        click.echo(str(violation), err=True)
    click.echo(f"{len(found)} pelanggaran ditemukan.")
    sys.exit(1 if found else 0)


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@with_tables
def backup(folder: Path) -> None:
    """Copy the SQLite database and the photos into a new folder in FOLDER, named by the moment; also while the portal runs."""
    if not office.can_back_up(db.engine):
        raise click.ClickException("Untuk PostgreSQL pakai pg_dump; lihat docs/deployment.md.")
    try:
        made = office.back_up(db.engine, Path(current_app.config["EVIDENCE_DIR"]), folder, clock.local(clock.now()))
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror}") from error
    click.echo(f"Cadangan: {made}")
    click.echo("Kunci (DATA_KEYS dan lainnya) tidak ikut; simpan di tempat lain.")


@click.group()
def evidence() -> None:
    """Photos and scans."""


@evidence.command()
@with_tables
def sweep() -> None:
    """Delete what was uploaded and not used for seven days; run it daily."""
    click.echo(f"{records.sweep()} berkas yang tidak dipakai sudah dihapus")


# --- a file comes in -------------------------------------------------------------------------------------------------

SOURCE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(name="intake")
@click.argument("file", type=SOURCE)
@click.option("--as", "username", required=True, help="who imports: a supervisor, whose area bounds what comes in")
@click.option("--period", help="the quarter that a DTSEN file speaks for, as 2026-Q4")
@click.option("--apply", "applies", is_flag=True, help="write what is ready, after printing nothing less than the preview")
@click.option("--accept", is_flag=True, help="with --apply: also rows that need a look but can be used as they are")
@with_tables
def intake_file(file: Path, username: str, *, period: str | None, applies: bool, accept: bool) -> None:
    """Read a roster and print what it would change."""
    with force_locale("id"), _one_sentence():
        actor, quarter = _actor(username), _quarter(period)
        content = file.read_bytes()
        parsed = intake.parse(content)
        told = _told(parsed, intake.judged(actor, parsed, quarter))
        if applies:
            batch = intake.receive(actor, content, file.name, quarter, key=uuid4().hex, parsed=parsed)
            told["summary"] = _applied(actor, batch, accept=accept)
    click.echo(json.dumps(told, ensure_ascii=False, indent=1))


@contextmanager
def _one_sentence() -> Iterator[None]:
    """What goes wrong is one sentence and exit code 1."""
    try:
        yield
    except UnreadableFile as unreadable:
        raise click.ClickException(words.refusal(unreadable)) from unreadable
    except Refused as refused:
        raise click.ClickException(texts.refusal(refused)) from refused


def _actor(username: str) -> Account:
    user = session.scalars(select(User).where(User.username == username, User.active.is_(True))).one_or_none()
    actor = account(user, user.area_codes) if user else None
    if actor is None or not policy.may(actor, batches.ACTION):
        raise click.ClickException(f"{username}: tidak ada, tidak aktif, atau tidak berwenang mengimpor.")
    return actor


def _quarter(period: str | None) -> Period | None:
    try:
        quarter = Period.parse(period) if period else None
    except ValueError as error:
        raise click.ClickException(f"--period {period}: tulis seperti 2026-Q4.") from error
    if quarter and quarter > Period.of(clock.today()):
        raise click.ClickException(f"--period {period}: triwulan ini belum tiba.")
    return quarter


def _told(parsed: Parsed, chunks: Iterator[list[Judged]]) -> dict[str, object]:
    """Counts of rows, the file's own problems, and what the register says about rows that are not simply ready."""
    counted, findings = Counter[str](), []
    for chunk in chunks:
        counted.update(examining.counts(chunk))
        findings += [finding for judged in chunk for finding in _findings(judged)]
    return {
        "layout": parsed.layout,
        "rows": counted["rows"],
        "members": parsed.members,
        **{verdict: counted[verdict] for verdict in batches.VERDICTS},
        "problems": [_problem(problem) for problem in parsed.problems],
        "findings": findings,
    }


def _problem(problem: Problem) -> dict[str, object]:
    shown = {name: value for name, value in problem._asdict().items() if name != "facts"}
    return {**shown, "message": words.sentence(problem)}


def _findings(judged: Judged) -> list[dict[str, object]]:
    where = {"sheet": judged.sheet, "row": judged.row}
    reasons = [reason for reason in judged.plan.reasons if reason != "incomplete"]
    return [{**where, "code": reason, "message": words.reason({"code": reason})} for reason in reasons]


def _applied(actor: Account, batch: Batch, *, accept: bool) -> dict[str, object]:
    if accept and batch.state == "read":
        batch = batches.decide(actor, batch, None, intake.use, said="all", key=uuid4().hex)
    while batch.state in ("read", "applying"):
        batch = intake.apply_chunk(actor, batch)
    mine = MembershipProposal.batch_id == batch.id
    proposed = session.scalar(select(func.count()).select_from(MembershipProposal).where(mine))
    return {"batch": batch.id, **{outcome: batch.counts[outcome] for outcome in batches.OUTCOMES}, "proposed": proposed}
