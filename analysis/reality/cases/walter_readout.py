"""R5: readout of a transmon in 48 and 88 ns through a Purcell filter."""

from analysis.reality.case import Case, Measured, Numbers, Published
from cqed_battery.experiment import Experiment
from protocols.readout import assignment_errors

_SOURCE = "T. Walter et al., arXiv 1701.06933 (2017)"
_TIMES_NS = {"1 - P(1|0) - P(0|1) in 48 ns": 48.0, "1 - P(1|0) - P(0|1) in 88 ns": 88.0}
_SHORT, _LONG = _TIMES_NS


def _emulate(experiment: Experiment) -> Numbers:
    errors = {
        name: assignment_errors(experiment.replace({"dispersive.integration_ns": time}))
        for name, time in _TIMES_NS.items()
    }
    return {name: 100 * (1 - one.p1_given_0 - one.p0_given_1) for name, one in errors.items()}


CASE = Case(
    key="R5",
    title="Readout of a transmon in 48 and 88 ns",
    source=_SOURCE,
    parameters=(
        Published(name="T1", value="7.6 us", source=_SOURCE),
        Published(name="amplifier", value="phase-sensitive", source=_SOURCE),
        Published(name="chi", value="7.9 MHz", source=_SOURCE, from_memory=True),
        Published(name="linewidth", value="37.5 MHz", source=_SOURCE, from_memory=True),
        Published(name="photons", value="2.5", source=_SOURCE, from_memory=True),
        Published(name="efficiency", value="0.66", source=_SOURCE, from_memory=True),
    ),
    keys={
        "readout.model": "dispersive",
        "dispersive.chi_MHz": 7.9,
        "dispersive.linewidth_MHz": 37.5,
        "dispersive.photons": 2.5,
        "dispersive.amplifier": "phase-sensitive",
        "dispersive.efficiency": 0.66,
        "dispersive.integration_ns": 48.0,
        "transmon.t1_us": 7.6,
        "transmon.residual_excitation": 0.0,
    },
    free=(),
    beyond=("the Purcell filter, which has no key: the linewidth is that of the readout mode",),
    measured=(
        Measured(
            quantity=_SHORT,
            value=98.25,
            tolerance=0.6,
            unit="%",
            better="higher",
            digits=2,
        ),
        Measured(
            quantity=_LONG,
            value=99.2,
            tolerance=0.6,
            unit="%",
            better="higher",
            digits=2,
        ),
    ),
    emulate=_emulate,
    remark="The tolerance is 0.6 points. Errors of the preparation and of the pi pulse are in the"
    " measured numbers and not in the emulated ones.",
)
