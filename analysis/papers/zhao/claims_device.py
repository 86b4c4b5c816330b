"""What Zhao 2026, Sec. V, expects of a laboratory, from the emulated device without noise."""

import numpy as np

from analysis.papers.claim import Finding, Reading, Rule, under
from analysis.papers.zhao.readings import CLAIMS_Z2
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_mhz
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth

_POINTS = ((50.0, 50.0), (100.0, 50.0), (100.0, 20.0))  # g and Rabi rate, MHz
_RUN = "cqed-battery run examples/proposed.toml"
_HEAT_END = 1.0  # of 1/g: the early window of the heat current


@CLAIMS_Z2.claim(21, "Sec. V", "", command=_RUN)
def three_observations() -> Finding:
    """A laboratory sees J < 0, a higher ergotropy and the vacuum restored, all together.

    Count which of the three observations come together at laboratory settings.
    """
    rows = [_observed(g, rabi) for g, rabi in _POINTS]
    return Finding(
        readings=tuple(reading for reading, _ in rows),
        remark=" ".join(words for _, words in rows),
    )


def _observed(g_mhz: float, rabi_mhz: float) -> tuple[Reading, str]:
    experiment = Experiment().replace(
        {"coupler.g_on_MHz": g_mhz, "drive.rabi_rate_MHz": rabi_mhz, "vacuum.method": "none"}
    )
    prediction = predict(experiment)
    truth = {name: arm_truth(experiment, prediction, arm) for name, arm in prediction.arms.items()}
    catalysed, control = truth["catalysed"], truth["control"]
    window = prediction.times <= max(_HEAT_END / angular_from_mhz(g_mhz), experiment.drive.rise_ns)
    heat = float(catalysed["heat_integral"][np.flatnonzero(window)[-1] + 1])
    gained = float((catalysed["ergotropy"] - control["ergotropy"]).mean())
    fidelity = float(catalysed["vacuum_fidelity"][-1])
    limits = experiment.analysis
    met = (heat < 0, gained > limits.smallest_effect, fidelity > limits.vacuum_fidelity_threshold)
    name = f"g is {g_mhz:g} MHz and the Rabi rate {rabi_mhz:g} MHz"
    words = (
        f"Where {name}: the early integral of J is {heat:.3f}, the mean ergotropy less the "
        f"control's {gained:+.3f} (both in hbar w_q), the vacuum fidelity at the end "
        f"{fidelity:.3f}."
    )
    reading = Reading(
        name=name,
        number=float(sum(met)),
        unit="of 3",
        criterion="early J < 0, mean ergotropy above the control's by "
        f"{limits.smallest_effect:g} hbar w_q, and vacuum fidelity > "
        f"{limits.vacuum_fidelity_threshold:g}: 3 of 3",
        holds=all(met),
    )
    return reading, words


@CLAIMS_Z2.claim(20, "Sec. V", "", command=_RUN)
@under(
    {
        f"g / 2 pi is {g_mhz:g} MHz and g in 1/g is {words}": time
        for g_mhz in (50.0, 100.0)
        for words, time in (("angular", 1 / angular_from_mhz(g_mhz)), ("cyclic", 1e3 / g_mhz))
    },
    Rule("1/g at least 10 ns", lambda time: time >= 10.0, unit="ns"),
    "The exchange itself follows the angular g: a photon swaps in pi/(2g), and pi/g is"
    " there and back.",
)
def exchange_time(time: float) -> float:
    """The early window 1/g lasts some tens of nanoseconds at 50 to 100 MHz.

    Test whether 1/g is some tens of nanoseconds at 50 to 100 MHz.
    """
    return time
