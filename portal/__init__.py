"""Naik Kelas: who is ready to leave cash aid, how they leave, and how they fare afterwards."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask, abort, has_request_context, request
from flask_login import current_user
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from portal import build, commands, config
from portal.assessment.slice import SLICE as ASSESSMENT
from portal.board.slice import SLICE as BOARD
from portal.caseload.slice import SLICE as CASELOAD
from portal.evidence.slice import SLICE as EVIDENCE
from portal.family.slice import SLICE as FAMILY
from portal.graduation.slice import SLICE as GRADUATION
from portal.intake.slice import SLICE as INTAKE
from portal.kernel import base, vault
from portal.membership.slice import SLICE as MEMBERSHIP
from portal.monitoring.slice import SLICE as MONITORING
from portal.nomination.slice import SLICE as NOMINATION
from portal.office.slice import SLICE as OFFICE
from portal.web import LANGUAGE_COOKIE, access, babel, compress, csrf, db, login_manager, migrate, shell, slices

SLICES = (
    FAMILY, EVIDENCE, ASSESSMENT, MEMBERSHIP, NOMINATION, MONITORING, GRADUATION,
    CASELOAD, INTAKE, BOARD, OFFICE,
)  # fmt: skip
"""Every capability, in the order in which each may know those before it."""
ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("id", "en")


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """The application. `overrides` win over the environment; `INSTANCE_DIR` among them moves everything it writes.

    Raises `config.Misconfigured`, naming every setting to mend.
    """
    overrides = overrides or {}
    instance = Path(overrides.get("INSTANCE_DIR") or os.environ.get("INSTANCE_DIR") or ROOT / "instance").resolve()
    app = Flask("portal", root_path=str(ROOT), instance_path=str(instance), template_folder="templates", static_folder="static")
    app.config.update(config.settings(os.environ, instance))
    app.config.update(overrides)
    config.demand_safe(app.config)
    app.before_request(_refuse_endless_fields)
    _connect(app)
    _serve_static(app, instance / "assets")
    _register_pages(app)
    commands.register(app)
    proxies = app.config["TRUSTED_PROXIES"]
    if proxies:  # they say who came and how; which host was asked for stands in Host, as they were told to pass it on
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]  # how WSGI wraps
    return app


def _connect(app: Flask) -> None:
    """Extensions, database and vault."""
    build.compile_catalogs(ROOT / "portal" / "translations")
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    login_manager.init_app(app)
    csrf.init_app(app)
    compress.init_app(app)
    babel.init_app(app, locale_selector=choose_language, default_translation_directories=str(ROOT / "portal" / "translations"))
    with app.app_context():
        for engine in db.engines.values():
            base.prepare(engine, app.config["DATABASE_LIMITS"])
    base.adopt(db.session)
    vault.open_vault(
        vault.Vault(
            data_keys=app.config["DATA_KEYS"],
            index_key=app.config["INDEX_KEY"],
            chain_key=app.config["CHAIN_KEY"],
            evidence=Path(app.config["EVIDENCE_DIR"]),
        )
    )


def _refuse_endless_fields() -> None:
    """A form without files is text that people typed. (Werkzeug has this limit for forms with files only, and what comes
    back with every mistake would be megabytes.) Before anything reads the form."""
    limit = request.max_form_memory_size
    if request.mimetype == "application/x-www-form-urlencoded" and limit and (request.content_length or 0) > limit:
        abort(413)


def choose_language() -> str:
    """The signed-in person's language, else the cookie's, else the browser's, else Indonesian; commands speak Indonesian."""
    if not has_request_context():
        return "id"
    if current_user and current_user.is_authenticated:
        return str(current_user.language)
    if request.cookies.get(LANGUAGE_COOKIE) in LANGUAGES:
        return request.cookies[LANGUAGE_COOKIE]
    return request.accept_languages.best_match(LANGUAGES) or "id"


def _serve_static(app: Flask, built: Path) -> None:
    """`url_for("static", ...)` names the hashed file, which browsers keep for ever; while debugging, the source itself."""
    if app.debug:
        return
    names = build.hashed_files(ROOT / "static", built)
    noise = WhiteNoise(
        app.wsgi_app, root=str(built), prefix="static/", max_age=None, allow_all_origins=False,
        immutable_file_test=lambda _path, _url: True, add_headers_function=_harden,
    )  # fmt: skip
    app.wsgi_app = noise  # type: ignore[method-assign]  # how WSGI wraps

    @app.url_defaults
    def name_the_hashed_file(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and values.get("filename") in names:
            values["filename"] = names[values["filename"]]


def _harden(headers: Any, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def _register_pages(app: Flask) -> None:
    """The pages of every slice, then what frames them all."""
    app.url_map.converters["int"] = access.NumberInAddress
    slices.adopt(app, SLICES)
    shell.register(app)
