"""The readout's shift from coupling, detuning and anharmonicity, and where it holds."""

import numpy as np
import pytest

from cqed_battery import Experiment
from cqed_battery.experiment import ExperimentError


def with_coupling(**changes):
    values = {"dispersive.g_MHz": 80.0, "dispersive.detuning_MHz": 1600.0}
    return Experiment().replace(
        values | {key.replace("__", "."): value for key, value in changes.items()}
    )


def resonator_moves(g, detuning, alpha, levels):
    """E(j, one photon) - E(j, none) - w_r of the dressed ladder, by diagonalisation, in MHz."""
    fock = 3
    b = np.kron(np.diag(np.sqrt(np.arange(1.0, levels)), 1), np.eye(fock))
    a = np.kron(np.eye(levels), np.diag(np.sqrt(np.arange(1.0, fock)), 1))
    number = b.T @ b
    bare = alpha / 2 * number @ (number - np.eye(len(number))) + detuning * a.T @ a
    energies, vectors = np.linalg.eigh(bare + g * (b.T @ a + a.T @ b))

    def dressed(level, photons):
        return energies[np.argmax(np.abs(vectors[level * fock + photons]))]

    return [dressed(j, 1) - dressed(j, 0) - detuning for j in range(3 if levels > 2 else 2)]


@pytest.mark.parametrize(("detuning", "levels"), [(1600.0, 2), (1600.0, 3), (-1500.0, 4)])
def test_the_shift_is_that_of_the_dressed_ladder(detuning, levels):
    """To second order in g/Delta: at g = 20 MHz within 0.4 % of a diagonalised ladder."""
    found = with_coupling(
        dispersive__g_MHz=20.0, dispersive__detuning_MHz=detuning, transmon__levels=levels
    ).dispersive
    moves = resonator_moves(20.0, detuning, -250.0, 5 if levels > 2 else 2)
    middle = (moves[0] + moves[1]) / 2
    assert found.chi_MHz == pytest.approx((moves[0] - moves[1]) / 2, rel=0.004)
    if levels > 2:
        assert found.chi_leaked_MHz == pytest.approx(moves[2] - middle, rel=0.004)


def test_the_shift_is_kochs_formula():
    """g^2 |alpha| / (|Delta| (|Delta| + |alpha|)) for a transmon below its resonator."""
    expected = 80.0**2 * 250.0 / (1600.0 * 1850.0)
    assert with_coupling().dispersive.chi_MHz == pytest.approx(expected, rel=1e-12)


def test_the_saved_file_shows_what_follows_and_reads_back_equal():
    """g and Delta stay the keys; chi stands beside them; a stated chi takes their place."""
    file = with_coupling()
    chi = repr(file.dispersive.chi_MHz)
    assert f"# chi_MHz = {chi}" in file.to_toml()
    assert Experiment.from_text(file.to_toml()) == file
    stated = file.replace({"dispersive.chi_MHz": 2.0}).dispersive
    assert (stated.g_MHz, stated.chi_MHz) == (None, 2.0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"dispersive__detuning_MHz": 700.0}, "at least 10 dispersive.g_MHz = 800 from 0"),
        ({"dispersive__photons": 120.0}, "must be at most Delta"),
        (
            {"dispersive__detuning_MHz": -900.0, "transmon__anharmonicity_GHz": -1.2},
            "where levels 0 and 1 change sides",
        ),
        ({"dispersive__detuning_MHz": None}, "must be given with dispersive.g_MHz"),
    ],
)
def test_where_no_chi_follows_the_file_is_refused(changes, sentence):
    """Too near, too many photons, levels in another order, half of the pair."""
    with pytest.raises(ExperimentError, match=sentence):
        with_coupling(**changes)


def test_both_the_shift_and_what_it_follows_from_are_refused():
    """One of them is enough."""
    with pytest.raises(ExperimentError, match="but both are given"):
        Experiment.from_text("[dispersive]\ng_MHz = 80\ndetuning_MHz = 1600\nchi_MHz = 1\n")
