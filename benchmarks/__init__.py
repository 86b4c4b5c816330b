"""What the package costs beside its peers: `make bench` runs every script and keeps its numbers.

Linear algebra runs in one thread for everybody: with matrices this small, threads only wait for
each other. JAX keeps its own threads.
"""

import os

for _library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
