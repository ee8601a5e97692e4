"""`flask --app app intake FILE --as USER`: what a file would bring, as JSON; `--apply` brings it in."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import click
from flask_babel import force_locale
from sqlalchemy import func, select

from portal.commands.database import with_tables
from portal.family.records.register import Batch
from portal.intake import words
from portal.intake.reading.files import UnreadableFile
from portal.intake.reading.reading import Parsed
from portal.intake.reading.rows import Problem
from portal.intake.records import batches, examining, intake
from portal.intake.records.examining import Judged
from portal.kernel import clock, policy
from portal.kernel.base import session
from portal.kernel.people import Account, User, account
from portal.kernel.terms import Period, Refused
from portal.membership.records.proposals import MembershipProposal
from portal.web import texts

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
