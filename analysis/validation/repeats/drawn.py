"""One repeat with a drawn device: off its file, emulated, and analysed as it is run.

Nothing here knows the fit's forward model: the truth is the emulated run's, what is said of it the
run's results.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import xarray as xr

from analysis.estimators.global_fit.model.response import QUANTITIES
from analysis.pipeline import analyse
from analysis.results import Quantity, Results
from analysis.results.estimates import read_typed
from analysis.validation.devices.off_file import WIDE, laboratory_errors, with_errors
from analysis.validation.devices.random_devices import random_experiment, random_scale
from analysis.validation.repeats.claims import Claimed, claims_of
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.emulation.emulate import emulate
from protocols.prediction.predict import named
from protocols.stages.extraction import with_pulses_of

Draw = Literal["laboratory", "wide", "devices"]
DRAWS: tuple[Draw, ...] = ("laboratory", "wide", "devices")
"""Devices off the file as after careful calibrations, three times as far, or of any kind."""

_TRIES = 50  # draws of a random device that is refused before the fault is the file's
_MOST_SEED = 2**31


class Drawn:
    """A device off its file: the run's results, its truth, and what was off.

    Args:
        file: what the analysis reads.
        results: of the run.
        truth: of the emulated run.
        errors: of the laboratory, in standard deviations (`laboratory.ERRORS`).
    """

    def __init__(
        self, file: Experiment, results: Results, truth: xr.Dataset, errors: Mapping[str, float]
    ) -> None:
        self.file, self.results, self.truth, self.errors = file, results, truth, dict(errors)

    def estimates(self, block: Mapping[str, Any]) -> dict[str, Quantity]:
        """Return the intervals of both arms by "arm.quantity".

        Args:
            block: `arms` of the results, or those of the global fit.
        """
        names = {
            f"{arm}.{name}": entry
            for arm, found in block.items()
            for name, entry in found.items()
            if name in QUANTITIES
        }
        return read_typed(dict[str, Quantity], names)

    def truths(self) -> dict[str, FloatArray]:
        """Return the true quantities by "arm.quantity", (T,) each or (T, 3)."""
        truth = self.truth.assign(energy_rate=self.truth.power + self.truth.heat_current)
        return {
            f"{arm}.{name}": truth[name].sel(arm=arm).values
            for arm in truth.arm.values
            for name in QUANTITIES
        }

    def claims(self) -> dict[str, Claimed]:
        """Return each claim beside its truth."""
        return claims_of(self.results, self.truth, self.file)


def drawn_run(file: Experiment, draw: Draw, rng: np.random.Generator) -> Drawn:
    """Emulate a device that is off its file, and analyse its counts with the file.

    Args:
        file: the experiment; its device is another one where `draw` is "devices".
        draw: one of `DRAWS`.
        rng: gives the device and the seed of its counts.

    Raises:
        CqedBatteryError: the device cannot be emulated or its counts not analysed; random devices
            that are refused are drawn again.
    """
    if draw != "devices":
        return _run(file, WIDE if draw == "wide" else 1.0, rng)
    for _ in range(_TRIES - 1):
        try:
            return _run(random_experiment(file, rng), random_scale(rng), rng)
        except CqedBatteryError:
            continue
    return _run(random_experiment(file, rng), random_scale(rng), rng)


def _run(file: Experiment, scale: float, rng: np.random.Generator) -> Drawn:
    file = file.replace({"seed": int(rng.integers(_MOST_SEED))})
    errors = laboratory_errors(rng)
    if file.extraction.unitary == "model":
        file = named(file)  # by what the laboratory knows
    dataset = emulate(with_errors(file, errors, scale))
    if file.extraction.measured:  # the pulses that were played are written down
        file = with_pulses_of(file, Experiment.from_text(dataset.attrs["experiment"]))
    dataset.attrs["experiment"] = file.to_toml(comments=False)
    return Drawn(file, analyse(dataset), dataset["truth"].to_dataset(), errors)
