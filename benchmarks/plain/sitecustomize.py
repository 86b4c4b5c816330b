"""Hides packages from each Python process that has this folder in PYTHONPATH, workers included.

A plain installation does not have them: qiskit-dynamics imports JAX where it is installed (0.5 s,
130 MB), and xarray imports dask (0.3 s).
"""

import os
import sys

for _absent in os.environ.get("HIDDEN_PACKAGES", "").split():
    sys.modules[_absent] = None  # type: ignore[assignment]  # makes an import fail
