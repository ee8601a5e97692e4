"""`flask --app app backup FOLDER`: what a small office keeps, in one step."""

from pathlib import Path

import click
from flask import current_app

from portal.commands.ready import with_tables
from portal.kernel import clock
from portal.office.records import installation
from portal.web.extensions import db


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
