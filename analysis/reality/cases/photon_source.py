"""R10: energy that a transmon gives to a line through its resonator, one photon at a time."""

import numpy as np
from scipy.optimize import minimize_scalar

from analysis.reality.case import Case, Measured, Numbers, Published
from analysis.reality.models.purcell_decay import decay_rate_mhz, dressed_frequency_ghz
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_mhz, ghz_from_mhz
from protocols import predict
from protocols.shape.gaussian import lifted_bell

_SOURCE = "D. I. Schuster, thesis (Yale, 2007), sec. 9.3 and Fig. 9.7"
_OWN = ", as the thesis computes it"
_RATE, _SHARE, _ENERGY = (
    "decay of level 1 through the resonator, 1/(2 pi T)",
    "share of level 1's energy that leaves through the resonator",
    "energy emitted after a pi pulse",
)


_SCALES = 0.7, 1.6  # of the amplitude that turns a free qubit by pi
_LATE_NS = 1200.0  # after ten lifetimes of level 1


def _emulate(experiment: Experiment) -> Numbers:
    """Return decay in MHz, share and energy in %."""
    alone = experiment.replace({"transmon.t1_us": float("inf")})
    through, total = decay_rate_mhz(alone), decay_rate_mhz(experiment)
    return {
        _RATE + _OWN: through,
        _SHARE + _OWN: 100 * through / total,
        _ENERGY: 100 * _emitted_after_a_pi_pulse(experiment),
    }


def _emitted_after_a_pi_pulse(experiment: Experiment) -> float:
    """Return the photons that leave the resonator after the pulse that leaves the most behind."""
    length = experiment.charging.length_ns
    grid = np.linspace(0.0, length, 2001)
    half_turn_ghz = 0.5 / np.trapezoid(lifted_bell(grid, length)[0], grid)
    tuned = experiment.replace(
        {
            "drive.frequency_GHz": dressed_frequency_ghz(experiment),
            "charging.times_ns": (length, _LATE_NS),
        }
    )
    kappa = angular_from_mhz(experiment.resonator.linewidth_MHz)

    def kept_back(scale: float) -> float:
        """Return less than 0 by what leaves the resonator after a pulse of half turn x scale."""
        rate = scale * half_turn_ghz / ghz_from_mhz(1.0)
        arm = predict(tuned.replace({"drive.rabi_rate_MHz": rate})).arms["catalysed"]
        return -kappa * float(np.diff(arm.photon_time)[0])

    found = minimize_scalar(kept_back, bounds=_SCALES, method="bounded", options={"xatol": 1e-3})
    return -float(found.fun)


CASE = Case(
    key="R10",
    title="Energy that a transmon emits as single photons",
    source=_SOURCE,
    parameters=(
        Published(name="f01", value="4.66 GHz", source=_SOURCE),
        Published(name="resonator", value="5.18 GHz", source=_SOURCE),
        Published(name="linewidth", value="44 MHz, 99 % of it to the output", source=_SOURCE),
        Published(name="coupling", value="107 MHz", source=_SOURCE),
        Published(name="T1 without the resonator", value="800 ns", source=_SOURCE),
        Published(name="control pulse", value="Gaussian, 24 ns", source=_SOURCE),
    ),
    keys={
        "transmon.frequency_GHz": 4.66,
        "transmon.t1_us": 0.8,
        "transmon.dephasing_rate_MHz": 0.0,
        "transmon.residual_excitation": 0.0,
        "transmon.levels": 2,
        "reset.kind": "none",
        "resonator.frequency_GHz": 5.18,
        "resonator.linewidth_MHz": 44.0,
        "resonator.temperature_mK": 0.0,
        "resonator.fock_levels": 3,
        "coupler.g_on_MHz": 107.0,
        "coupler.ramp_ns": 0.0,
        "drive.rise_ns": 0.0,
        "charging.shape": "gaussian",
        "charging.length_ns": 24.0,
        "vacuum.method": "none",
        "control.enabled": False,
    },
    free=(
        "the Gaussian's standard deviation: a quarter of its 24 ns, as of every pulse here",
        "the pulse's amplitude: the one that leaves the most energy behind it, as the thesis"
        " calibrates a pi pulse",
    ),
    beyond=(
        "level 2, as the anharmonicity is not stated there",
        "the control pulse reaches the transmon through the resonator; here it drives the"
        " transmon alone",
        "the sum of what has left the resonator, its linewidth times its photons over time",
    ),
    measured=(
        Measured(
            quantity=_RATE + _OWN,
            value=1.7,
            tolerance=0.085,
            unit="MHz",
            digits=2,
        ),
        Measured(quantity=_SHARE + _OWN, value=90.0, tolerance=2.0, unit="%", digits=1),
        Measured(
            quantity=_ENERGY,
            value=80.0,
            tolerance=5.0,
            unit="% of hbar w_q",
            better="higher",
            digits=1,
        ),
    ),
    emulate=_emulate,
    remark="The tolerances are 5 % of the rate, 2 points of the share and 5 points of the measured"
    " energy; the thesis states no errors. The measured energy is a power, calibrated by the"
    " control pulse.",
)
