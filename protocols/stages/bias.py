"""Where the device is held while it charges and while it idles, and how it is switched.

A tunable coupler opens and closes; a fixed coupling is switched by a flux pulse that moves the
transmon or the resonator away. The control keeps the coupler closed, or moves the one or the other
away while it charges. Controls are those of an arm's own frame, which turns with its drive.
"""

from dataclasses import replace
from math import sqrt

from cqed_battery.dynamics.waveforms import Controls, Waveform, flat, ramped
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_ghz, angular_from_mhz


def frame_shift(experiment: Experiment, arm: str) -> float:
    """Return by which an arm's drive is beyond `drive.frequency_GHz`, in rad/ns.

    The drive of a control whose transmon is moved follows it, if the file says so.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    control = experiment.control
    if arm == "catalysed" or not control.detuned or control.moved != "transmon":
        return 0.0
    return angular_from_mhz(control.detuning_MHz or 0.0) if control.drive == "follows" else 0.0


def control_idles(experiment: Experiment) -> bool:
    """Say whether the control charges where the device idles, held by the same flux pulse.

    Args:
        experiment: the experiment file's content.
    """
    control = experiment.control
    held = charging_bias(experiment, "control"), idle_bias(experiment, "control")
    return control.enabled and control.detuned and held[0] == held[1]


def arm_frame(experiment: Experiment, arm: str) -> float:
    """Return the angular frequency of an arm's drive and of its frame, in rad/ns.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    return angular_from_ghz(experiment.drive.frequency_GHz) + frame_shift(experiment, arm)


def transmon_frequency(experiment: Experiment, arm: str) -> float:
    """Return the angular frequency of the transmon while an arm charges, in rad/ns.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    held = charging_bias(experiment, arm).transmon + frame_shift(experiment, arm)
    return angular_from_ghz(experiment.transmon.frequency_GHz) + held


def charging_bias(experiment: Experiment, arm: str) -> Controls:
    """Return coupling and moves of the frequencies while an arm charges, in its own frame.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    coupler, control = experiment.coupler, experiment.control
    if arm == "catalysed":
        return Controls(angular_from_mhz(coupler.opened_MHz))
    if not control.detuned:
        return Controls(angular_from_mhz(coupler.g_off_MHz))
    opened = Controls(angular_from_mhz(coupler.opened_MHz))
    by = angular_from_mhz(control.detuning_MHz or 0.0)
    return in_frame(replace(opened, **{control.moved: by}), frame_shift(experiment, arm))


def control_reach(experiment: Experiment) -> float:
    """Return the largest amplitude that the control's coupling can give the resonator.

    A coupling g gives it g t, on resonance, and 2 g / |Delta| off it, by the nearest of the
    transmon's transitions, each times the square root of the highest level.

    Args:
        experiment: with kept transmon levels as a number, and charging times in ns.
    """
    held, transmon = charging_bias(experiment, "control"), experiment.transmon
    apart = angular_from_ghz(transmon.frequency_GHz - experiment.resonator.frequency_GHz)
    apart += held.transmon - held.resonator
    alpha, highest = angular_from_ghz(transmon.anharmonicity_GHz), transmon.kept_levels - 1
    nearest = min(abs(apart + level * alpha) for level in range(highest))
    duration = float(experiment.charging_times_ns[-1])
    longest = min(duration, 2 / nearest) if nearest else duration
    coupling = held.g + angular_from_mhz(experiment.coupler.fixed_MHz)
    return abs(coupling) * sqrt(highest) * longest


def moves(experiment: Experiment) -> bool:
    """Say whether a frequency moves, so that pulses have their own carrier's frame.

    Args:
        experiment: the experiment file's content.
    """
    control = experiment.control
    return experiment.coupler.kind == "fixed" or (control.enabled and control.detuned)


def idle_bias(experiment: Experiment, arm: str = "catalysed") -> Controls:
    """Return coupling and moves of the frequencies between charging and readout, in an arm's frame.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control", whose frame counts; the device idles alike after both.
    """
    coupler = experiment.coupler
    idle = Controls(angular_from_mhz(coupler.g_off_MHz))
    if coupler.idle_detuning_MHz is not None:
        idle = replace(idle, **{coupler.tuned: angular_from_mhz(coupler.idle_detuning_MHz)})
    return in_frame(idle, frame_shift(experiment, arm))


def idle_flux(experiment: Experiment) -> dict[str, float]:
    """Return what the flux channels hold while the device idles, in rad/ns, by channel.

    Args:
        experiment: the experiment file's content.
    """
    idle = idle_bias(experiment)
    held = {"transmon flux": idle.transmon, "resonator flux": idle.resonator}
    return {channel: value for channel, value in held.items() if value}


def in_frame(controls: Controls, shift: float) -> Controls:
    """Return coupling and moves in a frame that turns faster than the catalysed arm's drive.

    Args:
        controls: in the frame of the catalysed arm's drive, in rad/ns.
        shift: of the frame, in rad/ns.
    """
    if not shift:
        return controls
    return replace(
        controls, transmon=controls.transmon - shift, resonator=controls.resonator - shift
    )


def idle_frequency(experiment: Experiment) -> float:
    """Return the transmon's angular frequency while it idles, in rad/ns: the carrier of its pulses.

    A fixed coupling pushes it away from the resonator, as the one excitation that both share says:
    w = w_q + D/2 (sqrt(1 + 4 g^2/D^2) - 1), D = w_q - w_c, both as they idle.

    Args:
        experiment: the experiment file's content.
    """
    own = angular_from_ghz(experiment.transmon.frequency_GHz) + idle_bias(experiment).transmon
    g = angular_from_mhz(experiment.coupler.fixed_MHz)
    if not g:
        return own
    return own + lamb_shift(g, idle_distance(experiment))


def lamb_shift(g: float, distance: float) -> float:
    """Return by how much an empty resonator pushes the transmon, in rad/ns.

    Args:
        g: coupling in rad/ns.
        distance: w_q - w_c in rad/ns, not 0.
    """
    return distance / 2 * (sqrt(1 + 4 * (g / distance) ** 2) - 1)


def idle_distance(experiment: Experiment) -> float:
    """Return w_q - w_c while the device idles, in rad/ns.

    Args:
        experiment: the experiment file's content.
    """
    idle = idle_bias(experiment)
    apart = angular_from_ghz(experiment.transmon.frequency_GHz)
    apart -= angular_from_ghz(experiment.resonator.frequency_GHz)
    return apart + idle.transmon - idle.resonator


def flux_move(experiment: Experiment, arm: str) -> float:
    """Return by how much the transmon moves from charging to idle, over its own w_q.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    moved = idle_bias(experiment, arm).transmon - charging_bias(experiment, arm).transmon
    return moved / transmon_frequency(experiment, arm)


def flux_pulses(experiment: Experiment, arm: str) -> tuple[float, ...]:
    """Return by how much each flux pulse of an arm moves the transmon, in rad/ns.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    coupler, control = experiment.coupler, experiment.control
    found = []
    if coupler.idle_detuning_MHz is not None and coupler.tuned == "transmon":
        found.append(coupler.idle_detuning_MHz)
    if arm == "control" and control.detuned and control.moved == "transmon":
        found.append(control.detuning_MHz or 0.0)
    return tuple(angular_from_mhz(detuning) for detuning in found)


def closing_waveform(experiment: Experiment, arm: str) -> Waveform:
    """Return how the device goes from charging to idling, in the arm's frame.

    An arm that charges where it idles waits as long.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
    """
    before, after = charging_bias(experiment, arm), idle_bias(experiment, arm)
    # The catalysed arm's ramp stays one where it goes nowhere: its samples are differentiated.
    if arm == "control" and before == after:
        return flat(experiment.coupler.switching_ns, after)
    return _switching(experiment, before, after)


def opening_waveform(experiment: Experiment) -> Waveform:
    """Return how the device goes from idling to where the catalysed arm charges.

    Args:
        experiment: the experiment file's content.
    """
    before, after = idle_bias(experiment), charging_bias(experiment, "catalysed")
    return _switching(experiment, before, after)


def _switching(experiment: Experiment, before: Controls, after: Controls) -> Waveform:
    coupler = experiment.coupler
    return ramped(
        before,
        after,
        coupler.ramp_ns,
        1 / experiment.drive.clock_GHz,
        overshoot=coupler.overshoot,
        settling=coupler.settling_ns,
    )


def gathered_phase(experiment: Experiment, arm: str, waveform: Waveform) -> float:
    """Return by how much (rad) the bare transmon turns in the arm's frame.

    By so much a pulse's phase is set back, so that its axes stay those of the end of charging.

    Args:
        experiment: the experiment file's content.
        arm: "catalysed" or "control".
        waveform: what lies between charging and pulse, in the arm's frame.
    """
    alone = angular_from_ghz(experiment.transmon.frequency_GHz)
    alone -= angular_from_ghz(experiment.drive.frequency_GHz)
    return sum((alone + part.controls.transmon) * part.duration for part in waveform.segments)
