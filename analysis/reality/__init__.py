"""Published measurements beside what the emulator gives for their parameters, one file in `cases/` each."""
