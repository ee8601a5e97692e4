"""What Flask costs by itself: one view, one statement past every layer, a template with as many rows as our list."""

import sqlite3
from pathlib import Path
from typing import Any

from flask import Flask, render_template
from jinja2 import DictLoader

_PAGE = """<!doctype html><html lang="id"><head><meta charset="utf-8"><title>Keluarga</title></head><body><h1>Keluarga</h1>
<table>{% for row in rows %}<tr><td><a href="/keluarga/{{ row.id }}">{{ row.caretaker_name }}</a></td>
<td>{{ row.kelurahan }}</td><td>RT {{ row.rt }} RW {{ row.rw }}</td><td>{{ row.membership }}</td>
<td>{{ row.decile }}</td><td>{{ row.band or "–" }}</td>
<td>{{ row.last_visit_on or "–" }}</td><td>{{ row.due_on or "–" }}</td></tr>{% endfor %}</table></body></html>"""


def view(database: Path, rows: int) -> Flask:
    app = Flask("bare")
    app.jinja_loader = DictLoader({"list.html": _PAGE})
    connection = sqlite3.connect(database, check_same_thread=False)
    connection.row_factory = _as_dict

    @app.get("/")
    def index() -> str:
        found = connection.execute("SELECT * FROM households ORDER BY sort_name, id LIMIT ?", (rows,)).fetchall()
        return render_template("list.html", rows=found)

    return app


def _as_dict(cursor: sqlite3.Cursor, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
