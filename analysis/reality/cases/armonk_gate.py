"""R2: error of the x gate of ibmq_armonk."""

from analysis.reality.armonk.machine import KEYS, PROPERTIES, frequencies, lifetimes
from analysis.reality.case import Case, Measured, Numbers, Published
from analysis.reality.models.gate_errors import gate_error
from cqed_battery.experiment import Experiment

_ERROR = "error of an x gate"


def _emulate(experiment: Experiment) -> Numbers:
    return {_ERROR: gate_error(experiment) * 1e4}


CASE = Case(
    key="R2",
    title="Error of the x gate of ibmq_armonk",
    source=PROPERTIES,
    parameters=(
        *frequencies(PROPERTIES),
        *lifetimes(PROPERTIES),
        Published(name="gate length", value="71.11 ns (320 samples of 2/9 ns)", source=PROPERTIES),
    ),
    keys=KEYS | {"tomography.pulse_ns": 640 / 9},
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
