"""Drawn bad input: every case ends in a result or one sentence, and nothing is left changed."""

import pytest
from fuzz import KINDS, campaign, draw_case
from fuzz.start import corpus


def said(summary) -> str:
    """The defects, each with the number that repeats it: `python -m fuzz NUMBER`."""
    return "\n".join(f"{found['number']}: {found['said'][:300]}" for found in summary.defects)


@pytest.mark.study
def test_a_number_is_always_the_same_case() -> None:
    """A failure can be repeated by its number, and every kind of case is drawn."""
    files = corpus()
    cases = [draw_case(number, files) for number in range(700)]
    assert {case.kind for case in cases} == set(KINDS)
    assert cases[17] == draw_case(17, files)


@pytest.mark.study
def test_some_cases() -> None:
    """Torn, extreme and hostile files and command lines: a result or a sentence with code 2."""
    found = campaign(range(120))
    assert found.cases == 120
    assert not found.defects, said(found)
    assert sum(outcomes["result"] for outcomes in found.outcomes.values()) > 12
    assert sum(outcomes["refused"] for outcomes in found.outcomes.values()) > 60


@pytest.mark.slow
def test_twenty_thousand_cases() -> None:
    """The same, a hundred times as many, none of them among these."""
    found = campaign(range(1000, 21_000))
    assert not found.defects, said(found)
