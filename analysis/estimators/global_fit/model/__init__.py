"""The forward model of the fit: its parameters, what they make of a file, and derivatives."""
