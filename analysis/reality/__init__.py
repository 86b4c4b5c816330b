"""Published measurements beside what the emulator gives for their parameters."""
