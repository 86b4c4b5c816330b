"""The device in the laboratory frame, without the rotating-wave approximation on the drive."""
