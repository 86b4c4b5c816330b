"""The stages of a repetition: bias, charging, extraction, and the rotations that read the state."""
