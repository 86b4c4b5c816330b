"""R12: readout of the transmon in which quantum jumps were first seen."""

import numpy as np

from analysis.reality.case import Case, Measured, Numbers, Published
from cqed_battery.experiment import Experiment
from protocols.readout import assignment_errors
from protocols.readout.pointer_states import probe_of

_SOURCE = "D. H. Slichter, thesis (Berkeley, 2011), sample TF051310b, sec. 7.3 to 7.5"
_RATIO = "signal-to-noise ratio without added noise, as the thesis computes it"
_FIDELITY = "1 - P(1|0) - P(0|1)"
_LATE_NS = 2 * 65.0 + 200.0  # of Fig. 7.12, after two time constants of 65 ns


def _emulate(experiment: Experiment) -> Numbers:
    """Return the ratio at full efficiency, and the fidelity in %."""
    settled = {"dispersive.efficiency": 1.0, "dispersive.start_ns": _LATE_NS}
    zero, one = probe_of(experiment.replace(settled)).points(np.arange(2))
    errors = assignment_errors(experiment)
    return {_RATIO: float(np.linalg.norm(one - zero)) / 2, _FIDELITY: 100 * errors.contrast}


CASE = Case(
    key="R12",
    title="Readout of TF051310b with 47 photons",
    source=_SOURCE,
    parameters=(
        Published(name="T1", value="320 ns", source=_SOURCE),
        Published(name="f01", value="4.753 GHz", source=_SOURCE),
        Published(name="dispersive shift 2 chi", value="4.4 MHz", source=_SOURCE),
        Published(name="linewidth", value="4.9 MHz", source=_SOURCE),
        Published(name="photons", value="47", source=_SOURCE),
        Published(
            name="amplifier",
            value="phase-sensitive, adds 5.6 times the noise of the vacuum",
            source=_SOURCE,
        ),
        Published(name="filter", value="low-pass, 11 MHz; 15 MHz of noise", source=_SOURCE),
        Published(
            name="integration",
            value="10 ns, from 40 ns after two time constants of the cavity on",
            source=_SOURCE,
        ),
    ),
    keys={
        "readout.model": "dispersive",
        "transmon.frequency_GHz": 4.753,
        "drive.detuning_MHz": 0.0,
        "resonator.detuning_MHz": 0.0,
        "transmon.t1_us": 0.32,
        "transmon.residual_excitation": 0.0,
        "dispersive.chi_MHz": 2.2,
        "dispersive.linewidth_MHz": 4.9,
        "dispersive.photons": 47.0,
        "dispersive.amplifier": "phase-sensitive",
        # 1 / (1 + 5.6): the vacuum's share of the noise
        "dispersive.efficiency": 0.1515,
        "dispersive.bandwidth_MHz": 11.0,
        # 2 x 2/kappa + 40 ns: the thesis's time constant of the field is 2/kappa
        "dispersive.start_ns": 169.9,
        "dispersive.integration_ns": 10.0,
        "dispersive.weights": "boxcar",
    },
    free=(
        "the thermal population, not stated for this sample: 0",
        "the time from the pi pulse to the probe's start, not stated: 0",
    ),
    beyond=("the ratio is half the distance of the pointer states, 200 ns into the readout",),
    measured=(
        Measured(quantity=_RATIO, value=9.6, tolerance=0.96, digits=2),
        Measured(
            quantity=_FIDELITY,
            value=70.0,
            tolerance=5.0,
            unit="%",
            better="higher",
            digits=1,
        ),
    ),
    emulate=_emulate,
    remark="The thesis says that the fidelity is around 70 % without an error; the tolerance is"
    " 5 points, and 10 % of the ratio. The amplifier's noise was found from the measured ratio, so"
    " that this ratio is no comparison; level 1 decays for 0.17 us before the integration, of which"
    " resonator and filter hide the last 0.08 us, as they still show what was before.",
)
