"""The one table of settings: its rows, the swept axis, and the dataset of its counts."""
