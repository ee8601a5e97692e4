"""What this capability is made of."""

from portal.kernel.kinds import Proved
from portal.monitoring.pages import bp
from portal.monitoring.records import KIND, Monitoring, MonitoringVisit
from portal.monitoring.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(
    name="monitoring",
    pages=(bp,),
    kinds=(KIND,),
    words=WORDS,
    case_pages={"monitoring": "monitoring.show"},
    conflicts={"uq_monitorings_open": "monitoring_already_open"},
    proved=(Proved(Monitoring), Proved(MonitoringVisit, "monitoring")),
)
