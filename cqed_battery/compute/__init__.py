"""Where work is done: threads, workers of this machine, a dask cluster, points kept on disk."""
