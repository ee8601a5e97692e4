"""The files of deciles that the demo's office brought in: of each quarter, the families above the limit."""

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from portal.demo.days import known_from, moment, workday
from portal.demo.families import Family
from portal.demo.ledger import Deed, Ledger
from portal.family.records.batches import Batch, BatchRow
from portal.kernel.terms import Period
from portal.membership.records.models import MembershipProposal

QUARTERS = 2
"""How many quarters' files there are, the latest ones."""
_TABLE = Batch.__tablename__
_NOTHING = {"unchanged": 0, "left": 0, "skipped": 0}


def brought_on(period: Period) -> date:
    return workday(known_from(period) + timedelta(days=3))


@dataclass
class Files:
    """Rows and what they propose wait here until the file is complete: its row has to be there before theirs. `numbers`
    are those of the files, in the order of the quarters."""

    ledger: Ledger
    by: int
    part: int
    numbers: dict[Period, int]
    rows: dict[Period, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    proposals: list[dict[str, Any]] = field(default_factory=list)

    def deed(self, period: Period) -> Deed:
        """Who applied the file of this quarter, and when."""
        return Deed(moment(brought_on(period), 8, 40), self.by)

    def propose(self, family: Family, period: Period, proposal: dict[str, Any]) -> None:
        """A row says the family's decile, and `proposal` follows from it."""
        number, told = self.numbers[period], [["decile", family.deciles[str(period)]], ["proposes", proposal["step"]]]
        self.rows[period].append(
            {"batch_id": number, "row": len(self.rows[period]) + 2, "label": family.caretaker.name, "changes": told,
             "household_id": family.id}
        )  # fmt: skip
        detail = {"batch": number, "period": str(period), "told": told}
        self.ledger.log("intake.change", family.subject, family.id, self.deed(period), detail=detail)
        self.proposals.append({**proposal, "batch_id": number})

    def close(self) -> None:
        for period in self.rows:
            self._write(period, self.numbers[period])
        for proposal in self.proposals:
            self.ledger.put(MembershipProposal, **proposal)

    def _write(self, period: Period, number: int) -> None:
        name, rows = f"dtsen-{period}-bagian-{self.part}.csv", self.rows[period]
        read = {"rows": len(rows), "ready": len(rows), "look": 0, "skipped": 0, "usable": 0, "tries": 1}
        outcomes = {"opened": 0, "changed": len(rows), **_NOTHING}
        sha256, applied = hashlib.sha256(name.encode()).hexdigest(), self.deed(period)
        came = Deed(applied.at - timedelta(minutes=10), self.by)
        counts = {**read, "done": len(rows), **outcomes, "families": outcomes}
        self.ledger.add(
            Batch, id=number, layout="F", file_name=name, sha256=sha256, period=str(period), state="applied", counts=counts,
            uploaded_by=self.by, uploaded_at=came.at, applied_at=applied.at,
        )  # fmt: skip
        for row in rows:
            self.ledger.add(BatchRow, verdict="ready", outcome="changed", **row)
        self._log(number, "receive", came, detail={"layout": "F", "file": name, "sha256": sha256})
        self._log(number, "read", came, from_state="reading", to_state="read", detail=read)
        self._log(number, "begin", applied, from_state="read", to_state="applying")
        self._log(number, "apply", applied, from_state="applying", to_state="applied", detail=counts)

    def _log(self, number: int, what: str, deed: Deed, **said: Any) -> None:
        self.ledger.log(f"intake.{what}", (_TABLE, number), None, deed, **said)
