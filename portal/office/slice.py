"""What this capability is made of."""

from portal.office.pages import audit, people, settings
from portal.office.pages.people import bp
from portal.office.pages.settings import areas_bp
from portal.office.words import WORDS
from portal.web.slices import Slice

SLICE = Slice(name="office", pages=(bp, people.people_bp, areas_bp, settings.bp, settings.rights, audit.bp), words=WORDS)
