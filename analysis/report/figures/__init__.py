"""What is drawn: the figures of a run, of papers and pulses, and the sheet they are drawn on."""
