"""One thread for linear algebra: with matrices this small, threads only wait for each other."""

import os

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
