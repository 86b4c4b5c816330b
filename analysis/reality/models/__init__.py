"""Devices and sequences of the cases that no experiment file says, and what they give."""
