"""What this capability is made of."""

from portal.kernel.kinds import Proved
from portal.monitoring.pages import bp
from portal.monitoring.records.effects import KIND
from portal.monitoring.records.models import Monitoring, MonitoringVisit
from portal.web.slices import Slice

SLICE = Slice(
    name="monitoring",
    pages=(bp,),
    kinds=(KIND,),
    conflicts={"uq_monitorings_open": "monitoring_already_open"},
    proved=(Proved(Monitoring), Proved(MonitoringVisit, "monitoring")),
)
