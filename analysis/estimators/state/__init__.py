"""From counts to states: readout and preparation errors, Bloch vectors, three levels, leakage."""
