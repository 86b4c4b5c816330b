"""One operating point: its exact numbers, what shots say of them, and its file."""
