"""A case on its way: steps taken as `Work.move` takes them, by the same tables; the row is written when the way is told."""

from dataclasses import asdict
from typing import Any

from portal.demo.families import Family
from portal.demo.ledger import Deed, Ledger
from portal.kernel import kinds, workflow
from portal.kernel.clock import local
from portal.kernel.history import jsonable


class CaseOnItsWay:
    """`model` is Graduation, Nomination or Monitoring. Raises Refused for a step that the flow does not have from here."""

    def __init__(self, ledger: Ledger, model: Any, family: Family, opened: Deed) -> None:
        self.ledger, self.model, self.family = ledger, model, family
        self.flow = kinds.flow(model.flow_name)
        self.id = ledger.next_id(model)
        self.state, self.state_since, self.version = self.flow.first, opened.at, 1
        self.opened_at, self.opened_by = opened
        self.facts: dict[str, Any] = {}
        self.returned_from: str | None = None

    @property
    def subject(self) -> tuple[str, int]:
        return self.model.__tablename__, self.id

    @property
    def is_open(self) -> bool:
        return self.state not in self.flow.ends

    def opened(self, kind: str, detail: dict[str, Any] | None = None) -> None:
        """The first word about it in the trail."""
        self.note(kind, Deed(self.opened_at, self.opened_by), to_state=self.state, detail=detail)

    def note(self, kind: str, deed: Deed, **said: Any) -> None:
        self.ledger.log(kind, self.subject, self.family.id, deed, **said)
        self.family.touched(deed.at)

    def take(self, name: str, deed: Deed, stated: Any = None, **cited: Any) -> None:
        """`stated` is the step's dataclass of facts; `cited` goes only into the event."""
        step, before = self.flow.step(name), self.state
        self.state = workflow.move(step, before, step.needs, self.returned_from)
        self.version += 1
        told = jsonable(asdict(stated)) if stated is not None else {}
        if self.state != before:
            self.state_since = deed.at
        if self.state == "returned" and before != "returned":
            self.returned_from = before
        self.facts = {**self.facts, name: {**told, "by": deed.by, "on": local(deed.at).date().isoformat()}}
        reason = told.get("reason") or told.get("override_reason") or None
        kind, detail = f"{self.flow.name}.{name}", {**told, **cited} or None
        self.note(kind, deed, from_state=before, to_state=self.state, reason=reason, detail=detail)

    def write(self, **own: Any) -> None:
        self.ledger.add(
            self.model, id=self.id, household_id=self.family.id, state=self.state, state_since=self.state_since,
            facts=self.facts, returned_from=self.returned_from, opened_at=self.opened_at, opened_by=self.opened_by,
            version=self.version, **own,
        )  # fmt: skip
