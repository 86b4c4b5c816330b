"""R6: cooling of a transmon by measurement and feedback."""

from analysis.reality.case import Case, Measured, Numbers, Published
from cqed_battery.experiment import Experiment
from protocols.reset import expected_excitation

_SOURCE = "D. Riste et al., arXiv 1207.2944 (2012)"
_LEFT = "excitation after one round"


def _emulate(experiment: Experiment) -> Numbers:
    return {_LEFT: 100 * expected_excitation(experiment)}


CASE = Case(
    key="R6",
    title="Cooling of a transmon by a round of measurement and feedback",
    source=_SOURCE,
    parameters=(
        Published(name="excitation in equilibrium", value="16 %", source=_SOURCE),
        Published(name="T1", value="50 us", source=_SOURCE, from_memory=True),
        Published(name="a round", value="2.5 us", source=_SOURCE, from_memory=True),
        Published(
            name="errors of the readout",
            value="0.6 % from level 0, 3 % from level 1",
            source=_SOURCE,
            from_memory=True,
        ),
    ),
    keys={
        "transmon.residual_excitation": 0.16,
        "transmon.t1_us": 50.0,
        "reset.kind": "active",
        "reset.rounds": 1,
        "reset.latency_ns": 2500.0,
        "readout.p1_given_0": 0.006,
        "readout.p0_given_1": 0.03,
    },
    measured=(
        Measured(
            quantity=_LEFT,
            value=3.0,
            tolerance=1.0,
            unit="%",
            better="lower",
            digits=2,
        ),
    ),
    emulate=_emulate,
    remark="The tolerance is 1 point; the abstract states no error.",
)
