"""Counts held against their experiment file: times, calibration, what it asks for, fixed keys."""
