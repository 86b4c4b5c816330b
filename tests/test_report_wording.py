"""How the report writes numbers and cleans drawings."""

import numpy as np
import pytest
from scipy.stats import binomtest

from analysis.report.formatting import (
    grouped,
    key_and_unit,
    number,
    sentence,
    setting_text,
    sigmas,
    typeset,
    value_text,
    with_interval,
)
from analysis.report.html import inline_svg
from analysis.report.run_data import counts_to_frequency


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (-0.1234, 3, "−0.123"),
        (0.0, 2, "0.00"),
        (-0.0001, 2, "0.00"),
        (None, 3, "–"),
        (12.0, 0, "12"),
    ],
)
def test_number_has_a_true_minus_and_no_negative_zero(
    value: float | None, decimals: int, text: str
) -> None:
    """Numbers are rounded as asked, with a typographic minus, and null is a dash."""
    assert number(value, decimals) == text


@pytest.mark.parametrize(
    ("estimate", "texts"),
    [
        ((0.123456, 0.111, 0.136), ("0.123", "0.111 to 0.136")),
        ((0.5, 0.494, 0.506), ("0.500", "0.494 to 0.506")),
        ((-20.0, -150.0, 110.0), ("−20", "−150 to 110")),
        ((1.0, 1.0, 1.0), ("1.000", "1.000 to 1.000")),
        ((0.25, None, None), ("0.250", "–")),
        ((None, None, None), ("–", "–")),
    ],
)
def test_interval_decides_the_digits(
    estimate: tuple[float | None, float | None, float | None], texts: tuple[str, str]
) -> None:
    """A value is written to the digit that its interval deserves, and no further."""
    assert with_interval(*estimate) == texts


@pytest.mark.parametrize(
    ("significance", "text"),
    [
        (12.34, "12.3 σ for the claim"),
        (-3.0, "3.0 σ against the claim"),
        (None, "significance unknown"),
    ],
)
def test_sigmas_name_their_side(significance: float | None, text: str) -> None:
    """A negative significance is said to speak against the claim."""
    assert sigmas(significance) == text


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("frequency_GHz", ("frequency", "GHz")),
        ("t1_us", ("T1", "µs")),
        ("g_on_MHz", ("g, open", "MHz")),
        ("p1_given_0", ("P(1 | 0)", "")),
        ("fock_levels", ("Fock levels", "")),
        ("max_modes", ("max modes", "")),
        ("times_ns", ("times", "ns")),
        ("rounds", ("rounds", "")),
        ("pulse", ("pulse", "")),
        ("pulse_ns", ("pulse length", "ns")),
    ],
)
def test_key_gives_words_and_unit(key: str, expected: tuple[str, str]) -> None:
    """The unit at the end of a key is split off; the rest becomes words."""
    assert key_and_unit(key) == expected


@pytest.mark.parametrize(
    ("key", "value", "text"),
    [("rise_ns", 1.0, "1 ns"), ("late_window_ns", "auto", "auto"), ("levels", 3, "3")],
)
def test_setting_has_its_unit_only_after_a_number(key: str, value: object, text: str) -> None:
    """A word such as "auto" is given no unit."""
    assert setting_text(key, value)[1] == text


@pytest.mark.parametrize(
    ("plain", "printed"),
    [
        ("0.8 hbar w_q/ns", "0.8 ħω/ns"),
        ("-0.018 +- 0.018", "−0.018 ± 0.018"),
        ("J = dE/dt - P", "J = dE/dt − P"),
        ("z = -1, (-0.7)", "z = −1, (−0.7)"),
        ("the 0-1 coherence, 1e-10, numpy-2, F(t)-1", "the 0-1 coherence, 1e-10, numpy-2, F(t)-1"),
    ],
)
def test_plain_text_is_typeset(plain: str, printed: str) -> None:
    """Units and signs of terminal text get their printed form; names and ranges keep theirs."""
    assert typeset(plain) == printed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the fit is good", "The fit is good."),
        ("a photon is left.", "A photon is left."),
        ("x is zero", "x is zero."),
        ("J < 0 early", "J < 0 early."),
        ("0.8 hbar w_q left", "0.8 ħω left."),
        ("", ""),
    ],
)
def test_statement_becomes_a_sentence(text: str, expected: str) -> None:
    """A statement begins with a capital, unless with a symbol, and ends with a stop."""
    assert sentence(text) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "yes"),
        (False, "no"),
        (5.0, "5"),
        (-0.25, "−0.25"),
        (1e-10, "1e-10"),
        (float("inf"), "infinite"),
        (3, "3"),
        (["x", "y"], "x, y"),
        (list(range(13)), "0 … 12 (13 values)"),
        ("auto", "auto"),
    ],
)
def test_values_of_the_experiment_read_well(value: object, text: str) -> None:
    """Truth values are words, long lists are cut, numbers keep their digits."""
    assert value_text(value) == text


def test_counts_are_grouped_by_thousands() -> None:
    """Large counts are broken by a narrow space that no line break can enter."""
    assert grouped(1234567) == "1\u202f234\u202f567"


@pytest.mark.parametrize(("ones", "shots"), [(0, 50), (3, 50), (50, 50), (397, 10000)])
def test_frequency_interval_is_wilson_s(ones: int, shots: int) -> None:
    """Frequencies and their 95 % limits agree with scipy's Wilson interval."""
    value, low, high = counts_to_frequency(np.array([ones]), np.array([shots]))
    known = binomtest(ones, shots).proportion_ci(0.95, method="wilson")
    assert value[0] == ones / shots
    np.testing.assert_allclose([low[0], high[0]], [known.low, known.high], atol=1e-12)


def test_frequency_without_shots_is_unknown() -> None:
    """No shots give NaN, not a division error and not a zero."""
    assert np.isnan(counts_to_frequency(np.array([0]), np.array([0]))).all()


RAW = """<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt" height="5pt" viewBox="0 0 10 5">
 <metadata><x>http://example.org</x></metadata>
 <defs><style type="text/css">*{stroke: red}</style></defs>
 <g id="unused"><path id="m1" d="M 0.12345 -0.00001
L 1 2" style="stroke: #0000aa"/></g>
 <g clip-path="url(#p1)"><use xlink:href="#m1" x="1.23456"/></g>
 <text style="font-size: 8px; font-family: 'Some Sans'; text-anchor: end">0.00012345</text>
 <defs><clipPath id="p1"><rect/></clipPath></defs>
</svg>"""


def test_svg_becomes_a_fragment_of_its_own() -> None:
    """Only what is drawn remains; identifiers are prefixed, colours handed to the page."""
    text = inline_svg(RAW, prefix="a", label="x < y", colours={"#0000aa": "var(--blue)"})
    assert text == (
        '<svg viewBox="0 0 10 5" role="img" aria-label="x &lt; y">'
        '<g><path id="a-m1" d="M 0.12 0 L 1 2" style="stroke: var(--blue)"/></g>'
        '<g clip-path="url(#a-p1)"><use href="#a-m1" x="1.23"/></g>'
        '<text style="font-size: 8px; text-anchor: end">0.00012345</text>'
        '<defs><clipPath id="a-p1"><rect/></clipPath></defs></svg>'
    )
