"""The figures and the ledger of Wang et al.: shapes, verdicts, and key numbers found otherwise."""

import numpy as np
import pytest
from scipy.linalg import expm

from analysis.papers.library import PAPERS
from analysis.papers.wang.flows import energy_by_source, particle_flows
from analysis.papers.wang.model import Wang

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
    "W7": "holds only if Delta > 0, mu_1 - mu_2",
    "W8": "holds only if Redfield",
    "W9": "holds only if Eq. 10 read literally, T from 0.2 to 1 or Lindblad, T from 0.2 "
    "to 1 or Lindblad, T from 0.2 to 2",
    "W11": "holds only if mu = -4 or mu = -2 or mu = 4",
    "W12": "holds",
    "W13": "holds only if half each or charger detuned alone or Eq. 10 read literally or "
    "secular or Lindblad",
    "W14": "holds only if charger detuned alone or half each, |Delta mu| <= 20, |Delta| <= 3.5",
    "W15": ALL_BUT_LINDBLAD,
    "W16": "holds",
    "W17": ALL_BUT_LINDBLAD,
    "W19": "holds",
    "W20": "holds only if Delta mu = 0, |Delta| <= 5 or Delta mu = 0, |Delta| <= 3 or "
    "Delta mu = 4 or all three pooled, |Delta| <= 3",
    "W21": "holds only if mu from -4 to 4 at T = 1, tau = 20000 or T from 0.2 to 4 at mu ="
    " 0, tau = 20000",
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
    "W30": "holds only if on resonance, mu from -4 to 4, tau = 20000 or at mu = 0, |Delta| <= 5, "
    "best tau up to 20",
}
MARKS = {  # y or n for each reading, in the order of the ledger
    "W6": "nnnnyynynnnnyyyyyy",
    "W10": "nnyyyyy",
    "W18": "yyyyyyyyyyyn",
    "W22": "nnyynnnnnnnnnnyynnyynnyy",
    "W31": "yyyyyyyyyyyyyyyyyyyyyyyy",
    "W32": "nnnnnnyynnnn",
    "W33": "yyyn",
    "W34": "nynynyyy",
    "W35": "nnnyyn",
    "W36": "ynyyyn",
    "W37": "yynynn",
    "W38": "nnnnnn",
    "W39": "yynn",
    "W40": "nnnnnn",
    "W41": "ynyn",
    "W42": "yyny",
    "W43": "nynyny",
    "W44": "yyyyyyyyy",
    "W45": "yyyyyyyyyyynyyyyyyyyyyny",
    "W46": "ynn",
    "W47": "nnnnnn",
    "W48": "yyyyyyyyyyyyyyyy",
    "W49": "nnyynnyynnnnnnnn",
    "W50": "nnnnnn",
    "W51": "yyyyy",
    "W52": "ynynyyyy",
}
BY_KEY = {claim.key: claim for claim in CLAIMS}


def number(key, name):
    """The number of one reading of a claim."""
    readings = BY_KEY[key].compute().readings
    return next(reading.number for reading in readings if reading.name == name)


KEYS = sorted([*VERDICTS, *MARKS], key=lambda key: int(key[1:]))


@pytest.mark.parametrize("key", KEYS)
def test_verdicts(key):
    """What each claim comes to under all its readings."""
    found = BY_KEY[key].compute()
    if key in VERDICTS:
        assert found.verdict == VERDICTS[key]
    else:
        assert "".join("ny"[reading.holds] for reading in found.readings) == MARKS[key]


def test_particles_are_conserved():
    """What the reservoirs bring is what i [H, N], the drive, takes; each of them brings some."""
    axes = {"detuning": np.array([-3.0, 0.5, 2.0]), "potential_difference": np.array([-4.0, 4.0])}
    model = Wang(mean_potential=1.0)
    flows = particle_flows(model, axes)
    raised = np.kron([[0, 0], [1, 0]], np.eye(2))
    created = 1j * model.drive / 2 * (raised.T - raised)  # i [H, N]
    by_drive = np.einsum("ij,...ji->...", created, model.states(axes)).real
    np.testing.assert_allclose(flows.sum(axis=0), -by_drive, atol=1e-10)
    assert np.abs(flows).min() > 1e-6


def test_sources_of_the_battery_s_energy_add_up():
    """W34: coupling and reservoirs together are the energy since the start."""
    model = Wang(detuning=1.0, mean_potential=2.0, potential_difference=4.0)
    energy = float(model.simulate(np.array([0.0, 7.0])).energy_gain[-1])
    assert energy_by_source(model, 7.0).sum() == pytest.approx(energy, rel=1e-3)


def test_passive_energy_without_correlations_is_the_fermi_function():
    """W46: the battery alone, 1 lambda above the drive, has n of its reservoir at that energy."""
    for mean in (-6.0, 0.0, 2.0):
        filled = 1 / (np.exp(1.0 - mean) + 1)
        found = number("W46", f"mean potential {mean:g}")
        assert found == pytest.approx(min(filled, 1 - filled), abs=1e-9)


def test_levels_shift_by_the_coupling_and_the_drive():
    """W35 on resonance without a drive: the middle levels part by lambda."""
    assert number("W35", "the coupling, Delta = 0") == pytest.approx(
        np.abs(
            np.linalg.eigvalsh(np.kron([[0, 0.25], [0.25, 0]], np.eye(2)) + EXCHANGE)
            - np.array([-0.25, -0.25, 0.25, 0.25])
        ).max()
    )


EXCHANGE = np.array([[0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]])


def test_every_claim_has_its_verdict_here_and_its_figure():
    """The table above is complete, and each command names a figure that exists."""
    assert list(BY_KEY) == KEYS
    assert {claim.figure for claim in CLAIMS if claim.figure} <= set(FIGURES)


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
