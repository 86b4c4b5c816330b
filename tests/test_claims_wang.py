"""The figures and the ledger of Wang et al.: shapes, verdicts, and key numbers found otherwise."""

import numpy as np
import pytest
from scipy.linalg import expm

from analysis.papers.library import PAPERS

CLAIMS, FIGURES = PAPERS["W"].claims, PAPERS["W"].figures
ALL_BUT_LINDBLAD = (
    "holds only if half each or charger detuned alone or battery detuned alone "
    "or Eq. 10 read literally or secular"
)
VERDICTS = {
    "W1": "holds only if chi_ji chi_nm meant",
    "W2": "holds only if Eq. 27",
    "W3": "holds only if charger detuned alone or half each, |Delta| <= 5",
    "W4": "holds only if half each or charger detuned alone or battery detuned alone or "
    "secular or half each, |Delta| <= 3 or half each, |Delta| <= 5",
    "W5": "holds only if half each, mu_1 - mu_2 or charger detuned alone, mu_1 - mu_2 or "
    "battery detuned alone, mu_1 - mu_2 or Eq. 10 read literally, mu_1 - mu_2 or "
    "secular, mu_2 - mu_1 or Lindblad, mu_1 - mu_2 or half each, mu_1 - mu_2, "
    "|Delta| <= 5",
    "W6": "holds only if together, |Delta| <= 10, mu_1 - mu_2 or together, |Delta| <= 10,"
    " mu_2 - mu_1 or each, |Delta| <= 3, mu_2 - mu_1",
    "W7": "holds only if Delta > 0, mu_1 - mu_2",
    "W8": "holds only if Redfield",
    "W9": "holds only if Eq. 10 read literally, T from 0.2 to 1 or Lindblad, T from 0.2 "
    "to 1 or Lindblad, T from 0.2 to 2",
    "W10": "holds only if |mu| = 20",
    "W11": "holds only if mu = -4 or mu = -2 or mu = 4",
    "W12": "holds",
    "W13": "holds only if half each or charger detuned alone or Eq. 10 read literally or "
    "secular or Lindblad",
    "W14": "holds only if charger detuned alone or half each, |Delta mu| <= 20, |Delta| <= 3.5",
    "W15": ALL_BUT_LINDBLAD,
    "W16": "holds",
    "W17": ALL_BUT_LINDBLAD,
    "W18": "holds",
    "W19": "holds",
    "W20": "holds only if Delta mu = 0, |Delta| <= 5 or Delta mu = 0, |Delta| <= 3 or "
    "Delta mu = 4 or all three pooled, |Delta| <= 3",
    "W21": "holds only if mu from -4 to 4 at T = 1, tau = 20000 or T from 0.2 to 4 at mu ="
    " 0, tau = 20000",
    "W22": "holds only if mean potential 0, mu_2 - mu_1 or mean potential -6, mu_2 - mu_1 "
    "or charger detuned alone, mu_2 - mu_1 or battery detuned alone, mu_2 - mu_1",
    "W23": "holds only if steady states",
    "W24": "holds only if on resonance or |Delta| <= 4",
    "W25": "holds",
    "W26": "holds only if charger detuned alone or half each, |Delta| <= 3",
    "W27": "fails",
    "W28": "holds only if half each, Delta mu = -4 or half each, Delta mu = 4 or charger "
    "detuned alone, Delta mu = -4 or charger detuned alone, Delta mu = 4 or battery"
    " detuned alone, Delta mu = -4 or battery detuned alone, Delta mu = 4 or Eq. 10"
    " read literally, Delta mu = -4 or Eq. 10 read literally, Delta mu = 4 or "
    "secular, Delta mu = -4 or secular, Delta mu = 4 or Lindblad, Delta mu = -4 or "
    "Lindblad, Delta mu = 4 or half each, |Delta| <= 3, Delta mu = 4 or half each, "
    "|Delta| <= 5, Delta mu = 4",
    "W29": "holds only if mean potential -6, tau = 20000 or mean potential 6, tau = 20000 "
    "or mean potential 6, best tau up to 20",
}
BY_KEY = {claim.key: claim for claim in CLAIMS}


def number(key, name):
    """The number of one reading of a claim."""
    readings = BY_KEY[key].compute().readings
    return next(reading.number for reading in readings if reading.name == name)


@pytest.mark.parametrize("key", VERDICTS)
def test_verdicts(key):
    """What each claim comes to under all its readings."""
    assert BY_KEY[key].compute().verdict == VERDICTS[key]


def test_every_claim_has_its_verdict_here_and_its_figure():
    """The table above is complete, and each command names a figure that exists."""
    assert list(BY_KEY) == list(VERDICTS)
    assert {claim.command.rpartition(" ")[2] for claim in CLAIMS} <= set(FIGURES)


def test_efficiency_on_resonance_is_gibbs_s():
    """Equal reservoirs at mu = 0 give exp(-H/T): efficiency and Eq. 25's excess from that."""
    lower = np.array([[0, 0], [1, 0]])
    first, second = np.kron(lower, np.eye(2)), np.kron(np.eye(2), lower)
    gibbs = expm(-(first.T @ second + second.T @ first + (first + first.T) / 4))
    battery = np.trace((gibbs / np.trace(gibbs)).reshape(2, 2, 2, 2), axis1=0, axis2=2)
    energy = battery[0, 0]
    ergotropy = energy - np.linalg.eigvalsh(battery)[0]
    np.testing.assert_allclose(number("W2", "Eq. 27"), ergotropy / energy, rtol=1e-9)
    literal = (ergotropy + 0.5) / energy
    np.testing.assert_allclose(number("W2", "Eq. 25 with the energy of Eq. 26"), literal, rtol=1e-9)


def test_efficiency_saturates_at_one_over_root_five():
    """At low temperature and large potential the state is the lowest, or highest, level of H.

    With lambda = 1, F = 0.5: energy and ergotropy of the battery from that level alone.
    """
    axes = {"temperature": 0.2, "mean_potential": -10.0}
    found = FIGURES["3a"].compute(axes).efficiency.item()
    np.testing.assert_allclose(found, 1 / np.sqrt(5), rtol=1e-9)


@pytest.mark.parametrize("key", FIGURES)
def test_figures_are_finite_and_say_what_they_show(key):
    """Every family is drawn; coordinates and values carry names and units."""
    found = FIGURES[key].compute({})
    assert found.attrs["caption"]
    assert found.attrs["title"] == FIGURES[key].title
    assert len(found.data_vars) > 0
    for values in found.data_vars.values():
        assert np.isfinite(values).all()
        assert {"label", "panel", "axis", "style", "kind"} <= set(values.attrs)
        for name in values.dims:
            assert {"long_name", "units"} <= set(values[name].attrs)


def test_the_user_s_value_wins():
    """A change narrows the family that varies it, and reaches the model where none does."""
    found = FIGURES["5a"].compute({"potential_difference": 2.0}).efficiency
    assert found.potential_difference.values.tolist() == [2.0]
    map_ = FIGURES["4d"].compute({"equation": "secular", "mean_potential": 1.0})
    plain = FIGURES["4d"].compute({"mean_potential": 1.0})
    assert np.abs(map_.efficiency - plain.efficiency).max() > 0.01
    one = FIGURES["3b"].compute({"temperature": 1.0, "mean_potential": 0.0}).efficiency
    np.testing.assert_allclose(one.values, [[0.10483038810]], rtol=1e-9)
