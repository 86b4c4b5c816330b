"""The operating-point search: where in the laboratory's box the effect is real."""
