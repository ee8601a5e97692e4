"""What every slice stands on: words, rights, workflows, the gate, history, and the ground under the tables."""
