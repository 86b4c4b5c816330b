"""The page and the picture of an operating-point search."""
