"""The sections of an experiment file that say what is done to the device: one file each."""
