"""What is remembered: tables, queries and the gate, the only door to them. No Flask in here; the actor is an argument."""
