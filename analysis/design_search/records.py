"""Points of a search as workers compute them and as they are kept on disk."""

import json
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from analysis.design_search.box import Box
from analysis.design_search.point import FIELDS, PointResult, evaluate
from cqed_battery.compute.threads import one_thread
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import versions
from protocols.sweep.point import Point


@one_thread()
def compute_point(text: str, box: Box, values: Mapping[str, float], screening: bool) -> Point:
    """Compute one point of a search; the experiment is given as text, as workers need it."""
    found = evaluate(_experiment(text), box, values, screening=screening)
    data = np.array([getattr(found, name) for name in FIELDS], dtype="<f8").tobytes()
    return Point(_layout(), data)


def unpack(record: npt.NDArray[np.void]) -> PointResult:
    """Return a point from its record on disk."""
    values = {name: float(record[name]) for name in FIELDS}
    return PointResult(**{**values, "status": int(values["status"])})  # type: ignore[arg-type]


@lru_cache(maxsize=4)
def _experiment(text: str) -> Experiment:
    return Experiment.from_text(text, source="the experiment of the search")


@lru_cache(maxsize=1)
def _layout() -> str:
    variables = [{"name": name, "dtype": "<f8", "shape": []} for name in FIELDS]
    return json.dumps({"variables": variables, "versions": versions()})
