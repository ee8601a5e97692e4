"""A form that was sent: looked at, acted on, answered. What the gate refuses becomes a page here, and nowhere else."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from flask import Response

from portal.kernel import gate
from portal.kernel.terms import Refused
from portal.web import responses
from portal.web.forms import Form

Made = TypeVar("Made")
TOLD = (Refused, gate.Stale, gate.KeyReused)
"""What is told at the form, with everything typed."""


def submit(
    form: Form,
    template: str,
    fragment: str | None = None,
    *,
    act: Callable[[], Made],
    done: Callable[[Made], Response],
    shown: Callable[[], Mapping[str, object]] = dict,
) -> Response:
    """Validate, `act()`, answer with `done(what it made)`.

    422 with what was typed for a mistake in the form and for what a rule refuses, 409 where somebody else was first or the
    key is used up. `shown()` is what the template needs beside `form`: asked only then, it sees the rows as they are by then.
    """
    if not form.validate():
        return responses.invalid(template, fragment, **{"form": form, **shown()})
    try:
        made = act()
    except TOLD as error:
        return responses.problem(error, template, fragment, **{"form": form, **shown()})
    return done(made)
