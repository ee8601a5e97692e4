"""Every workflow by its name, as the slices declare it; for tests that are made before there is an application."""

from portal import SLICES

FLOWS = {kind.name: kind.flow for part in SLICES for kind in part.kinds}
