"""Which control was measured, and what it can and cannot show: one sentence for every reader."""

from typing import Any

from cqed_battery.experiment import Experiment
from cqed_battery.units import ghz_from_mhz, mhz_from_ghz


def control_dict(experiment: Experiment) -> dict[str, Any]:
    """Return the control's part of results.json: its kind and what it shows.

    Args:
        experiment: the experiment file's content, with the arms that were measured.
    """
    kind = experiment.control.kind if experiment.control.enabled else "none"
    return {"kind": kind, "statement": control_statement(experiment)}


def control_statement(experiment: Experiment) -> str:
    """Say which control was measured and what it can and cannot show.

    Args:
        experiment: the experiment file's content, with the arms that were measured.
    """
    if not experiment.control.enabled:
        return (
            "No control was measured: a gain of ergotropy has nothing to compare with, and what"
            " came through the coupling is S less what the model says of leakage, T1 and the"
            " drive's energy."
        )
    if not experiment.control.detuned:
        left = experiment.coupler.g_off_MHz
        return (
            "The control is the same run with the coupler closed: it shows what drive, T1 and"
            f" leakage do alone, but for {left:g} MHz of coupling that are left; what the open"
            " coupler itself changes in the transmon it cannot show."
        ) + _undriven(experiment)
    return _detuned(experiment) + _undriven(experiment)


def _detuned(experiment: Experiment) -> str:
    control, by = experiment.control, experiment.control.detuning_MHz or 0.0
    words = f"The control is the same run with the {control.moved} moved by {by:+g} MHz"
    if control.moved == "transmon":
        words += {
            "follows": ", the drive following it",
            "stays": ", the drive staying where it is",
        }[control.drive]
    words += (
        ": it shows what drive, T1 and leakage do far from the catalyst, of which at most"
        f" {residual_exchange(experiment):.2g} of an excitation is still exchanged."
    )
    if control.moved == "resonator":
        return f"{words} The transmon is the same in both arms."
    words += (
        " A transmon that is moved may have another T1, dephasing and Rabi rate, which it cannot"
        " show; each arm's energies are quanta of its own frequency."
    )
    if control.drive == "stays":
        words += " The drive is off resonance there: nothing charges to compare an ergotropy with."
    return words


def residual_exchange(experiment: Experiment) -> float:
    """Return the largest share of an excitation that a detuned control exchanges, no unit.

    4 g^2 / (D^2 + 4 g^2), the generalised Rabi oscillation at the distance D.

    Args:
        experiment: the experiment file's content, with a detuned control.
    """
    control, by = experiment.control, experiment.control.detuning_MHz or 0.0
    sign = 1.0 if control.moved == "transmon" else -1.0
    apart = experiment.transmon.frequency_GHz - experiment.resonator.frequency_GHz
    distance = mhz_from_ghz(apart + sign * ghz_from_mhz(by))
    double = 2 * experiment.coupler.g_on_MHz
    return double**2 / (distance**2 + double**2)


def _undriven(experiment: Experiment) -> str:
    if experiment.drive.target != "resonator":
        return ""
    return " The resonator alone is driven, so nothing charges the transmon of the control."
