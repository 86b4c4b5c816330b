"""Assignment errors from calibration counts: values, standard errors and refusals."""

import numpy as np
import pytest
from oracles import reads_one

from analysis.estimators.state.assignment import assignment_from
from cqed_battery.files.datasets import DatasetError


def rows(one_in_0: int, zero_in_1: int, shots: int) -> np.ndarray:
    """Calibration counts: prepared 0 and 1 by outcome 0 and 1."""
    return np.array([[shots - one_in_0, one_in_0], [zero_in_1, shots - zero_in_1]])


def test_errors_are_the_wrong_fractions():
    """P(1|0) comes from the wrong outcomes of the prepared 0, P(0|1) from those of the 1."""
    found = assignment_from(rows(12, 81, 1000))
    assert (found.p1_given_0, found.p0_given_1) == (0.012, 0.081)
    assert found.contrast == pytest.approx(1 - 0.012 - 0.081)


def test_each_row_has_its_own_shots():
    """Unequal numbers of calibration shots give each error its own standard error."""
    found = assignment_from(np.array([[90, 10], [1000, 9000]]))
    assert (found.p1_given_0, found.p0_given_1) == (0.1, 0.1)
    assert found.p1_given_0_std / found.p0_given_1_std == pytest.approx(10, rel=0.02)


@pytest.mark.study
def test_standard_errors_are_the_scatter():
    """Repeated calibrations scatter as stated, and not as the other level's error would."""
    rng, runs, shots, wrong = np.random.default_rng(1), 20_000, 1000, (0.01, 0.04)
    drawn = rng.binomial(shots, wrong, size=(runs, 2))
    found = [assignment_from(rows(*pair, shots)) for pair in drawn]
    scatter = np.std([(a.p1_given_0, a.p0_given_1) for a in found], axis=0)
    stated = np.sqrt(np.mean([(a.p1_given_0_std**2, a.p0_given_1_std**2) for a in found], axis=0))
    # Half a count added to 10 raises the variance by 5 %; a deviation of 20000 runs has 0.5 %.
    room = 0.5 * 0.5 / (shots * np.array(wrong)) + 5 / np.sqrt(2 * runs)
    assert (np.abs(stated / scatter - 1) < room).all()
    assert not (np.abs(stated[::-1] / scatter - 1) < room).any()


def test_no_counted_error_is_not_no_error():
    """A calibration without a single wrong outcome still has an uncertainty, of order 1/N."""
    found = assignment_from(rows(0, 0, 400))
    assert found.p1_given_0 == found.p0_given_1 == 0.0
    assert 0.5 / 400 < found.p1_given_0_std < 3 / 400


def test_frequency_is_what_the_readout_makes_of_a_probability():
    """The frequency of outcome 1 follows the assignment errors, as an independent map says."""
    found, excited = assignment_from(rows(10, 40, 1000)), np.linspace(0, 1, 5)
    expected = reads_one(np.stack([1 - excited, excited], axis=-1), 0.01, 0.04)
    np.testing.assert_allclose(found.frequency(excited), expected, rtol=1e-14)


@pytest.mark.parametrize("level", [0, 1])
def test_an_empty_calibration_row_is_refused(level):
    """Without shots of a prepared level the message names that level."""
    counts = rows(10, 40, 1000)
    counts[level] = 0
    with pytest.raises(DatasetError, match=f"prepared level {level} are empty"):
        assignment_from(counts)


@pytest.mark.parametrize(
    ("one_in_0", "zero_in_1", "shots"),
    [(500, 500, 1000), (960, 990, 1000), (480, 470, 1000), (2, 2, 5)],
    ids=["blind", "swapped", "not significant", "too few shots"],
)
def test_a_readout_that_does_not_tell_the_levels_is_refused(one_in_0, zero_in_1, shots):
    """A contrast that is not clearly positive is refused with both errors in the message."""
    with pytest.raises(DatasetError, match=r"P\(1\|0\) = .*(tells? level 1 from 0|swapped)"):
        assignment_from(rows(one_in_0, zero_in_1, shots))


def test_a_poor_readout_that_tells_the_levels_is_accepted():
    """A contrast of 0.1 is refused only where it is not known well enough."""
    assert assignment_from(rows(4500, 4500, 10_000)).contrast == pytest.approx(0.1)
