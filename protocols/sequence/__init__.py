"""One repetition of one setting as timed steps on named channels.

`step` says what a step is and what of it reaches the device, `rotations` holds the step of a tuned
pulse, `sequence` puts the steps of a whole repetition together, and `channels` turns them into
samples of each channel. The emulator's waveforms are made from the same steps.
"""
