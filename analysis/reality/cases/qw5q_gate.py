"""R7: gate error of a transmon with much low-frequency noise."""

from analysis.reality.case import Case, Measured, Numbers, Published
from analysis.reality.models.gate_errors import clifford_error
from cqed_battery.experiment import Experiment

_QIBO = "public calibration of qw5q, qubit 0, by the Qibo collaboration"
_STACK = "qibocal, standard_rb: what it writes into that file"
_ERROR = "error of a Clifford operation of qw5q"


def _emulate(experiment: Experiment) -> Numbers:
    return {_ERROR: clifford_error(experiment) * 1e3}


CASE = Case(
    key="R7",
    title="Gate error of qw5q",
    source=_QIBO,
    parameters=(
        Published(name="f01", value="4.788992 GHz", source=_QIBO),
        Published(name="f12", value="4.558268 GHz", source=_QIBO),
        Published(name="T1", value="51.0(2.3) us", source=_QIBO),
        Published(name="T2*", value="11.06(38) us", source=_QIBO),
        Published(name="T2 of the echo", value="53.1(2.9) us", source=_QIBO),
        Published(name="gate length", value="40 ns", source=_QIBO),
        Published(
            name="randomised benchmarking",
            value="of Clifford operations, of 1.875 pulses in the mean",
            source=_STACK,
        ),
    ),
    keys={
        "transmon.frequency_GHz": 4.788992,
        "transmon.anharmonicity_GHz": -0.230724,
        "transmon.t1_us": 51.0,
        # (1/T2echo - 1/(2 T1)) / 2 pi: what an echo does not undo
        "transmon.dephasing_rate_MHz": 1.4369e-3,
        "transmon.residual_excitation": 0.0,
        # sqrt(2) / (2 pi T2*): what an echo undoes, as a spread from shot to shot
        "transmon.frequency_noise_MHz": 0.02035,
        "resonator.frequency_GHz": 7.2115,
        "coupler.g_on_MHz": 0.0,
        "coupler.g_off_MHz": 0.0,
        "drive.frequency_GHz": 4.788992,
        "tomography.pulse_ns": 40.0,
    },
    free=(),
    beyond=(
        "errors of pulses, 1 less the mean fidelity over the six states of the axes, averaged"
        " over the spread of the frequency; a Clifford operation has 1/3 pulse by pi, 3/2 pulses"
        " by pi/2 and 1/24 idle pulse in the mean",
    ),
    measured=(
        Measured(
            quantity=_ERROR,
            value=2.5,
            error=0.8,
            unit="x 1e-3",
            better="lower",
            digits=2,
        ),
    ),
    emulate=_emulate,
    remark="Relaxation, what an echo leaves of the dephasing and the spread of the frequency are in"
    " the emulated pulses; a wrong amplitude, phase or DRAG coefficient of the machine is not, as"
    " none is published. The first comparison took the measured error for that of one pulse"
    " (0.38 x 1e-3); the source of the stack says that it is that of a Clifford operation.",
)
