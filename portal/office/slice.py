"""What this capability is made of."""

from portal.office.pages import account, audit, people, settings
from portal.office.pages.settings import areas_bp
from portal.office.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(name="office", pages=(account.bp, people.bp, areas_bp, settings.bp, settings.rights, audit.bp), words=WORDS)
