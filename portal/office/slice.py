"""What this capability is made of."""

from portal.office.pages import account, areas, audit, people, rights, settings
from portal.web.slices import Slice

SLICE = Slice(name="office", pages=(account.bp, people.bp, areas.bp, settings.bp, rights.bp, audit.bp))
