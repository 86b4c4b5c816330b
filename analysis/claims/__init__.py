"""What the seed papers claim and what of it holds: one file per paper, one function per claim."""
