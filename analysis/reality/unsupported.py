"""R8: experiments that the experiment file cannot express, each with the key that it would need."""

from analysis.reality.case import Case, Measured, Published

_MAGNARD = "P. Magnard et al., arXiv 1801.07689"
_GEERLINGS = "K. Geerlings et al., arXiv 1211.0491"
_RISTE = "D. Riste et al., arXiv 1204.2479"
_MURCH = "K. W. Murch et al., arXiv 1207.0053"
_HU = "C.-K. Hu et al., arXiv 2108.04298"

CASE = Case(
    key="R8",
    title="Resets, cooling and charging without a key",
    source="; ".join((_MAGNARD, _GEERLINGS, _RISTE, _MURCH, _HU)),
    parameters=(
        Published(name="reset by f0-g1", value="in less than 500 ns", source=_MAGNARD),
        Published(name="reset by driving (DDROP)", value="in 3 us", source=_GEERLINGS),
        Published(name="post-selection", value="from 4.7 % residual excitation", source=_RISTE),
        Published(name="cooling through a driven cavity", value="", source=_MURCH),
        Published(name="charging of a qutrit by two tones", value="STIRAP", source=_HU),
    ),
    keys={},
    measured=(
        Measured(
            quantity="excitation left by an f0-g1 reset",
            value=0.2,
            unit="%",
            missing={"reset.kind": "f0-g1"},
            digits=1,
        ),
        Measured(
            quantity="level 0 after a driven reset, at least",
            value=99.5,
            unit="%",
            missing={"reset.kind": "ddrop"},
            digits=1,
        ),
        Measured(
            quantity="level 0 after post-selection",
            value=98.8,
            unit="%",
            missing={"reset.kind": "post-selected"},
            digits=1,
        ),
        Measured(
            quantity="cooling along an axis through a driven cavity",
            value=None,
            missing={"drive.resonator_rate_MHz": 1.0},
        ),
        Measured(
            quantity="energy of a charged qutrit",
            value=None,
            missing={"charging.sequence": "two tones"},
        ),
    ),
    remark="The last two have no number here: nothing was read off their figures.",
)
