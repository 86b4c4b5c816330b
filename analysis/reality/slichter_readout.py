"""R9: readout of a transmon with 80 photons and a parametric amplifier."""

from analysis.reality.case import Case, Measured, Parameter

_SOURCE = "D. H. Slichter, thesis (Berkeley, 2011), sample TF042811b, table 4.1"
_DEVICE = "the same thesis, sec. 8.2.2"
_FIDELITY = "the same thesis, sec. 7.5.3"

CASE = Case(
    key="R9",
    title="Readout of TF042811b with 80 photons",
    source=_SOURCE,
    parameters=(
        Parameter(name="E_J and E_C", value="15.0 and 0.235 GHz", source=_SOURCE),
        Parameter(name="T1", value="0.91 us", source=_SOURCE),
        Parameter(name="f01", value="5.075 GHz at that T1", source=_DEVICE),
        Parameter(name="resonator", value="6.2724 GHz", source=_DEVICE),
        Parameter(name="linewidth", value="7 MHz", source=_DEVICE),
        Parameter(name="coupling", value="106 MHz", source=_DEVICE),
        Parameter(name="excitation in equilibrium", value="1.5 %", source=_DEVICE),
        Parameter(name="probe", value="half way between the resonances", source=_DEVICE),
        Parameter(name="photons", value="80", source=_FIDELITY),
        Parameter(name="amplifier", value="phase-sensitive, noiseless", source=_FIDELITY),
    ),
    keys={
        "readout.model": "dispersive",
        "transmon.frequency_GHz": 5.075,
        "transmon.t1_us": 0.91,
        "transmon.residual_excitation": 0.015,
        "transmon.levels": 6,
        "resonator.frequency_GHz": 6.2724,
        "resonator.fock_levels": 8,
        "coupler.g_on_MHz": 106.0,
        "drive.frequency_GHz": 5.075,
        "dispersive.linewidth_MHz": 7.0,
        "dispersive.photons": 160.0,  # 2 x 80: see beyond
        "dispersive.efficiency": 1.0,
    },
    free=("the integration time, the best one from 20 to 400 ns",),
    beyond=(
        "the anharmonicity from E_J and E_C, and 2 chi from the levels of the device's"
        " Hamiltonian, as in R4",
        "the amplifier looks at one quadrature: twice the photons stand for it, as in R5",
        "the levels are prepared from equilibrium, so that 1.5 % of the shots are in the other"
        " level: taken off the fidelity as (1 - 2 p)",
        "the time between the pi pulse and the probe, during which level 1 decays: no key, and"
        " none is published; it is 0 here",
    ),
    measured=(
        Measured(
            quantity="1 - P(1|0) - P(0|1)",
            value=81.0,
            error=2.0,
            unit="%",
            better="higher",
            digits=1,
        ),
        Measured(quantity="P(0|1)", value=17.0, error=2.0, unit="%", better="lower", digits=1),
        Measured(quantity="P(1|0)", value=1.5, error=0.4, unit="%", better="lower", digits=1),
    ),
    remark="The thesis itself expects 82(3) %, most of the loss from the decay of level 1 before"
    " and during the readout and from the thermal population.",
)
