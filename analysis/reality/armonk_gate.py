"""R2: error of the x gate of ibmq_armonk."""

from analysis.reality.case import Case, Measured, Numbers, Published
from analysis.reality.gate_errors import x_gate_error
from cqed_battery.experiment import Experiment

_SOURCE = "published properties of ibmq_armonk, 2021-04-11"
_ERROR = "error of an x gate"


def _emulate(experiment: Experiment) -> Numbers:
    return {_ERROR: x_gate_error(experiment) * 1e4}


CASE = Case(
    key="R2",
    title="Error of the x gate of ibmq_armonk",
    source=_SOURCE,
    parameters=(
        Published(name="f01", value="4.97186 GHz", source=_SOURCE),
        Published(name="anharmonicity", value="-347 MHz", source=_SOURCE),
        Published(name="T1", value="182.66 us", source=_SOURCE),
        Published(name="T2", value="237.86 us", source=_SOURCE),
        Published(name="gate length", value="71.11 ns (320 samples of 2/9 ns)", source=_SOURCE),
    ),
    keys={
        "transmon.frequency_GHz": 4.97186,
        "transmon.anharmonicity_GHz": -0.347,
        "transmon.t1_us": 182.66,
        "transmon.dephasing_rate_MHz": 2.3346e-4,  # (1/T2 - 1/(2 T1)) / 2 pi
        "transmon.residual_excitation": 0.0,
        "resonator.frequency_GHz": 6.99,
        "coupler.g_on_MHz": 0.0,
        "coupler.g_off_MHz": 0.0,
        "drive.frequency_GHz": 4.97186,
        "drive.clock_GHz": 4.5,
        "tomography.pulse_ns": 640 / 9,
    },
    free=(),
    beyond=(
        "the gate's error, 1 less the mean fidelity over the six states of the axes, from the"
        " instruction's exact map; randomised benchmarking finds the same number",
    ),
    measured=(
        Measured(
            quantity=_ERROR,
            value=1.977,
            tolerance=0.494,
            unit="x 1e-4",
            better="lower",
        ),
    ),
    emulate=_emulate,
    remark="The tolerance is 25 %; the machine's page states no error. The difference is what the"
    " machine adds to relaxation and dephasing.",
)
