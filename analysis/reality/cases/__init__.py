"""The published measurements, one file a case."""
