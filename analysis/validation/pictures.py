"""Coverage over the charging time as curves, for `analysis.report.curves.draw_curves`."""

import numpy as np
import xarray as xr

from analysis.papers.figure import curve
from analysis.validation.estimators import REPORTED
from analysis.validation.statistics import Study
from cqed_battery.experiment import Experiment
from protocols.counts import times_coordinate

_SHOWN = ("energy", "energy_rate", "ergotropy", "heat_current")
PROMISED = 0.95


def coverage_figure(study: Study) -> xr.Dataset:
    """Return coverage of 95 % intervals at each time, a panel for every quantity.

    Dims: time (ns) for each arm and estimator, and the promised 0.95 dashed.
    """
    times = times_coordinate(Experiment.from_text(study.scenario.belief).charging.grid_ns())
    found: dict[str, xr.DataArray] = {}
    for panel, quantity in enumerate(_SHOWN):
        for estimator, curves in study.coverage.items():
            for name, values in curves.items():
                arm, _, held = name.partition(".")
                if held == quantity and estimator != REPORTED:
                    found[f"{estimator}.{name}".replace("/", "_")] = curve(
                        xr.DataArray(values, dims=("time",), coords={"time": times}),
                        label=f"{arm}, {estimator}",
                        panel=panel,
                        axis=f"coverage of {quantity.replace('_', ' ')}",
                    )
        promised = xr.DataArray(
            np.full(len(times), PROMISED), dims=("time",), coords={"time": times}
        )
        found[f"promised.{quantity}"] = curve(
            promised,
            label="promised",
            panel=panel,
            axis=f"coverage of {quantity.replace('_', ' ')}",
            style="dashed",
        )
    title = f"{study.scenario.name}: coverage of 95 % intervals in {study.repeats} runs"
    return xr.Dataset(found, attrs={"title": title})
