"""R9: readout of a transmon with 80 photons and a parametric amplifier."""

from analysis.reality.case import Case, Measured, Numbers, Published
from analysis.reality.models.device_levels import dispersive_shift_mhz, transmon_anharmonicity_ghz
from cqed_battery.experiment import Experiment
from protocols.readout import assignment_errors
from protocols.settings.settings import Settings

_SOURCE = "D. H. Slichter, thesis (Berkeley, 2011), sample TF042811b, table 4.1"
_DEVICE = "the same thesis, sec. 8.2.2"
_FIDELITY = "the same thesis, sec. 7.5.3"
_FIDELITY_OF, _MISSED, _FALSE = "1 - P(1|0) - P(0|1)", "P(0|1)", "P(1|0)"
_TIMING = "the same thesis, sec. 7.3 and 7.4: of sample TF051310b"


def _emulate(experiment: Experiment) -> Numbers:
    """Return fidelity and errors in %, of levels that are prepared from equilibrium."""
    anharmonicity = transmon_anharmonicity_ghz(15.0, 0.235)
    device = experiment.replace({"transmon.anharmonicity_GHz": anharmonicity})
    chi = dispersive_shift_mhz(device.device, int(experiment.resonator.fock_levels)) / 2
    errors = assignment_errors(device.replace({"dispersive.chi_MHz": chi}))
    zero, one = errors.p1_given_0 + errors.contrast * Settings(experiment).prepared()
    return {_FIDELITY_OF: 100 * (one - zero), _MISSED: 100 * (1 - one), _FALSE: 100 * zero}


CASE = Case(
    key="R9",
    title="Readout of TF042811b with 80 photons",
    source=_SOURCE,
    parameters=(
        Published(name="E_J and E_C", value="15.0 and 0.235 GHz", source=_SOURCE),
        Published(name="T1", value="0.91 us", source=_SOURCE),
        Published(name="f01", value="5.075 GHz at that T1", source=_DEVICE),
        Published(name="resonator", value="6.2724 GHz", source=_DEVICE),
        Published(name="linewidth", value="7 MHz", source=_DEVICE),
        Published(name="coupling", value="106 MHz", source=_DEVICE),
        Published(name="excitation in equilibrium", value="1.5 %", source=_DEVICE),
        Published(name="probe", value="half way between the resonances", source=_DEVICE),
        Published(name="photons", value="80", source=_FIDELITY),
        Published(name="amplifier", value="phase-sensitive, noiseless", source=_FIDELITY),
        Published(name="filter", value="low-pass, 11 MHz", source=_TIMING),
        Published(
            name="integration",
            value="10 ns, from 40 ns after two time constants of the cavity on",
            source=_TIMING,
        ),
    ),
    keys={
        "readout.model": "dispersive",
        "readout.preparation": "reset",
        "reset.kind": "none",
        "transmon.frequency_GHz": 5.075,
        "transmon.t1_us": 0.91,
        "transmon.residual_excitation": 0.015,
        "transmon.levels": 6,
        "resonator.frequency_GHz": 6.2724,
        "resonator.fock_levels": 8,
        "coupler.g_on_MHz": 106.0,
        "drive.frequency_GHz": 5.075,
        "dispersive.linewidth_MHz": 7.0,
        "dispersive.photons": 80.0,
        "dispersive.amplifier": "phase-sensitive",
        "dispersive.efficiency": 1.0,
        "dispersive.bandwidth_MHz": 11.0,
        # 2 x 2/kappa + 40 ns: the thesis's time constant of the field is 2/kappa
        "dispersive.start_ns": 130.9,
        "dispersive.integration_ns": 10.0,
        "dispersive.weights": "boxcar",
    },
    free=(
        "the timing, taken over from the thesis's first sample: none is stated for this one",
        "the time from the pi pulse to the probe's start, not stated: 0",
    ),
    beyond=(
        "the anharmonicity from E_J and E_C, and 2 chi from the levels of the device's"
        " Hamiltonian, as in R4",
    ),
    measured=(
        Measured(
            quantity=_FIDELITY_OF,
            value=81.0,
            error=2.0,
            unit="%",
            better="higher",
            digits=1,
        ),
        Measured(quantity=_MISSED, value=17.0, error=2.0, unit="%", better="lower", digits=1),
        Measured(quantity=_FALSE, value=1.5, error=0.4, unit="%", better="lower", digits=1),
    ),
    emulate=_emulate,
    remark="The thesis itself expects 82(3) %, most of the loss from the decay of level 1 before"
    " and during the readout and from the thermal population. In a first comparison without delay"
    " and filter, the best window from 20 to 400 ns was 12 % too good. The first sample's timing,"
    " which gives that sample's fidelity (R12), leaves 9 %: what is missing is 0.09 us more between"
    " the pi pulse and the integration (dispersive.delay_ns), or a decay that 80 photons speed up"
    " (dispersive.relaxation_factor); the thesis states neither for this sample. P(1|0) lies just"
    " beyond one error, on the worse side.",
)
