"""What people see: one blueprint per capability, its forms beside its views. No SQLAlchemy in here."""
