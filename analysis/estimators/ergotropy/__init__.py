"""Ergotropy with its interval and bounds, the gain over the control, and work extracted."""
