"""R3: dispersive readout of a transmon's bright and dark state in a quantum-jump experiment."""

import numpy as np
from scipy.special import ndtr

from analysis.reality.case import Case, Measured, Numbers, Published
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.readout.pointer_states import Probe, probe_of

_SOURCE = "Z. K. Minev, thesis (Yale, 2019), table 5.1 and sec. 5.6"
_RATIO, _RIGHT = "signal-to-noise ratio", "discrimination"
_OWN = ", as the thesis computes it"
_NODES = 64  # of the time of a decay


def _points_of_decay(probe: Probe, times: FloatArray) -> FloatArray:
    """Return IQ points of level 1, steady at first, that decays at times in ns, (N, 2)."""
    one, zero = np.ones(len(times), dtype=np.int64), np.zeros(len(times), dtype=np.int64)
    begin, end = np.zeros(len(times)), np.full(len(times), probe.duration)
    first, field = probe.stretch(one, begin, times, probe.steady[one])
    steady = np.where(times > 0, field, probe.steady[0])  # a decay at 0 was long ago
    second, _ = probe.stretch(zero, times, end, steady)
    return probe.quadratures(first + second)


def _emulate(experiment: Experiment) -> Numbers:
    """Return ratio and discrimination of a probe that is always on; level 1 decays meanwhile."""
    probe = probe_of(experiment)
    zero, one = _points_of_decay(probe, np.array([0.0, probe.duration]))
    distance = float(np.linalg.norm(one - zero))
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    times = probe.duration * (nodes + 1) / 2
    decays = probe.relaxation * np.exp(-probe.relaxation * times) * weights * probe.duration / 2
    beyond = (_points_of_decay(probe, times) - (zero + one) / 2) @ (one - zero) / distance
    kept = np.exp(-probe.relaxation * probe.duration)
    right = [ndtr(distance / 2), kept * ndtr(distance / 2) + decays @ ndtr(beyond)]
    ratio, discrimination = (distance / 2) ** 2, float(np.mean(right))
    return {
        _RATIO: ratio,
        _RATIO + _OWN: ratio,
        _RIGHT: discrimination,
        _RIGHT + _OWN: discrimination,
    }


CASE = Case(
    key="R3",
    title="Heterodyne readout in 260 ns for quantum jumps",
    source=_SOURCE,
    parameters=(
        Published(name="dispersive shift, whole", value="5.08(20) MHz", source=_SOURCE),
        Published(name="cavity linewidth", value="3.62(5) MHz", source=_SOURCE),
        Published(name="efficiency", value="0.33(3), heterodyne", source=_SOURCE),
        Published(name="integration", value="260 ns", source=_SOURCE),
        Published(
            name="photons",
            value="5.0(2) with the level whose frequency is probed",
            source=_SOURCE,
        ),
        Published(name="T1 of the bright state", value="28 us", source=_SOURCE),
    ),
    keys={
        "readout.model": "dispersive",
        "dispersive.chi_MHz": 2.54,
        "dispersive.probe_MHz": -2.54,
        "dispersive.linewidth_MHz": 3.62,
        "dispersive.efficiency": 0.33,
        "dispersive.integration_ns": 260.0,
        "dispersive.photons": 5.0,
        "dispersive.weights": "boxcar",
        "transmon.t1_us": 28.0,
        "transmon.residual_excitation": 0.0,
    },
    free=(),
    beyond=(
        "the start in the steady state of a probe that is always on, as long as the level has"
        " lasted: with dispersive.start_ns a level would decay before the integration",
    ),
    measured=(
        Measured(
            quantity=_RATIO + _OWN,
            value=4.3,
            error=0.6,
            digits=2,
        ),
        Measured(
            quantity=_RATIO,
            value=3.8,
            error=0.4,
            better="higher",
            digits=2,
        ),
        Measured(
            quantity=_RIGHT + _OWN,
            value=0.98,
            error=0.007,
        ),
        Measured(
            quantity=_RIGHT,
            value=0.96,
            error=0.01,
            better="higher",
        ),
    ),
    emulate=_emulate,
    remark="The ratio is (d/2)^2, d the distance of the pointer states in standard deviations of"
    " the noise; the discrimination is the mean probability to read the state right. The emulator"
    " gives what the thesis computes from the same parameters. The measured device does worse than"
    " both, by 1.3 and 1.9 standard errors: one error, which is the rule here, is not met, and the"
    " emulated readout counts as too good. The errors of the parameters alone move the emulated"
    " ratio by 0.6, as the thesis says. The thesis names the reasons without parameters: transients"
    " of the cavity and further distributions of the pointer states. Transients are large enough:"
    " were the probe switched on with the integration, the discrimination would be 0.909 (boxcar)"
    " or 0.934 (optimal weights), and the measured 0.960 lies between that and the steady probe."
    " But the thesis's probe is always on, and how many of its integrations follow a jump is not"
    " stated: this would be a free parameter, and it is not taken. Decays during the integration"
    " are in the emulated discrimination.",
)
