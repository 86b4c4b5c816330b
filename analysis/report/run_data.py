"""One run as the report reads it: its results and its dataset, as plain arrays."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from analysis.observations import GAIN
from cqed_battery.experiment import VacuumMeasurement
from protocols.resonator import MEASUREMENTS, ResonatorMeasurement

__all__ = ["Curve", "RunData", "counts_to_frequency"]

Floats = NDArray[np.float64]

ARM_ORDER = ("catalysed", "control")


@dataclass(frozen=True, kw_only=True)
class Curve:
    """An estimate along time: value and 95 % limits, each [T]; a gap is NaN."""

    times: Floats
    value: Floats
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.times)

    def component(self, index: int) -> "Curve":
        """Return one column of a curve whose arrays are [T, components]."""
        return Curve(
            times=self.times,
            value=self.value[:, index],
            low=self.low[:, index],
            high=self.high[:, index],
        )


@dataclass(frozen=True, kw_only=True)
class RunData:
    """Results and dataset of one run, and the questions that the report asks of them.

    Args:
        results: the content of results.json (schema 1).
        dataset: the dataset those results were computed from.
    """

    results: Mapping[str, Any]
    dataset: xr.DataTree

    @property
    def times(self) -> Floats:
        """Charging times in ns, [T]."""
        return _floats(self.results["times"])

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms that were analysed, the catalysed one first."""
        return tuple(arm for arm in ARM_ORDER if arm in self.results["arms"])

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

    def quantity(self, arm: str, name: str) -> Curve | None:
        """Return an estimated quantity of one arm on the charging times."""
        block = self.results["arms"].get(arm, {}).get(name)
        return None if block is None else _curve(self.times, block)

    def envelope(self, arm: str, name: str) -> Curve | None:
        """Return the smooth energy (or its derivative) on its own fine times."""
        block = self.results["arms"].get(arm, {}).get("envelope")
        if not block or not block.get(name):
            return None
        return _curve(_floats(block["times"]), block[name])

    def pointwise_gain(self) -> Curve | None:
        """Return the ergotropy of the catalysed arm minus the control's."""
        gain = self.results["verdict"].get(GAIN.key) or {}
        block = gain.get("pointwise")
        return _curve(self.times, block) if block and block.get("value") else None

    @property
    def vacuum_fidelity(self) -> Mapping[str, Any] | None:
        """The measured fidelity of the resonator's vacuum, when it was measured."""
        block = self.results.get("vacuum_fidelity")
        return block if block and _is_number(block.get("value")) else None

    @property
    def sum_rule_bound(self) -> Mapping[str, Any] | None:
        """The lower bound F >= 1 - n that follows from the qubit's data alone."""
        inside = (self.results.get("vacuum_fidelity") or {}).get("sum_rule_bound")
        block = inside or self.results.get("sum_rule_bound")
        return block if block and _is_number(block.get("value")) else None

    def truth(self, arm: str, name: str) -> Floats | None:
        """Return a quantity of the emulated truth, [T] or [T, components]."""
        if "truth" not in self.dataset.children:
            return None
        group = self.dataset["truth"]
        if name not in group.data_vars or arm not in group[name].coords["arm"].values:
            return None
        array = group[name].sel(arm=arm)
        rest = [dim for dim in array.dims if dim != "time"]
        return _floats(array.transpose("time", *rest).values)

    def true_gain(self) -> Floats | None:
        """Return the true ergotropy of the catalysed arm minus the control's."""
        with_it = self.truth("catalysed", "ergotropy")
        without = self.truth("control", "ergotropy")
        return None if with_it is None or without is None else with_it - without

    @property
    def has_truth(self) -> bool:
        """Whether the dataset carries the emulated truth."""
        return "truth" in self.dataset.children

    @property
    def has_vacuum_counts(self) -> bool:
        """Whether the vacuum measurement's counts are in the dataset."""
        return "vacuum_counts" in self.dataset.data_vars

    def exchange_curve(self, pulse: str) -> Curve:
        """Return the raw frequency of outcome 1 against the exchange time."""
        counts = self.dataset.data_vars["vacuum_counts"].sel(pulse=pulse)
        ones = _floats(counts.sel(outcome=1).values)
        shots = _floats(counts.sum("outcome").values)
        value, low, high = counts_to_frequency(ones, shots)
        times = _floats(counts["exchange_time"].values)
        return Curve(times=times, value=value, low=low, high=high)


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


def _curve(times: Floats, block: Mapping[str, Any]) -> Curve:
    return Curve(
        times=times,
        value=_floats(block["value"]),
        low=_floats(block["ci_low"]),
        high=_floats(block["ci_high"]),
    )


def _floats(values: Any) -> Floats:
    """Return an array of floats in which null has become NaN."""
    return np.asarray(values, dtype=np.float64)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
