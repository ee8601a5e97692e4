"""The facilitator's room: the list of families, its filters, a family's page."""
