"""R3: dispersive readout of a transmon's bright and dark state in a quantum-jump experiment."""

from analysis.reality.case import Case, Measured, Parameter

_SOURCE = "Z. K. Minev, thesis (Yale, 2019), table 5.1 and sec. 5.6"

CASE = Case(
    key="R3",
    title="Heterodyne readout in 260 ns in the experiment on quantum jumps",
    source=_SOURCE,
    parameters=(
        Parameter(name="dispersive shift, whole", value="5.08(20) MHz", source=_SOURCE),
        Parameter(name="cavity linewidth", value="3.62(5) MHz", source=_SOURCE),
        Parameter(name="efficiency", value="0.33(3), heterodyne", source=_SOURCE),
        Parameter(name="integration", value="260 ns", source=_SOURCE),
        Parameter(
            name="photons",
            value="5.0(2) with the level whose frequency is probed",
            source=_SOURCE,
        ),
        Parameter(name="T1 of the bright state", value="28 us", source=_SOURCE),
    ),
    keys={
        "readout.model": "dispersive",
        "dispersive.chi_MHz": 2.54,
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
        "the probe's frequency, on the resonance of level 1 instead of half way between the two:"
        " no key",
        "the start of the integration, in the steady state of a probe that is always on: no key",
    ),
    measured=(
        Measured(
            quantity="signal-to-noise ratio, against the thesis' own calculation",
            value=4.3,
            error=0.6,
            within_errors=1.0,
            digits=2,
        ),
        Measured(
            quantity="signal-to-noise ratio",
            value=3.8,
            error=0.4,
            within_errors=1.0,
            better="higher",
            digits=2,
        ),
        Measured(
            quantity="discrimination, against the thesis' own calculation",
            value=0.98,
            error=0.007,
            within_errors=1.0,
        ),
        Measured(
            quantity="discrimination",
            value=0.96,
            error=0.01,
            within_errors=1.0,
            better="higher",
        ),
    ),
    remark="The ratio is (d/2)^2, d the distance of the pointer states in standard deviations of"
    " the noise; the discrimination is the mean probability to read the state right.",
)
