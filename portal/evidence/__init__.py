"""Photos and papers: staged, claimed, served."""
