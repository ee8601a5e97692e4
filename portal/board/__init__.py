"""The year against its target, and what each role looks at first."""
