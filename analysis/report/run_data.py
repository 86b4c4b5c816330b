"""One run as the report reads it: its results with types, and its dataset."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from analysis.report.figures.traces import Floats, Trace
from analysis.results import ArmResults, Quantity, Results, ResultsError, VacuumFidelity
from analysis.results.blocks import SweptAxis
from cqed_battery.errors import CqedBatteryError
from cqed_battery.experiment import Experiment, VacuumMeasurement
from protocols.in_use import idle_keys
from protocols.resonator import MEASUREMENTS, ResonatorMeasurement
from protocols.sequence.choice import chosen_setting
from protocols.sequence.sequence import Sequence, sequence_of

DISTORTED = (AttributeError, IndexError, KeyError, ResultsError, TypeError, ValueError)
"""What the report may raise over results that lack or distort what it needs."""


@dataclass(frozen=True, kw_only=True)
class RunData:
    """Results and dataset of one run, and the questions that the report asks of them.

    Args:
        results: the content of results.json.
        dataset: the dataset those results were computed from.
    """

    results: Results
    dataset: xr.DataTree

    @property
    def axis(self) -> SweptAxis:
        """What the charging settings sweep."""
        return self.results.axis

    @property
    def swept(self) -> Floats:
        """Its values, [T]: charging times in ns, or amplitudes or detunings."""
        return self.axis.values

    @property
    def arms(self) -> Mapping[str, ArmResults]:
        """The arms that were analysed by name, the catalysed one first."""
        return self.results.arms

    @property
    def experiment(self) -> dict[str, Any]:
        """The experiment file as nested dictionaries; empty when it cannot be read."""
        try:
            return tomllib.loads(self.experiment_text)
        except tomllib.TOMLDecodeError:
            return {}

    @property
    def experiment_text(self) -> str:
        """The experiment file that travelled with the data, word for word."""
        return str(self.dataset.attrs.get("experiment", ""))

    @property
    def idle_keys(self) -> frozenset[str]:
        """Keys of the file, "section.key", that play no part; none of a file that is not known."""
        try:
            return idle_keys(Experiment.from_text(self.experiment_text))
        except CqedBatteryError:
            return frozenset()

    @property
    def measurement(self) -> ResonatorMeasurement:
        """How the resonator was measured; a file without the key means the schema's default.

        Raises:
            CqedBatteryError: the experiment file names a method that is not known.
        """
        return MEASUREMENTS[str(self.setting("vacuum", "method") or VacuumMeasurement().method)]

    def setting(self, section: str, key: str) -> Any:
        """Return one entry of the experiment file, None when it is absent."""
        block = self.experiment.get(section)
        return block.get(key) if isinstance(block, dict) else None

    @property
    def sequence(self) -> Sequence | None:
        """What the longest charging time's x setting plays; None for a file that cannot be read.

        Where the file leaves the transmon's levels open, three tune its pulses.
        """
        try:
            experiment = Experiment.from_text(self.experiment_text)
        except CqedBatteryError:
            return None
        if experiment.transmon.levels == "auto":
            experiment = experiment.replace({"transmon.levels": 3})
        return sequence_of(experiment, chosen_setting(experiment))

    @property
    def vacuum_fidelity(self) -> VacuumFidelity | None:
        """The measured fidelity of the resonator's vacuum, when it was measured."""
        found = self.results.vacuum_fidelity
        return found if found is not None and math.isfinite(found.value) else None

    @property
    def sum_rule_bound(self) -> Quantity | None:
        """The lower bound F >= 1 - n that follows from the qubit's data alone."""
        found = self.results.sum_rule_bound
        return found if found is not None and math.isfinite(found.value) else None

    def truth(self, arm: str, name: str) -> Floats | None:
        """Return a quantity of the emulated truth, [T] or [T, components]."""
        if not self.has_truth:
            return None
        group = self.dataset["truth"]
        if name not in group.data_vars or arm not in group[name].coords["arm"].values:
            return None
        return np.asarray(group[name].sel(arm=arm).transpose(self.axis.dim, ...), dtype=np.float64)

    def true_gain(self) -> Floats | None:
        """Return the true ergotropy of the catalysed arm minus the control's, [T]."""
        driven, control = (self.truth(arm, "ergotropy") for arm in ("catalysed", "control"))
        return None if driven is None or control is None else driven - control

    @property
    def has_truth(self) -> bool:
        """Whether the dataset carries the emulated truth."""
        return "truth" in self.dataset.children

    @property
    def has_vacuum_counts(self) -> bool:
        """Whether the vacuum measurement's counts are in the dataset."""
        return "vacuum_counts" in self.dataset.data_vars

    def exchange_trace(self, pulse: str, name: str) -> Trace:
        """Return the raw frequency of outcome 1 against the exchange time, under a name."""
        counts = self.dataset.data_vars["vacuum_counts"].sel(pulse=pulse).astype(float)
        ones, shots = counts.sel(outcome=1).values, counts.sum("outcome").values
        value, low, high = counts_to_frequency(ones, shots)
        times = counts["exchange_time"].values
        return Trace(name=name, look=f"{pulse} dot", at=times, value=value, low=low, high=high)


def counts_to_frequency(ones: Floats, shots: Floats) -> tuple[Floats, Floats, Floats]:
    """Return k/n with its 95 % Wilson interval, NaN where there are no shots.

    centre = (k + q/2)/(n + q), half = sqrt(q) sqrt(k(n-k)/n + q/4)/(n + q),
    with q the square of the two-sided 95 % normal quantile.

    Args:
        ones: counts of the outcome, any shape.
        shots: numbers of shots, the same shape.
    """
    q = 1.959963984540054**2
    n = np.where(shots > 0, shots, np.nan)
    centre = (ones + q / 2) / (n + q)
    half = np.sqrt(q * (ones * (n - ones) / n + q / 4)) / (n + q)
    return ones / n, centre - half, centre + half
