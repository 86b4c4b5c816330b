"""Laboratory counts held against their experiment file: times, leakage, calibration."""

from dataclasses import replace

import numpy as np

from analysis.data.counts import LABELS, SAME_TIME_NS, RawCounts
from cqed_battery.errors import show_value
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import ARMS, COMPONENTS, DatasetError
from cqed_battery.operators import FloatArray, IntArray
from protocols.readout import assignment_errors
from protocols.resonator import PULSES, exchange_times

_FEWEST_TIMES = 4


def check_settings(raw: RawCounts) -> None:
    """Refuse data without the catalysed arm, with few times, or with settings left out.

    Raises:
        DatasetError: always the first setting without a shot is named, and how many there are.
    """
    if "catalysed" not in raw.arms:
        raise DatasetError(
            f"{raw.source} has no arm 'catalysed', the one with the coupler open; another name"
            " for it goes under [labels.arm] in a `mapping` file"
        )
    if len(raw.times) < _FEWEST_TIMES:
        raise DatasetError(
            f"{raw.source} has {len(raw.times)} charging times, but the analysis needs at least"
            f" {_FEWEST_TIMES}; measure more"
        )
    shots = raw.tomography.sum(axis=-1)[[ARMS.index(arm) for arm in raw.arms]]
    if (shots == 0).any():
        arm, time, axis = np.argwhere(shots == 0)[0]
        setting = f"arm {raw.arms[arm]}, time {raw.times[time]:g} ns, basis {COMPONENTS[axis]}"
        raise _missing(raw.source, shots, setting)
    shots = raw.vacuum.sum(axis=-1)
    if (shots == 0).any():
        pulse, time = np.argwhere(shots == 0)[0]
        setting = f"pulse {PULSES[pulse]}, exchange time {raw.exchange_times[time]:g} ns"
        raise _missing(raw.source, shots, f"of the vacuum measurement: {setting}")


def note_unequal_shots(raw: RawCounts) -> RawCounts:
    """Note how far apart the numbers of shots are, where settings of a kind differ."""
    arms = [ARMS.index(arm) for arm in raw.arms]
    for kind, counts in (("tomography", raw.tomography[arms]), ("vacuum", raw.vacuum)):
        shots = counts.sum(axis=-1)
        if shots.size and shots.min() < shots.max():
            raw = _noted(raw, f"{kind} settings have {shots.min()} to {shots.max()} shots")
    return raw


def _missing(source: str, shots: IntArray, first: str) -> DatasetError:
    empty = int((shots == 0).sum())
    return DatasetError(
        f"{source} has no shots for {empty} of {shots.size} settings, the first one {first};"
        " measure what is missing, or leave out the times where it is"
    )


def fit_charging_times(experiment: Experiment, raw: RawCounts) -> tuple[Experiment, RawCounts]:
    """Return the experiment with the data's charging times, which win over the file's.

    Raises:
        ExperimentError: they are not those of an experiment.
    """
    planned = experiment.charging.grid_ns()
    if _same(planned, raw.times):
        return experiment, replace(raw, times=planned)
    note = (
        f"the charging times are those of the data, {_span(raw.times)}, not the experiment"
        f" file's, {_span(planned)}"
    )
    times = tuple(float(time) for time in raw.times)
    return experiment.replace({"charging.times_ns": times}), _noted(raw, note)


def fit_exchange_times(experiment: Experiment, raw: RawCounts) -> tuple[Experiment, RawCounts]:
    """Return the experiment with the data's exchange times.

    Raises:
        DatasetError: the times are not evenly spaced from 0, or the file plans no measurement.
    """
    if len(raw.exchange_times) == 0:
        return experiment, raw
    if not experiment.vacuum.measured:
        raise DatasetError(
            f"{raw.source} holds a vacuum measurement, but the experiment file says"
            ' vacuum.method = "none"; set it to "vacuum-rabi", or leave those counts out'
        )
    planned, found = exchange_times(experiment), raw.exchange_times
    if _same(planned, found):
        return experiment, replace(raw, exchange_times=planned)
    even = np.linspace(0.0, found[-1], len(found))
    if len(found) < 2 or not _same(even, found):
        raise DatasetError(
            f"the exchange times of {raw.source} must be at least 2, evenly spaced from 0 ns, but"
            f" are {show_value(found.tolist())}; leave out the others"
        )
    changes = {"vacuum.stop_ns": float(found[-1]), "vacuum.points": len(found)}
    note = (
        f"the exchange times are those of the data, {_span(found)}, not the experiment file's,"
        f" {_span(planned)}"
    )
    return experiment.replace(changes), _noted(replace(raw, exchange_times=even), note)


def fold_leaked(experiment: Experiment, raw: RawCounts) -> RawCounts:
    """Note outcome 2; count it as the outcome that the two-outcome readout takes it for.

    The counts keep their three columns, of which the last is then a copy to be reported.

    Raises:
        DatasetError: the readout takes some of it for 0 and some for 1.
    """
    leaked = [int(counts[..., 2].sum()) for counts in (raw.tomography, raw.calibration, raw.vacuum)]
    share = experiment.readout.leaked_reads_1
    if not any(leaked):
        return raw
    if share not in (0.0, 1.0):
        raise DatasetError(
            f"{raw.source} has {sum(leaked)} shots with outcome 2, which are counted as outcome 1"
            f" or 0, so readout.leaked_reads_1 must be 1 or 0, but is {share}"
        )
    note = (
        f"outcome 2 was counted as outcome {share:.0f} (readout.leaked_reads_1 = {share:.0f}):"
        f" {leaked[0]} of {raw.tomography.sum()} shots of the arms, {leaked[1]} of the"
        f" calibration, {leaked[2]} of the vacuum measurement"
    )
    folded = {}
    for name in ("tomography", "calibration", "vacuum"):
        counts = getattr(raw, name).copy()
        counts[..., int(share)] += counts[..., 2]
        folded[name] = counts
    return _noted(replace(raw, **folded), note)


def fill_calibration(experiment: Experiment, raw: RawCounts) -> RawCounts:
    """Return the counts with the file's readout numbers where a level was not calibrated.

    Raises:
        DatasetError: both levels were.
    """
    empty = raw.calibration.sum(axis=-1) == 0
    if not empty.any():
        raise DatasetError(
            f"{raw.source} has calibration counts of both levels, so `calibration` from-file"
            " must be left out; to use the experiment file's numbers, leave out those counts"
        )
    readout, shots = assignment_errors(experiment), experiment.readout.calibration_shots
    counts, said = raw.calibration.copy(), []
    for level, error in enumerate((readout.p1_given_0, readout.p0_given_1)):
        if empty[level]:
            wrong = round(error * shots)
            counts[level, :2] = (wrong, shots - wrong) if level else (shots - wrong, wrong)
            std = np.sqrt(error * (1 - error) / shots)
            said.append(f"P({1 - level}|{level}) = {wrong / shots:g} +- {std:.2g}")
    note = (
        f"the readout was not calibrated by these data: {' and '.join(said)} by the experiment"
        f" file, as if {shots} shots (readout.calibration_shots) had been counted"
    )
    return _noted(replace(raw, calibration=counts), note)


def check_calibration(raw: RawCounts) -> None:
    """Refuse data of which a level was not calibrated.

    Raises:
        DatasetError: names the level, and the way to take the experiment file's numbers.
    """
    empty = np.flatnonzero(raw.calibration[:, :2].sum(axis=-1) == 0)
    if empty.size:
        levels = " and ".join(LABELS["prepared"][level] for level in empty)
        raise DatasetError(
            f"{raw.source} has no calibration counts of prepared level {levels}; add them, or say"
            " `calibration` from-file to take the experiment file's readout numbers, with the"
            " uncertainty of its calibration_shots"
        )


def _noted(raw: RawCounts, note: str) -> RawCounts:
    return replace(raw, notes=(*raw.notes, note))


def _same(expected: FloatArray, found: FloatArray) -> bool:
    return len(expected) == len(found) and np.allclose(expected, found, rtol=0, atol=SAME_TIME_NS)


def _span(times: FloatArray) -> str:
    return f"{len(times)} from {times[0]:g} to {times[-1]:g} ns"
