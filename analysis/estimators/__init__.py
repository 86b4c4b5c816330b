"""What is inferred from counts: one file a quantity, and the global fit of the device model."""
