"""The runs of a study: simulated, analysed by every estimator, and kept on disk."""
