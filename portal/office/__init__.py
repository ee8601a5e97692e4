"""Accounts, areas, settings, rights and the audit trail."""
