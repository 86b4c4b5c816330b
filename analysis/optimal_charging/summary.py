"""What an optimisation tells: figures, curves beside the square pulse's, and a plain sentence."""

from math import inf
from typing import Any

from analysis.optimal_charging.best_pulse import Optimum
from analysis.optimal_charging.goals import UNITS
from analysis.optimal_charging.played import played_arm, square_experiment
from analysis.optimal_charging.speed_limit import fastest_ergotropy, fastest_ns, start_purity
from cqed_battery.energetics import qubit_energy, qubit_ergotropy
from cqed_battery.experiment import Experiment

_LEAST_GAIN = 1e-3  # hbar w_q over the square pulse, of which a share says something
TIME = "time"
"""The goal that asks for the shortest pulse."""


def summary(
    optimum: Optimum, goal: str, control: Optimum | None, target: float | None
) -> dict[str, Any]:
    """Return the content of optimum.json: plain values (see docs/files.md).

    Args:
        optimum: the pulse.
        goal: as it was asked for.
        control: the best pulse of the control, with the goal "gain".
        target: ergotropy that the shortest pulse was asked for, with the goal "time".
    """
    wanted, experiment = optimum.wanted, optimum.experiment
    rabi, curves = experiment.drive.rabi_rate_MHz, _curves(optimum)
    found = {
        "goal": goal,
        "unit": UNITS[wanted.goal],
        "arm": wanted.arm,
        "duration_ns": wanted.duration_ns,
        "amplitude_MHz": rabi,
        "bandwidth_MHz": wanted.bandwidth_MHz if wanted.bandwidth_MHz < inf else None,
        "smoothness": wanted.smoothness,
        "robust": wanted.robust,
        "value": optimum.value,
        "square": {"amplitude_MHz": rabi * optimum.constant, "value": optimum.square_value},
        "control": None if control is None else control.value,
        "target": target,
        "speed_limit": _speed_limit(experiment, target),
        "over_the_draw": over_the_draw(optimum),
        "transmon_levels": experiment.transmon.kept_levels,
        "fock_levels": optimum.problem.ensemble.fock_levels,
        "evaluations": optimum.found.evaluations,
        "curves": curves,
        "samples": _samples(optimum),
    }
    return found | {"statement": statement(found)}


def _speed_limit(experiment: Experiment, target: float | None) -> dict[str, float]:
    """Return the largest ergotropy that a lossless qubit can get, and the time it takes, in ns."""
    most = start_purity(experiment) if target is None else target
    return {"ergotropy": most, "time_ns": fastest_ns(experiment, most)}


def over_the_draw(optimum: Optimum) -> dict[str, float | None]:
    """Return what a pulse gives devices of the laboratory draw that it was not made for.

    `gain_kept` is the mean gain over the best square pulse there, over that on the file's device;
    None where that is below 0.001 hbar w_q.

    Args:
        optimum: the pulse.
    """
    pulse, square = optimum.over_the_draw()
    alone = optimum.value - optimum.square_value
    return {
        "draws": len(pulse),
        "mean": float(pulse.mean()),
        "worst": float(pulse.min()),
        "square_mean": float(square.mean()),
        "gain_kept": float((pulse - square).mean() / alone) if alone > _LEAST_GAIN else None,
    }


def _curves(optimum: Optimum) -> dict[str, Any]:
    square = square_experiment(optimum.played, optimum.constant)
    times = optimum.played.charging_times_ns
    return {
        "time_ns": times.tolist(),
        "optimal": _arm_curves(optimum.played, optimum.wanted.arm),
        "square": _arm_curves(square, optimum.wanted.arm),
        "fastest_ergotropy": fastest_ergotropy(optimum.experiment, times).tolist(),
    }


def _arm_curves(experiment: Experiment, arm: str) -> dict[str, list[float]]:
    found = played_arm(experiment, arm)
    return {
        "energy": qubit_energy(found.bloch).tolist(),
        "ergotropy": qubit_ergotropy(found.bloch).tolist(),
        "photons": found.photon_number.tolist(),
        "leakage": found.leakage.tolist(),
    }


def _samples(optimum: Optimum) -> dict[str, list[float]]:
    rabi, samples = optimum.experiment.drive.rabi_rate_MHz, optimum.samples
    return {
        "time_ns": optimum.alone.ensemble.times[:-1].tolist(),
        "i_MHz": (rabi * samples.real).tolist(),
        "q_MHz": (rabi * samples.imag).tolist(),
    }


def statement(found: dict[str, Any]) -> str:
    """Return what was found in a sentence or two.

    Args:
        found: the content of optimum.json.
    """
    limit, kept = found["speed_limit"], found["over_the_draw"]["gain_kept"]
    if found["goal"] == TIME:
        said = (
            f"{found['value']:.4f} hbar w_q is reached in {found['duration_ns']:.4g} ns; a lossless"
            f" qubit needs at least {limit['time_ns']:.4g} ns for {found['target']:g}"
        )
    elif found["goal"] == "gain":
        said = (
            f"the best pulse gives {found['value'] - found['control']:+.4f} hbar w_q over the"
            f" control's own best pulse, {found['value']:.4f} against {found['control']:.4f}"
        )
    else:
        said = (
            f"the best pulse gives {found['value']:.4g} {found['unit']}, the best square one"
            f" {found['square']['value']:.4g}"
        )
    if kept is None:
        return said
    return f"{said}; devices of the laboratory draw keep {100 * kept:.0f} % of the gain"
