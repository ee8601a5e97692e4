"""Files in and out: the tables that offices bring, read without trust, and what is wrong in them, row by row."""
