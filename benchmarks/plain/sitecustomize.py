"""Hides packages from each Python process that has this folder in PYTHONPATH, workers included.

A plain installation does not have them: qiskit-dynamics imports JAX where it is installed (0.5 s,
130 MB), and xarray imports dask (0.3 s). They are not found, as if they were not there; an entry
None in sys.modules would do for an import, but scipy looks there for arrays of other libraries.
"""

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType

_HIDDEN = frozenset(os.environ.get("HIDDEN_PACKAGES", "").split())


class _Plain(PathFinder):
    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] in _HIDDEN:
            return None
        return super().find_spec(fullname, path, target)


sys.meta_path[sys.meta_path.index(PathFinder)] = _Plain
