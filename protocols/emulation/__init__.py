"""From an experiment to drawn counts: Aer's law of every outcome, and shots of it."""
