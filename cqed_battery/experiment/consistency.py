"""What an experiment file's sections must agree on: refused in one sentence where they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cqed_battery.device.limits import MAX_DRIVE_DETUNING_MHZ
from cqed_battery.device.section import note_once
from cqed_battery.errors import join_words
from cqed_battery.units import ghz_from_mhz, mhz_from_ghz

if TYPE_CHECKING:
    from cqed_battery.device import DriveLine, Resonator, Transmon
    from cqed_battery.experiment.experiment import Experiment

# From the transmon, of a frequency that a file leaves out: twice the default Rabi rate.
_FAR_DEFAULT_GHZ = 0.1
_LEAST_APART = 4.0  # in g: so near, a fifth is still exchanged, 4 g^2/(D^2 + 4 g^2)
_ROUNDING = 1e-9  # in GHz or clock periods, for sums and products of decimal numbers


def check_together(experiment: Experiment) -> None:
    """Refuse sections that do not fit together.

    Args:
        experiment: each of its sections checked by itself.

    Raises:
        ValueError: a sentence that names the key and the way out.
    """
    _check_drive(experiment.drive, experiment.transmon)
    _check_saturation(experiment)
    _check_coupling(experiment)
    _check_clock(experiment)
    _check_timing(experiment)
    _check_moments(experiment)
    _check_extraction(experiment)
    _check_qutrit(experiment)
    _check_allocation(experiment)
    _check_frame(experiment)
    _note_left_behind(experiment)


def _check_frame(experiment: Experiment) -> None:
    """Refuse a counter-rotating coupling in the frame that drops it."""
    simulation = experiment.simulation
    if simulation.counter_rotating and simulation.frame != "lab":
        raise ValueError(
            'simulation.counter_rotating must be false with simulation.frame = "rotating", which'
            ' drops what rotates against the drive: set the frame to "lab", or it to false'
        )


def _check_drive(drive: DriveLine, transmon: Transmon) -> None:
    """Refuse a drive so far off that the rotating-wave approximation means nothing."""
    distance = abs(drive.frequency_GHz - transmon.frequency_GHz)
    farthest = ghz_from_mhz(MAX_DRIVE_DETUNING_MHZ)
    if distance > farthest + _ROUNDING:
        raise ValueError(
            f"drive.frequency_GHz must lie within {farthest:g} GHz of "
            f"transmon.frequency_GHz = {transmon.frequency_GHz}, because farther off the "
            f"rotating-wave approximation means nothing, but is {drive.frequency_GHz}"
        )


def _note_left_behind(experiment: Experiment) -> None:
    """Tell the user where the transmon was moved, and drive or resonator were left at a default.

    Args:
        experiment: the experiment file's content.
    """
    transmon = experiment.transmon
    if "frequency_GHz" not in transmon.model_fields_set:
        return
    parts: dict[str, DriveLine | Resonator] = {
        "drive": experiment.drive,
        "resonator": experiment.resonator,
    }
    left = [
        name
        for name, part in parts.items()
        if not part.model_fields_set & {"frequency_GHz", "detuning_MHz"}
        and abs(part.frequency_GHz - transmon.frequency_GHz) > _FAR_DEFAULT_GHZ
    ]
    if left:
        keys = join_words([f"{name}.frequency_GHz" for name in left], "and")
        ways = join_words([f"{name}.detuning_MHz" for name in left], "and")
        default = parts[left[0]].frequency_GHz
        note_once(
            f"note: transmon.frequency_GHz is {transmon.frequency_GHz:g}, but {keys} "
            f"{'are' if len(left) > 1 else 'is'} left at {default:g} GHz: set {ways}, 0 for"
            " resonance."
        )


def _check_coupling(experiment: Experiment) -> None:
    """Refuse a control or an idle point that does not keep transmon and resonator apart."""
    coupler, control = experiment.coupler, experiment.control
    if coupler.kind == "fixed" and control.enabled and control.kind == "closed":
        raise ValueError(
            'control.kind must be "detuned" or "none" with coupler.kind = "fixed", which nothing'
            ' closes, but is "closed": set it to "detuned" and control.detuning_MHz to'
            f' {coupler.idle_detuning_MHz:g}, or to "none"'
        )
    moves = []
    if coupler.idle_detuning_MHz is not None:
        moves.append(("coupler.idle_detuning_MHz", coupler.tuned, coupler.idle_detuning_MHz))
    if control.enabled and control.detuned and control.detuning_MHz is not None:
        moves.append(("control.detuning_MHz", control.moved, control.detuning_MHz))
    for key, moved, by in moves:
        _check_apart(experiment, key, moved, by)


def _check_apart(experiment: Experiment, key: str, moved: str, by: float) -> None:
    place = {
        "transmon": experiment.transmon.frequency_GHz,
        "resonator": experiment.resonator.frequency_GHz,
    }
    place[moved] += ghz_from_mhz(by)
    if place[moved] <= 0:
        raise ValueError(f"{key} must leave the {moved} a frequency above 0, but is {by:g}")
    apart = mhz_from_ghz(abs(place["transmon"] - place["resonator"]))
    g = experiment.coupler.g_on_MHz
    if apart < _LEAST_APART * g:
        raise ValueError(
            f"{key} must keep transmon and resonator at least {_LEAST_APART:g} g ="
            f" {_LEAST_APART * g:g} MHz apart, or they exchange all the same, but {by:g} leaves"
            f" {apart:.4g} MHz between them: move the {moved} farther"
        )


def _check_saturation(experiment: Experiment) -> None:
    """Refuse a drive beyond the amplitude at which the line gives most."""
    rabi = experiment.drive.rabi_rate_MHz
    for key, saturation in (
        ("drive.saturation_MHz", experiment.drive.saturation_MHz),
        ("faults.drive_saturation_MHz", experiment.faults.drive_saturation_MHz),
    ):
        if saturation < 2 * rabi:
            raise ValueError(
                f"{key} must be at least twice drive.rabi_rate_MHz = {rabi:g}, because beyond it"
                f" the line would give less for more, but is {saturation:g}: lower the drive, or"
                " raise it"
            )


def _check_clock(experiment: Experiment) -> None:
    """Refuse pulses and edges that the clock of the waveform generator cannot resolve."""
    clock = experiment.drive.clock_GHz
    for key, duration, fewest, way_out in (
        ("tomography.pulse_ns", _pulse_ns(experiment), 8, 'tomography.pulse to "none"'),
        ("coupler.ramp_ns", experiment.coupler.ramp_ns, 1, "it to 0, a step"),
        ("coupler.settling_ns", experiment.coupler.settling_ns, 1, "it and the overshoot to 0"),
        ("drive.rise_ns", experiment.drive.rise_ns, 1, "it to 0, a step"),
    ):
        if 0.0 < duration * clock < fewest - _ROUNDING:
            raise ValueError(
                f"{key} must be at least {fewest / clock:g}, {fewest} / drive.clock_GHz with "
                f"drive.clock_GHz = {clock}, but is {duration}: lengthen it, or set {way_out}"
            )


def _check_timing(experiment: Experiment) -> None:
    """Where the clock rules, refuse lengths off it, and charging times that it cannot tell apart.

    Times of a grid are rounded; a single length is the user's to choose.
    """
    if experiment.drive.timing == "exact":
        return
    for key, length in (
        ("coupler.ramp_ns", experiment.coupler.ramp_ns),
        ("coupler.settling_ns", experiment.coupler.settling_ns),
        ("drive.rise_ns", experiment.drive.rise_ns),
        ("tomography.pulse_ns", _pulse_ns(experiment)),
    ):
        reason = experiment.drive.off_clock(key, length)
        if reason is not None:
            raise ValueError(reason)
    clock = experiment.drive.clock_GHz
    asked, played = experiment.charging.values(), experiment.axis_values
    same = np.flatnonzero(np.diff(played) <= 0)
    if same.size:
        first, second = asked[same[0]], asked[same[0] + 1]
        raise ValueError(
            f"the charging times {first:g} and {second:g} ns are one on the clock of"
            f" {clock} GHz, {played[same[0]]:g} ns: space them by at least {1 / clock:g} ns, or set"
            ' drive.timing to "exact"'
        )


def _pulse_ns(experiment: Experiment) -> float:
    """Return the length of a played rotation, 0 where rotations are ideal."""
    return experiment.tomography.pulse_ns if experiment.tomography.pulse == "drag" else 0.0


def _extraction_times(experiment: Experiment) -> int:
    extraction = experiment.extraction
    if not extraction.measured:
        return len(extraction.times_ns or (0.0,))
    return len(extraction.places(experiment.charging.grid_ns()))


def _check_moments(experiment: Experiment) -> None:
    """Refuse measurements at moments of one pulse where something else is swept."""
    for key, off in (("extraction.unitary", '"none"'), ("qutrit.measured", "false")):
        if getattr(experiment, key.partition(".")[0]).measured and not experiment.axis.truncated:
            raise ValueError(
                f'{key} must be {off} with charging.axis = "{experiment.axis.name}", since it is'
                ' made at moments of one pulse: set the axis to "time", or the key so'
            )


def _check_extraction(experiment: Experiment) -> None:
    """Refuse an extraction at times that are not charged to, or with too few pulses for them."""
    extraction = experiment.extraction
    if not extraction.measured:
        return
    count = _extraction_times(experiment)
    for arm in ("catalysed", "control"):
        for name, listed in zip(("angle", "phase"), extraction.pulses(arm), strict=True):
            if listed is not None and len(listed) != count:
                raise ValueError(
                    f"extraction.{arm}_{name}_rad must have an entry for each of the {count}"
                    f" extraction times, but has {len(listed)}: list as many, or leave the key out"
                )


def _check_qutrit(experiment: Experiment) -> None:
    """Refuse a tomography of three levels where there are two, or at times not charged to."""
    if not experiment.qutrit.measured:
        return
    experiment.qutrit.places(experiment.charging.grid_ns())
    if experiment.transmon.levels == 2:
        raise ValueError(
            "qutrit.measured must be false with transmon.levels = 2, which has no level 2: keep at"
            " least 3 levels"
        )


def _check_allocation(experiment: Experiment) -> None:
    """Refuse lists of shots that do not have an entry for each of their settings."""
    charging = ("charging times", len(experiment.charging.grid_ns()))
    exchange = ("exchange times (vacuum.points)", experiment.vacuum.points)
    extraction = ("extraction times", _extraction_times(experiment))
    for key, shots in experiment.allocation.in_force().items():
        if key.startswith("prepared"):
            continue
        what, count = exchange if key.startswith("vacuum") else charging
        if key.endswith(("before", "after")):
            what, count = extraction
        if len(shots) != count:
            raise ValueError(
                f"allocation.{key} must have an entry for each of the {count} {what}, "
                f"but has {len(shots)}: list as many, or leave the key out"
            )
