"""What a laboratory knows of its device: calibration files and traces, to keys of an experiment."""
