"""What a portal that runs is kept by: proof that nothing was changed behind its back, copies, and a sweep."""

import sys
from pathlib import Path

import click
from flask import current_app

from portal import checks
from portal.commands.database import with_tables
from portal.evidence.records import files
from portal.kernel import base, clock
from portal.office.records import audit as trail
from portal.office.records import installation
from portal.office.records.audit import Head
from portal.web.extensions import db


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
    if not installation.can_back_up(db.engine):
        raise click.ClickException("Untuk PostgreSQL pakai pg_dump; lihat docs/deployment.md.")
    try:
        made = installation.back_up(db.engine, Path(current_app.config["EVIDENCE_DIR"]), folder, clock.local(clock.now()))
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
    click.echo(f"{files.sweep()} berkas yang tidak dipakai sudah dihapus")
