"""Who may do what, and how far: the one place for permissions (domain.md section 2).

`GRANTS[action][role]` is a `Reach`; what is not listed is refused. `covers` answers for one row, `reach` for lists:
kernel/gate.py turns the same reach into a SQL condition, and a test demands that both agree.
"""

from dataclasses import dataclass

from portal.kernel.terms import Actor, Reach, Role

_FACILITATOR, _OFFICER, _SUPERVISOR = Role.FACILITATOR, Role.KELURAHAN_OFFICER, Role.SUPERVISOR
_ADMINISTRATOR, _VIEWER = Role.ADMINISTRATOR, Role.VIEWER
_CASELOAD, _ASSIGNED, _AREA, _EVERYWHERE = Reach.CASELOAD, Reach.ASSIGNED, Reach.AREA, Reach.EVERYWHERE

_SEEN_BY_ALL = {_FACILITATOR: _CASELOAD, _OFFICER: _AREA, _SUPERVISOR: _AREA, _VIEWER: _AREA}
_SEEN_IN_CASE_WORK = {_FACILITATOR: _CASELOAD, _SUPERVISOR: _AREA, _VIEWER: _AREA}

GRANTS: dict[str, dict[Role, Reach]] = {
    # families
    "household.view": _SEEN_BY_ALL,
    "household.update": {_FACILITATOR: _CASELOAD, _SUPERVISOR: _AREA},
    "household.correct_address": {_FACILITATOR: _CASELOAD, _OFFICER: _AREA, _SUPERVISOR: _AREA},
    "household.reveal": {_FACILITATOR: _CASELOAD, _OFFICER: _AREA, _SUPERVISOR: _AREA},
    "household.find_by_number": {_FACILITATOR: _CASELOAD, _OFFICER: _AREA, _SUPERVISOR: _AREA},
    "household.confirm_members": {_FACILITATOR: _CASELOAD},
    "household.assign": {_SUPERVISOR: _AREA},
    "membership.propose": {_FACILITATOR: _CASELOAD, _SUPERVISOR: _AREA},
    "membership.decide": {_SUPERVISOR: _AREA},
    # visits and assessments
    "visit.view": _SEEN_IN_CASE_WORK,
    "visit.record": {_FACILITATOR: _CASELOAD},
    # photos and scans: what is seen follows from what they prove (evidence/records.py)
    "evidence.stage": dict.fromkeys((_FACILITATOR, _OFFICER, _SUPERVISOR), _EVERYWHERE),
    "evidence.view": dict.fromkeys((_FACILITATOR, _OFFICER, _SUPERVISOR, _VIEWER), _EVERYWHERE),
    # graduation
    "graduation.view": {_FACILITATOR: _CASELOAD, _OFFICER: _AREA, _SUPERVISOR: _AREA, _VIEWER: _AREA},
    "graduation.prepare": {_FACILITATOR: _CASELOAD},
    "graduation.withdraw": {_FACILITATOR: _CASELOAD, _OFFICER: _AREA, _SUPERVISOR: _AREA},
    "graduation.decide": {_SUPERVISOR: _AREA},
    # nomination
    "nomination.view": {_FACILITATOR: _ASSIGNED, _OFFICER: _AREA, _SUPERVISOR: _AREA, _VIEWER: _AREA},
    "nomination.prepare": {_OFFICER: _AREA},
    "nomination.check": {_FACILITATOR: _ASSIGNED},
    "nomination.decide": {_SUPERVISOR: _AREA},
    # monitoring
    "monitoring.view": _SEEN_IN_CASE_WORK,
    "monitoring.visit": {_FACILITATOR: _CASELOAD},
    "monitoring.decide": {_SUPERVISOR: _AREA},
    # files, numbers, years
    "intake.use": {_SUPERVISOR: _AREA},
    "board.view": {_FACILITATOR: _CASELOAD, _OFFICER: _AREA, _SUPERVISOR: _AREA, _VIEWER: _AREA},
    "quality.view": {_SUPERVISOR: _AREA, _VIEWER: _AREA},
    "target.set": {_SUPERVISOR: _AREA},
    "year.close": {_SUPERVISOR: _AREA},
    # the office
    "people.manage": {_ADMINISTRATOR: _EVERYWHERE},
    "area.manage": {_ADMINISTRATOR: _EVERYWHERE},
    "setting.manage": {_ADMINISTRATOR: _EVERYWHERE},
    "setting.view": {_SUPERVISOR: _EVERYWHERE, _ADMINISTRATOR: _EVERYWHERE, _VIEWER: _EVERYWHERE},
    "audit.view": {_ADMINISTRATOR: _EVERYWHERE, _VIEWER: _EVERYWHERE},
    "policy.view": dict.fromkeys(Role, _EVERYWHERE),
    "home.view": dict.fromkeys(Role, _EVERYWHERE),
    "account.own": dict.fromkeys(Role, _EVERYWHERE),
}


@dataclass(frozen=True)
class Place:
    """Where a row stands for permissions: `kelurahan` is an area code such as `35.73.01.1001`."""

    kelurahan: str | None = None
    facilitator: int | None = None
    assigned: int | None = None


def reach(actor: Actor, action: str) -> Reach:
    """Unknown actions, roles and people without an area get `NONE`."""
    granted = GRANTS.get(action, {}).get(actor.role, Reach.NONE)
    return Reach.NONE if granted is Reach.AREA and not actor.areas else granted


def may(actor: Actor, action: str) -> bool:
    """May this person do this to anything at all? For menus, and for pages without a row."""
    return reach(actor, action) is not Reach.NONE


def within(code: str, areas: tuple[str, ...]) -> bool:
    return any(code == area or code.startswith(f"{area}.") for area in areas)


def covers(actor: Actor, action: str, place: Place) -> bool:
    granted = reach(actor, action)
    if granted is Reach.CASELOAD:
        return place.facilitator == actor.id
    if granted is Reach.ASSIGNED:
        return place.assigned == actor.id
    if granted is Reach.AREA:
        return place.kelurahan is not None and within(place.kelurahan, actor.areas)
    return granted is Reach.EVERYWHERE


def needs_area(role: Role) -> bool:
    """Whose work has a place; an administrator's has none."""
    return role is not _ADMINISTRATOR


def needs_kelurahan(role: Role) -> bool:
    """An officer works in kelurahan, never in a whole kecamatan or city."""
    return role is _OFFICER


def has_caseload(role: Role) -> bool:
    """Whose families these are; with another role somebody else has to look after them."""
    return GRANTS["visit.record"].get(role) is Reach.CASELOAD


OFFICE_ROLES = (_ADMINISTRATOR,)
"""One of these must always be left: without them nobody could let anybody in."""


def runs_the_office(role: Role) -> bool:
    return role in OFFICE_ROLES
