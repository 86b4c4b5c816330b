"""IQ points of single shots: arrays of them, the line between outcomes, and no line at all."""
