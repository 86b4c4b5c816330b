"""What the runs of a study say: bias, coverage, verdicts, and how they are shown."""
