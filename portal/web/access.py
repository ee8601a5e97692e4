"""Marks on views: who may open them. A view without a mark is refused, and a test walks every route.

@bp.get("/<int:id>")
@opens(Household, "household.view")
def show(household): ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Flask, abort, current_app, request
from flask_login import current_user
from werkzeug.routing import IntegerConverter, Map

from portal.kernel import gate, policy, typed
from portal.kernel.people import Account

View = Callable[..., Any]


@dataclass(frozen=True)
class Mark:
    """How a view is guarded: `kind` is opens, lists, signed_in or public."""

    kind: str
    action: str | None = None
    model: type | None = None


class NumberInAddress(IntegerConverter):
    """`<int:…>` in every address: a number that no column holds is not found, and no view is asked."""

    regex = r"\d{1,10}"

    def __init__(self, addresses: Map, **options: Any) -> None:
        super().__init__(addresses, **{"max": typed.MOST, **options})


def actor() -> Account:
    """The person behind this request. Raises Unauthorized (401) when nobody is signed in."""
    if not current_user.is_authenticated:
        abort(401)
    return current_user._get_current_object()


def opens(model: type, action: str, parameter: str = "id") -> Callable[[View], View]:
    """The view gets the row with the id in the URL: 404 when not visible, 403 when visible but not allowed."""

    def marked(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> object:
            row: object = gate.find(actor(), action, model, values.pop(parameter))
            return view(row, **values)

        return _mark(guarded, Mark("opens", action, model))

    return marked


def lists(action: str) -> Callable[[View], View]:
    """A page of rows: the view narrows `gate.visible(actor, action, Model)`. 403 without any right to the action."""
    return _permitted("lists", action)


def signed_in(action: str = "account.own") -> Callable[[View], View]:
    """A page without a row; `action` must be granted to the role."""
    return _permitted("signed_in", action)


def public(view: View) -> View:
    """Anybody may open this: login, health."""
    return _mark(view, Mark("public"))


def unmarked(app: Flask) -> list[str]:
    """Endpoints that nobody guards; must be empty."""
    return [name for name, view in app.view_functions.items() if mark_of(view) is None]


def mark_of(view: View) -> Mark | None:
    return getattr(view, "mark", None)


def register(app: Flask) -> None:
    public(app.view_functions["static"])
    app.before_request(_refuse_unmarked)


def _refuse_unmarked() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if view is not None and mark_of(view) is None:
        abort(403)


def _permitted(kind: str, action: str) -> Callable[[View], View]:
    def marked(view: View) -> View:
        @wraps(view)
        def guarded(**values: object) -> object:
            if not policy.may(actor(), action):
                abort(403)
            return view(**values)

        return _mark(guarded, Mark(kind, action))

    return marked


def _mark(view: View, mark: Mark) -> View:
    view.mark = mark  # type: ignore[attr-defined]  # functions take any attribute
    return view
