"""Laboratory counts held against their experiment file: times, leakage, calibration."""

import numpy as np
import xarray as xr

from analysis.data.counts import LABELS, VARIABLES, same_time_ns, same_value
from cqed_battery.errors import show_value
from cqed_battery.experiment import Experiment
from cqed_battery.experiment.axis import AXES, FEWEST_SETTINGS
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray
from cqed_battery.units import ns_from_seconds, ns_from_us
from protocols.readout import assignment_errors
from protocols.resonator import exchange_times
from protocols.resonator.method import asked_exchange_times
from protocols.settings.settings import Settings

_NS_PER_US, _NS_PER_S = ns_from_us(1.0), ns_from_seconds(1.0)
_SAME_RATIO = 1e-3  # of times that are planned ones in another unit, rounded
_KINDS = {
    "counts": "tomography",
    "vacuum_counts": "vacuum",
    "extraction_counts": "extraction",
    "qutrit_counts": "three-level",
}


def check_settings(found: xr.Dataset) -> None:
    """Refuse data without the catalysed arm, with few times, or without the energy of an arm.

    Other settings may have no shots.

    Args:
        found: as `collected` returns them, here and below.

    Raises:
        DatasetError: the sentence says what is needed.
    """
    source, count = found.attrs["source"], found.sizes["time"]
    if "catalysed" not in found["arm"]:
        raise DatasetError(
            f"{source} has no arm 'catalysed', the one with the coupler open; another name"
            " for it goes under [labels.arm] in a `mapping` file"
        )
    if count < FEWEST_SETTINGS:
        raise DatasetError(
            f"{source} has {count} {_plural(found)}, but the analysis needs at least"
            f" {FEWEST_SETTINGS}; measure more"
        )
    for arm in found["arm"].values:
        _check_energy(found, str(arm))


def _check_energy(found: xr.Dataset, arm: str) -> None:
    """Refuse an arm whose z was hardly measured; without x or y it has bounds."""
    shots = found["counts"].sel(arm=arm, basis="z").sum("outcome").values
    count = np.count_nonzero(shots)
    if count < FEWEST_SETTINGS:
        places = _plural(found).removeprefix("charging ")
        held = f"counts of z at {count} {places}" if count else "no counts of z"
        raise DatasetError(
            f"{found.attrs['source']} has {held} of the {arm} arm, whose energy is z/2; at least"
            f" {FEWEST_SETTINGS} are needed: measure z"
            + ("" if arm == "catalysed" else ", or leave that arm out")
        )


def without_empty_times(found: xr.Dataset) -> xr.Dataset:
    """Return the counts without the charging settings at which nothing was measured, noted."""
    shots = found["counts"].sum(["arm", "basis", "outcome"]).values
    if shots.all():
        return found
    note = f"{np.count_nonzero(shots == 0)} {_plural(found)} without a count were left out"
    return _noted(found.isel(time=np.flatnonzero(shots)), note)


def check_arms(experiment: Experiment, found: xr.Dataset) -> None:
    """Refuse counts of a control that the experiment file says was not measured.

    Raises:
        DatasetError: there are some.
    """
    if "control" in found["arm"] and not experiment.control.enabled:
        raise DatasetError(
            f"{found.attrs['source']} holds counts of the control arm, but the experiment file says"
            " control.enabled = false; set it to true, or leave those counts out"
        )


def note_unequal_shots(found: xr.Dataset) -> xr.Dataset:
    """Note how far apart the numbers of shots are, where settings of a kind differ."""
    for name, kind in _KINDS.items():
        every = found[name].sum("outcome").values
        shots = every[every > 0]
        if shots.size and shots.min() < shots.max():
            found = _noted(found, f"{kind} settings have {shots.min()} to {shots.max()} shots")
        if shots.size < every.size:
            missing = every.size - shots.size
            found = _noted(found, f"{missing} of {every.size} {kind} settings were not measured")
    return found


def fit_axis(experiment: Experiment, found: xr.Dataset) -> tuple[Experiment, xr.Dataset]:
    """Return the experiment with what the data sweep, which wins over the file's values.

    Raises:
        ExperimentError: they are not those of an experiment.
    """
    axis, planned, held = experiment.axis, experiment.axis_values, found["time"].values
    room = same_value(experiment)
    if _same(planned, held, room) or _same(experiment.charging.values(), held, room):
        return experiment, found.assign_coords(time=planned)
    if axis.dim == "time":
        _check_magnitude(held, planned, "time", found.attrs["source"])
    changed = experiment.replace({f"charging.{axis.listed}": tuple(held.tolist())})
    if experiment.drive.timing == "clock":
        found = found.assign_coords(time=changed.axis_values)
    data, file = (axis.span(values) for values in (held, planned))
    note = f"the {axis.plural} are those of the data, {data}, not the experiment file's, {file}"
    return changed, _noted(found, note)


def _plural(found: xr.Dataset) -> str:
    """Return what the charging settings sweep, in words."""
    return AXES[found.attrs["axis"]].plural


def fit_exchange_times(experiment: Experiment, found: xr.Dataset) -> tuple[Experiment, xr.Dataset]:
    """Return the experiment with the data's exchange times.

    Raises:
        DatasetError: the times are not evenly spaced from 0, or the file plans no measurement.
    """
    held, source = found["exchange_time"].values, found.attrs["source"]
    if len(held) == 0:
        return experiment, found
    if not experiment.vacuum.measured:
        raise DatasetError(
            f"{source} holds a vacuum measurement, but the experiment file says"
            ' vacuum.method = "none"; set it to "vacuum-rabi", or leave those counts out'
        )
    planned, same = exchange_times(experiment), same_time_ns(experiment)
    if _same(planned, held, same) or _same(asked_exchange_times(experiment), held, same):
        return experiment, found.assign_coords(exchange_time=planned)
    if (places := _places(held, planned, same)) is not None:
        return experiment, _on_grid(found, places, planned)
    _check_magnitude(held, planned, "exchange_time", source)
    even = np.linspace(0.0, held[-1], len(held))
    if len(held) < 2 or not _same(even, held, same):
        raise DatasetError(
            f"the exchange times of {source} must be at least 2, evenly spaced from 0 ns, but"
            f" are {show_value(held.tolist())}; leave out the others"
        )
    changes = {"vacuum.stop_ns": float(held[-1]), "vacuum.points": len(held)}
    note = _other_times("exchange", held, planned)
    return experiment.replace(changes), _noted(found.assign_coords(exchange_time=even), note)


def _places(held: FloatArray, planned: FloatArray, same: float) -> IntArray | None:
    """Return the places of times, (K,), among planned ones, if all of them are such."""
    apart = np.abs(planned[None, :] - held[:, None])
    return apart.argmin(axis=1) if (apart.min(axis=1) <= same).all() else None


def _on_grid(found: xr.Dataset, places: IntArray, planned: FloatArray) -> xr.Dataset:
    """Return the vacuum counts at all planned exchange times, no shots where there are none."""
    counts = found["vacuum_counts"]
    laid = np.zeros((len(counts), len(planned), counts.shape[-1]), dtype=np.int64)
    laid[:, places] = counts.transpose("pulse", "exchange_time", "outcome").values
    grid = xr.DataArray(
        laid,
        {"pulse": counts["pulse"], "exchange_time": planned, "outcome": counts["outcome"]},
        ("pulse", "exchange_time", "outcome"),
    )
    missing = len(planned) - len(places)
    note = f"{missing} of {len(planned)} planned exchange times were not measured"
    rest = found.drop_vars(["vacuum_counts", "exchange_time"])
    return _noted(rest.assign(vacuum_counts=grid), note)


def fold_leaked(experiment: Experiment, found: xr.Dataset) -> xr.Dataset:
    """Note outcome 2; count it as the outcome that the two-outcome readout takes it for.

    The counts keep their three columns, of which the last is then a copy to be reported.

    Raises:
        DatasetError: the readout takes some of it for 0 and some for 1.
    """
    leaked = [int(found[name].sel(outcome="2").sum()) for name in VARIABLES]
    share = experiment.readout.leaked_reads_1
    if not any(leaked):
        return found
    if share not in (0.0, 1.0):
        raise DatasetError(
            f"{found.attrs['source']} has {sum(leaked)} shots with outcome 2, which are counted as"
            f" outcome 1 or 0, so readout.leaked_reads_1 must be 1 or 0, but is {share}"
        )
    note = (
        f"outcome 2 was counted as outcome {share:.0f} (readout.leaked_reads_1 = {share:.0f}):"
        f" {leaked[0]} of {found['counts'].values.sum()} shots of the arms, {leaked[1]} of the"
        f" calibration, {leaked[2]} of the vacuum measurement"
    )
    after = {"the extraction": leaked[3], "three levels": leaked[4]}
    note += "".join(f", {count} of {what}" for what, count in after.items() if count)
    folded = found.copy(deep=True)
    for name in VARIABLES:
        folded[name][..., int(share)] += folded[name].sel(outcome="2", drop=True)
    return _noted(folded, note)


def fill_calibration(experiment: Experiment, found: xr.Dataset) -> xr.Dataset:
    """Return the counts with the file's readout numbers where a level was not calibrated.

    Raises:
        DatasetError: both levels were.
    """
    found = found.copy(deep=True)
    counts, said = found["calibration_counts"].values, []
    empty = counts.sum(axis=-1) == 0
    if not empty.any():
        raise DatasetError(
            f"{found.attrs['source']} has calibration counts of both levels, so `calibration`"
            " from-file must be left out; to use the experiment file's numbers, leave out those"
            " counts"
        )
    readout, shots = assignment_errors(experiment), experiment.readout.calibration_shots
    ones = np.array(Settings(experiment).expected_prepared)
    frequency = readout.p1_given_0 + readout.contrast * ones
    for level, error in enumerate((float(frequency[0]), float(1 - frequency[1]))):
        if empty[level]:
            wrong = round(error * shots)
            counts[level, :2] = (wrong, shots - wrong) if level else (shots - wrong, wrong)
            std = np.sqrt(error * (1 - error) / shots)
            said.append(f"P({1 - level}|{level}) = {wrong / shots:g} +- {std:.2g}")
    note = (
        f"the readout was not calibrated by these data: {' and '.join(said)} by the experiment"
        f" file, as if {shots} shots (readout.calibration_shots) had been counted"
    )
    return _noted(found, note)


def check_calibration(found: xr.Dataset) -> None:
    """Refuse data of which a level was not calibrated.

    Raises:
        DatasetError: names the level, and the way to take the experiment file's numbers.
    """
    shots = found["calibration_counts"].sel(outcome=["0", "1"]).sum("outcome")
    empty = [level for level in LABELS["prepared"] if shots.sel(prepared=level) == 0]
    if empty:
        raise DatasetError(
            f"{found.attrs['source']} has no calibration counts of prepared level"
            f" {' and '.join(empty)}; add them, or say `calibration` from-file to take the"
            " experiment file's readout numbers, with the uncertainty of its calibration_shots"
        )


def _noted(found: xr.Dataset, note: str) -> xr.Dataset:
    return found.assign_attrs(notes=(*found.attrs["notes"], note))


def _same(expected: FloatArray, found: FloatArray, same: float) -> bool:
    return len(expected) == len(found) and np.allclose(expected, found, rtol=0, atol=same)


def _check_magnitude(held: FloatArray, planned: FloatArray, dim: str, source: str) -> None:
    """Refuse times that are the planned ones but for a power of a thousand: a wrong unit."""
    if len(held) != len(planned) or held[-1] <= 0 or planned[-1] <= 0:
        return
    with np.errstate(over="ignore"):  # a first time of 1e-300 ns
        ratio = min(float(held[-1] / planned[-1]), _NS_PER_S)
    for unit, factor in (("us", _NS_PER_US), ("s", _NS_PER_S)):
        if np.allclose([ratio * factor, 1.0], 1.0, rtol=_SAME_RATIO):
            raise DatasetError(
                f"the {dim.replace('_', ' ')}s of {source} are those of the experiment file over"
                f" {factor:g}, so they are in {unit}; say so under [units] {dim} in a `mapping`"
                " file"
            )


def _other_times(kind: str, held: FloatArray, planned: FloatArray) -> str:
    """Note that the data's times, (T,), are others than the file's."""
    data, file = (f"{len(t)} from {t[0]:g} to {t[-1]:g} ns" for t in (held, planned))
    return f"the {kind} times are those of the data, {data}, not the experiment file's, {file}"
