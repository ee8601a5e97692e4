"""A file becomes records, and faults told by sheet, row and column. Nothing is looked up and nothing written."""
