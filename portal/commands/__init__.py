"""Commands of `flask --app app`. Each calls one function below it; what it says goes to people."""

from flask import Flask

from portal.commands import database, serving


def register(app: Flask) -> None:
    """Add every command to `flask --app app`."""
    filling = (database.demo, database.setup, database.let_in, database.intake_file)
    for command in (serving.serve, database.evidence, database.audit, database.backup, *filling):
        app.cli.add_command(command)
