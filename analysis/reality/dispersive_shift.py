"""R4: dispersive shifts of transmons in resonators, from their energies and coupling."""

from analysis.reality.case import Case, Measured, Parameter

_SLICHTER = "D. H. Slichter, thesis (Berkeley, 2011), sample TF051310b"
_SCHUSTER = "D. I. Schuster, thesis (Yale, 2007), sample 120c"

CASE = Case(
    key="R4",
    title="Dispersive shift 2 chi of two transmons",
    source=f"{_SLICHTER}; {_SCHUSTER}",
    parameters=(
        Parameter(name="E_J and E_C", value="11.4 and 0.28 GHz", source=_SLICHTER),
        Parameter(name="f01", value="4.753 GHz", source=_SLICHTER),
        Parameter(name="resonator", value="5.923 GHz", source=_SLICHTER),
        Parameter(name="coupling", value="109 MHz", source=_SLICHTER),
        Parameter(name="E_C", value="0.518 GHz", source=_SCHUSTER),
        Parameter(name="resonator less f01", value="1.2 GHz", source=_SCHUSTER),
        Parameter(name="coupling", value="105 MHz", source=_SCHUSTER),
    ),
    keys={
        "transmon.frequency_GHz": 4.753,
        "transmon.anharmonicity_GHz": -0.28,
        "transmon.levels": 6,
        "resonator.frequency_GHz": 5.923,
        "resonator.fock_levels": 8,
        "coupler.g_on_MHz": 109.0,
        "drive.frequency_GHz": 4.753,
    },
    free=(),
    beyond=(
        "the anharmonicity is taken as -E_C, the transmon's leading order",
        "2 chi is read off the levels of the device's Hamiltonian: in the experiment file"
        " dispersive.chi_MHz is an input that does not follow from the coupling",
    ),
    measured=(
        Measured(
            quantity="2 chi of Slichter's sample",
            value=4.4,
            tolerance=0.132,
            unit="MHz",
            digits=2,
        ),
        Measured(
            quantity="2 chi of Schuster's sample",
            value=17.0,
            tolerance=0.51,
            unit="MHz",
            digits=1,
        ),
    ),
    remark="The tolerance is 3 %; neither thesis states an error.",
)
