"""Read models: frozen dataclasses for pages, from one or few statements, whatever the size of the data."""
