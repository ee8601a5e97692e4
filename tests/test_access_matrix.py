"""Every route × every role × every place: what the literal table of rights says is what people meet, and nothing else leaks
or changes.

The routes come from `app.url_map`, what each asks for from its mark (web/access.py), who has that right from the table
typed in tests/kernel/test_policy.py: never from the policy itself. A new parameter in a route has to be taught to `FILLED`;
an unmarked view, or a new public one, fails.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from portal.assessment.records.visits import Visit
from portal.evidence.records import Evidence
from portal.family.records.models import Batch, Household, Member
from portal.graduation.records.dossiers import Graduation
from portal.kernel import kinds
from portal.kernel.base import session
from portal.kernel.clock import today
from portal.kernel.terms import Reach
from portal.membership.records.proposals import MembershipProposal
from portal.monitoring.records import Monitoring
from portal.nomination.records.nominations import Nomination
from portal.web import access, db
from tests import cast
from tests.kernel.test_policy import RIGHTS
from tests.matrix_world import World, build
from tests.visitor import HTMX, Visitor

PUBLIC = {"account.login", "account.enter", "static"}
PEOPLE = ("sari", "wati", "budi", "ratna", "admin", "kepala")
NOBODY = "nobody"
_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\b", re.IGNORECASE)
_BOOKKEEPING = "UPDATE sessions SET seen_at"

FILLED = {
    ("membership", "step"): ["suspend"],
    ("graduations.decide", "step"): ["approve"],
    ("graduations.take_many", "step"): ["record"],
    ("nominations.choose", "step"): ["forward"],
    ("nominations.take_many", "step"): ["forward"],
    ("assessments", "slug"): ["pekerjaan"],
    ("settings", "key"): ["poverty_line"],
    ("areas", "code"): ["35.73.05"],
    ("targets", "year"): [today().year],
    ("targets", "code"): ["35.73.05"],
}
"""(blueprint or endpoint, parameter) -> values for it; what belongs to a row comes from the world."""


@dataclass(frozen=True)
class Door:
    """One way into the portal: an address with its method, and the row it opens, if any."""

    endpoint: str
    method: str
    url: str
    row: Any = None
    step: str | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.url} ({self.endpoint})"


@pytest.fixture
def world(app) -> World:
    return build()


def doors(app, world: World) -> Iterator[Door]:
    """Every address of every route that somebody must have a right for."""
    urls = app.url_map.bind("localhost")
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.endpoint in PUBLIC:
            continue
        for row, values in _fillings(app, rule, world):
            url = urls.build(rule.endpoint, values, method=next(iter(rule.methods - {"HEAD", "OPTIONS"})))
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield Door(rule.endpoint, method, url, row, values.get("step"))


def _fillings(app, rule, world: World) -> Iterator[tuple[Any, dict[str, Any]]]:
    mark = app.view_functions[rule.endpoint].mark
    rows = world.rows(mark.model) if mark.model else world.others(rule.endpoint) or [None]
    assert "id" not in rule.arguments or rows != [None], f"teach the matrix which rows {rule.endpoint} opens"
    for row in rows if "id" in rule.arguments else [None]:
        chosen = {"id": row.id} if row is not None else {}
        for name in sorted(rule.arguments - {"id"}):
            chosen[name] = None
        for filled in _with_steps(rule, mark, row, chosen, world):
            yield row, filled


def _with_steps(rule, mark, row, chosen: dict[str, Any], world: World) -> Iterator[dict[str, Any]]:
    names = [name for name, value in chosen.items() if value is None]
    values = dict(chosen)
    for name in names:
        values[name] = _value(rule.endpoint, name, mark, row, world)[0]
    if "step" not in names:
        yield values
        return
    for step in _value(rule.endpoint, "step", mark, row, world):
        yield {**values, "step": step}


def _value(endpoint: str, name: str, mark, row, world: World) -> list[Any]:
    blueprint = endpoint.partition(".")[0]
    for key in ((endpoint, name), (blueprint, name)):
        if key in FILLED:
            return FILLED[key]
    if name == "step" and mark.model:
        return list(_a_step_for_each_right(mark.model.flow_name).values())
    part = world.part(name, row)
    assert part is not None, f"teach the matrix what {name!r} of {endpoint} is"
    return [part]


def _a_step_for_each_right(flow: str) -> dict[str, str]:
    return {step.action: step.name for step in kinds.flow(flow).steps if not step.by_effect}


# --- what ought to happen ------------------------------------------------------------------------------------------


SEEN_BY = {
    Household: "household.view", Member: "household.view", Visit: "visit.view", Graduation: "graduation.view",
    Nomination: "nomination.view", Monitoring: "monitoring.view", MembershipProposal: "household.view",
}  # fmt: skip
"""What lets somebody know that such a row is there."""


def expected(app, actor: Any, door: Door) -> int:
    """200 stands for "let in": whatever is said then, it is neither 403 nor 404."""
    mark = app.view_functions[door.endpoint].mark
    if mark.model is None:
        return _without_a_row(actor, mark, door)
    if not (reaches(actor, SEEN_BY[mark.model], door.row) or reaches(actor, mark.action, door.row)):
        return 404
    if not reaches(actor, mark.action, door.row):
        return 403
    if door.endpoint.endswith((".step", ".take")):
        return 200 if reaches(actor, kinds.flow(mark.model.flow_name).step(door.step).action, door.row) else 403
    return 200


def reaches(actor: Any, action: str, row: Any) -> bool:
    """Whether the table lets this person do this to this row: families are places, and people have theirs."""
    reach, household = RIGHTS[action].get(actor.role), row if isinstance(row, Household) else row.household
    if reach is Reach.CASELOAD:
        return household.facilitator_id == actor.id
    if reach is Reach.ASSIGNED:
        return isinstance(row, Nomination) and row.facilitator_id == actor.id
    if reach is Reach.AREA:
        return any(f"{household.kelurahan}.".startswith(f"{area}.") for area in actor.areas)
    return reach is Reach.EVERYWHERE


def _without_a_row(actor: Any, mark: access.Mark, door: Door) -> int:
    if mark.action and actor.role not in RIGHTS[mark.action]:
        return 403
    if isinstance(door.row, Evidence):
        return 200 if reaches(actor, "household.view", session.get(Household, door.row.household_id)) else 404
    if isinstance(door.row, Batch):
        return 200 if door.row.uploaded_by == actor.id else 404
    return 200


def agrees(status: int, wanted: int) -> bool:
    return status == wanted if wanted != 200 else status not in (401, 403, 404, 405) and status < 500


# --- how it is asked -----------------------------------------------------------------------------------------------


class Knocker:
    """Asks as one person; stays signed in, whatever was pressed."""

    def __init__(self, app, username: str) -> None:
        self.app, self.username = app, username
        self._visitor = Visitor(app, None if username == NOBODY else username)

    def knock(self, door: Door, **sent: str) -> Any:
        if door.method == "GET":
            return self._visitor.client.get(door.url)
        answer = self._visitor.client.post(door.url, data={"csrf_token": self._visitor._token(), "key": uuid4().hex, **sent})
        if door.endpoint == "account.leave" and answer.status_code == 303:
            self._visitor.log_in(self.username)
        return answer

    def press(self, door: Door, headers: dict[str, str] | None = None, **sent: str) -> Any:
        """A POST with exactly these fields."""
        return self._visitor.client.post(door.url, data=sent, headers=headers or {})

    def token(self) -> str:
        return self._visitor._token()


@contextmanager
def commits() -> Iterator[list[str]]:
    """What is written meanwhile and kept; a session's last-seen time is not counted."""
    kept: list[str] = []
    pending: list[str] = []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if _WRITES.match(statement) and not statement.startswith(_BOOKKEEPING):
            pending.append(statement)

    def keep(_connection) -> None:
        kept.extend(pending)
        pending.clear()

    def drop(_connection) -> None:
        pending.clear()

    listened = (("before_cursor_execute", note), ("commit", keep), ("rollback", drop))
    for name, listener in listened:
        event.listen(db.engine, name, listener)
    try:
        yield kept
    finally:
        for name, listener in listened:
            event.remove(db.engine, name, listener)


SHOWN_IN = {
    "households": Household, "graduations": Graduation, "nominations": Nomination, "nomination_files": Nomination,
    "monitoring": Monitoring, "membership": MembershipProposal, "visits": Visit, "assessments": Visit,
}  # fmt: skip
"""Blueprint -> what its pages show; elsewhere a name may come from any of them."""
REVEALS = {("graduations.statement", "POST"), ("households.reveal", "POST")}
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ .\-•]+(?=\d)")


class Leaks:
    """What an answer must not tell this person: full numbers, and names of families out of sight."""

    def __init__(self, actor: Any, numbers: set[str]) -> None:
        self._numbers = numbers
        everybody = set(session.scalars(select(Household.caretaker_name)))
        seen = {model: self._names(actor, model) for model in SHOWN_IN.values()}
        self._unseen = {model: everybody - names for model, names in seen.items()}
        self._unseen_anywhere = everybody - set().union(*seen.values())

    def _names(self, actor: Any, model: type) -> set[str]:
        rows = session.scalars(select(model)).all()
        return {
            (row if model is Household else row.household).caretaker_name for row in rows if reaches(actor, SEEN_BY[model], row)
        }

    def __call__(self, door: Door, answer: Any) -> list[str]:
        text = f"{answer.headers.get('Location', '')} {answer.text if answer.mimetype == 'text/html' else ''}"
        unseen = self._unseen.get(SHOWN_IN.get(door.endpoint.partition(".")[0]), self._unseen_anywhere)
        numbers = set() if (door.endpoint, door.method) in REVEALS else self.numbers_in(text)
        return sorted(numbers | {name for name in unseen if re.search(rf"\b{name}\b", text)})

    def numbers_in(self, text: str) -> set[str]:
        joined = _BETWEEN_DIGITS.sub("", text)
        return {number for number in self._numbers if number in joined}


# --- the matrix ----------------------------------------------------------------------------------------------------


def test_every_view_is_marked_and_the_public_ones_are_these(app):
    assert access.unmarked(app) == []
    assert {name for name, view in app.view_functions.items() if view.mark.kind == "public"} == PUBLIC


def test_every_action_that_views_name_is_granted_to_somebody(app):
    named = {view.mark.action for view in app.view_functions.values() if view.mark.action}
    assert named <= set(RIGHTS)
    assert not [action for action in named if not RIGHTS[action]]


@pytest.mark.parametrize("username", PEOPLE)
def test_everybody_opens_exactly_what_is_theirs(app, world, caplog, username):
    """No more, no less; nobody reads a number or a family's name that is not for them, and only forms write."""
    actor, knocker, wrong = cast.actor(username), Knocker(app, username), []
    leaks, _ = Leaks(actor, world.numbers), caplog.set_level(logging.DEBUG)
    for door, wanted in [(door, expected(app, actor, door)) for door in doors(app, world)]:
        try:
            with commits() as kept:
                answer = knocker.knock(door)
        except Exception as error:
            wrong.append(f"{door}: {error!r}")
            continue
        if not agrees(answer.status_code, wanted):
            wrong.append(f"{door}: {answer.status_code}, not {wanted}")
        if kept and (wanted != 200 or door.method == "GET"):
            wrong.append(f"{door}: wrote {kept}")
        wrong += [f"{door}: tells {told}" for told in leaks(door, answer)]
    assert not wrong, "\n".join(wrong)
    assert not leaks.numbers_in(caplog.text)


def test_nobody_opens_anything(app, world):
    knocker, wrong = Knocker(app, NOBODY), []
    for door in list(doors(app, world)):
        with commits() as kept:
            answer = knocker.knock(door)
        sent_away = door.method == "GET" or door.endpoint in NEVER_CARRIED
        asked_in = answer.status_code == (303 if sent_away else 401)
        if kept or not asked_in or (sent_away and not answer.location.startswith("/masuk")):
            wrong.append(f"{door}: {answer.status_code} {answer.location} {kept}")
    assert not wrong, "\n".join(wrong)


def test_a_form_without_token_or_key_changes_nothing(app, world):
    """Without the token the session is taken as ended; without a key it is no form of ours."""
    knockers, wrong = {username: Knocker(app, username) for username in PEOPLE}, []
    for door, username in _each_form_with_somebody_who_may(app, world):
        knocker = knockers[username]
        with commits() as kept:
            plain, partial = knocker.press(door, key=uuid4().hex), knocker.press(door, HTMX, key=uuid4().hex)
            keyless = [knocker.press(door, csrf_token=knocker.token(), **sent) for sent in ({}, {"key": "1"})]
        over = 303 if door.endpoint in NEVER_CARRIED else 401
        if (plain.status_code, partial.status_code) != (over, 401) or "HX-Retarget" not in partial.headers:
            wrong.append(f"{door}: {plain.status_code} and {partial.status_code} without a token")
        passed = [answer for answer in keyless if answer.status_code < 400 and door.endpoint not in NEVER_CARRIED]
        if door.endpoint not in NEED_NO_KEY and (kept or passed):
            wrong.append(f"{door}: {[answer.status_code for answer in keyless]} without a key, wrote {kept}")
    assert not wrong, "\n".join(wrong)


def _each_form_with_somebody_who_may(app, world) -> list[tuple[Door, str]]:
    """One address of every POST route, and a person whom it lets in."""
    actors, found = {username: cast.actor(username) for username in PEOPLE}, {}
    for door in doors(app, world):
        if door.method == "POST" and door.endpoint not in found:
            allowed = [username for username, actor in actors.items() if expected(app, actor, door) == 200]
            if allowed:
                found[door.endpoint] = (door, allowed[0])
    return list(found.values())


NEVER_CARRIED = {"account.save_password"}
"""Passwords are not carried about: their own page asks again (303)."""
NEED_NO_KEY = {"account.leave", "audit.verify", "nomination_files.check_number", "graduations.decide"}
"""Leaving twice is leaving; looking at the chain changes nothing; a number without a key is not looked for; the old address of
a decision only says where it is taken now."""
