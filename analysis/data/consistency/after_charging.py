"""Extraction and three levels, held against the experiment file: times, and what must be counted.

Both are measured after some of the charging times. Their pulses belong to those of the file, so
that their times are never taken over from the data; every setting of a time must have counts.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from analysis.data.counts import VARIABLES, same_time_ns
from analysis.data.inputs import measured_part
from cqed_battery.errors import join_words, show_value
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import named
from protocols.stages.charging import arms


@dataclass(frozen=True)
class _Step:
    """A measurement after charging: its variable, its section, and how to switch it on."""

    variable: str
    section: str
    what: str
    off: str
    on: str

    @property
    def dim(self) -> str:
        """The dim of its times."""
        return VARIABLES[self.variable][1]

    @property
    def label(self) -> str:
        """The dim of its settings after a time."""
        return VARIABLES[self.variable][2]

    def places(self, experiment: Experiment) -> list[int]:
        """Return its places among the charging times."""
        section = getattr(experiment, self.section)
        return list(section.places(experiment.charging.grid_ns())) if section.measured else []


_STEPS = (
    _Step(
        "extraction_counts",
        "extraction",
        "an extraction",
        'extraction.unitary = "none"',
        'say what named its pulses, "model" or "tomography"',
    ),
    _Step(
        "qutrit_counts",
        "qutrit",
        "the measurement of three levels",
        "qutrit.measured = false",
        "set it to true",
    ),
)


def held_steps(found: xr.Dataset) -> dict[str, bool]:
    """Return which of extraction and qutrit, sections of a file, have counts.

    Args:
        found: as `collected` returns them, here and below.
    """
    return {step.section: bool(found[step.variable].any()) for step in _STEPS}


def without_absent(experiment: Experiment, found: xr.Dataset) -> tuple[Experiment, xr.Dataset]:
    """Return the experiment without an extraction or three levels that have no counts, noted.

    Args:
        experiment: what was done to which device.
        found: counts.
    """
    held = held_steps(found)
    for step in _STEPS:
        if getattr(experiment, step.section).measured and not held[step.section]:
            note = f"{step.what}, which the experiment file plans, has no counts"
            found = found.assign_attrs(notes=(*found.attrs["notes"], note))
    kept = measured_part(experiment, arms(experiment), experiment.vacuum.measured, **held)
    return kept, found


def check_steps(experiment: Experiment, found: xr.Dataset) -> None:
    """Refuse an extraction or three levels that the file does not plan, or at strange times.

    Args:
        experiment: what was done to which device.
        found: counts.

    Raises:
        DatasetError: the file plans none, or a time is no charging time of the data.
    """
    for step in _STEPS:
        if held_steps(found)[step.section]:
            _check_planned(step, experiment, found)
            _check_charged(step, experiment, found)


def fit_steps(experiment: Experiment, found: xr.Dataset) -> xr.Dataset:
    """Return the counts at the file's times of extraction and three levels.

    Args:
        experiment: with the charging times of the data.
        found: counts.

    Raises:
        DatasetError: the file plans other times, or a setting of a time has no counts.
    """
    for step in _STEPS:
        if held_steps(found)[step.section]:
            found = found.assign_coords({step.dim: _fitted_times(step, experiment, found)})
            _check_cells(step, found)
    return found


def with_named_pulses(experiment: Experiment) -> Experiment:
    """Return the experiment with the extraction pulses that its model names, as they were played.

    Args:
        experiment: the file.
    """
    return named(experiment) if experiment.extraction.unitary == "model" else experiment


def _check_planned(step: _Step, experiment: Experiment, found: xr.Dataset) -> None:
    source, axis = found.attrs["source"], experiment.axis
    if not axis.truncated:
        raise DatasetError(
            f"{source} holds counts of {step.what}, which is made at moments of one pulse, but the"
            f' experiment file says charging.axis = "{axis.name}"; leave those counts out'
        )
    if not getattr(experiment, step.section).measured:
        raise DatasetError(
            f"{source} holds counts of {step.what}, but the experiment file says {step.off};"
            f" {step.on}, or leave those counts out"
        )


def _check_charged(step: _Step, experiment: Experiment, found: xr.Dataset) -> None:
    held, charged = found[step.dim].values, found["time"].values
    apart = abs(held[:, None] - charged)
    strange = np.flatnonzero(apart.min(axis=1) > same_time_ns(experiment))
    if strange.size:
        first = strange[0]
        raise DatasetError(
            f"{found.attrs['source']} has counts of {step.what} after {held[first]:g} ns, which is"
            f" no charging time of its arms (the nearest is {charged[apart[first].argmin()]:g} ns);"
            " leave those counts out, or correct their time"
        )


def _fitted_times(step: _Step, experiment: Experiment, found: xr.Dataset) -> FloatArray:
    """Return the file's times where the data's are the same."""
    held, places = found[step.dim].values, step.places(experiment)
    grid, played = experiment.charging.grid_ns(), experiment.charging_times_ns
    apart = np.minimum(abs(held[:, None] - grid), abs(held[:, None] - played))
    if apart.argmin(axis=1).tolist() == places:
        return np.asarray(played[places])
    listed = f"[{', '.join(map(repr, grid[apart.argmin(axis=1)].tolist()))}]"
    raise DatasetError(
        f"{found.attrs['source']} has {step.what} after {listed} ns, but the experiment file after"
        f" {show_value(grid[places].tolist())} ns; say {step.section}.times_ns = {listed} there, or"
        " add what is missing and leave out the others"
    )


def _check_cells(step: _Step, found: xr.Dataset) -> None:
    """Refuse times of which one setting was counted and another was not."""
    counts = found[step.variable].transpose(*VARIABLES[step.variable])
    empty = np.argwhere(counts.sum("outcome").values == 0)
    if not len(empty):
        return
    arm, time, label = (
        counts[dim].values[n] for dim, n in zip(counts.dims, empty[0], strict=False)
    )
    every = join_words([str(name) for name in counts[step.label].values], "and")
    raise DatasetError(
        f"{found.attrs['source']} has {step.what} without counts of {step.label} '{label}' in the"
        f" {arm} arm after {time:g} ns; it takes {every} at each of its times in every arm that"
        f" was measured: add them, or leave out all rows with a {step.label}"
    )
