"""The whole transmon beside its qubit block: balances in closed form, and estimates that hold."""

from math import inf

import numpy as np
import pytest

import cqed_battery as cb
from protocols.prediction.predict import predict
from protocols.prediction.truth import arm_truth

CLOSED = cb.Experiment().replace(
    {
        "coupler.g_on_MHz": 0.0,
        "coupler.g_off_MHz": 0.0,
        "transmon.t1_us": inf,
        "transmon.dephasing_rate_MHz": 0.0,
        "drive.rise_ns": 0.0,
        "charging.stop_ns": 20.0,
        "charging.points": 41,
        "vacuum.method": "none",
        "control.enabled": False,
    }
)


def truth(changes):
    return cb.emulate(CLOSED.replace(changes))["truth"].sel(arm="catalysed")


@pytest.mark.parametrize(
    ("rabi", "levels", "detuning"), [(50.0, 3, 0.0), (100.0, 5, 0.0), (60.0, 4, 35.0)]
)
def test_what_a_closed_transmon_keeps_is_the_drives_energy(rabi, levels, detuning):
    """Without coupling and losses S of the ladder is minus the change of <H_drive>, exactly."""
    found = truth(
        {
            "drive.rabi_rate_MHz": rabi,
            "transmon.levels": levels,
            "drive.frequency_GHz": 5.0 + 1e-3 * detuning,
        }
    )
    heat, drive = found.ladder_heat_integral.values, found.drive_energy.values
    assert np.abs(heat + drive - drive[0]).max() < 1e-9
    if not detuning:  # the block's S is the leakage's, ten times as much
        assert np.abs(found.heat_integral + found.leakage / 2).max() < 2e-3
        assert np.abs(heat).max() < 0.2 * np.abs(found.heat_integral).max()


def test_losses_and_coupling_balance():
    """With T1, a warm bath, coupling and detuning the block's S and the ladder's agree at 2 levels.

    Two levels have no ladder; then E, W and S are the same by two ways of counting.
    """
    changes = {
        "transmon.levels": 2,
        "transmon.t1_us": 2.0,
        "transmon.residual_excitation": 0.05,
        "transmon.dephasing_rate_MHz": 0.5,
        "coupler.g_on_MHz": 20.0,
        "drive.frequency_GHz": 5.01,
    }
    found = truth(changes)
    assert np.abs(found.ladder_energy - found.energy).max() < 1e-12
    assert np.abs(found.ladder_ergotropy - found.ergotropy).max() < 1e-9
    # the jump of the drive at the start does work on y, which no quantum pays for
    assert np.abs(found.ladder_heat_integral - found.heat_integral).max() < 1e-5
    assert np.abs(found.heat_integral).max() > 0.1


def test_ergotropy_of_three_levels_is_that_of_their_passive_state():
    """Against the passive state of the emulated transmon, sorted by hand."""
    prediction = predict(CLOSED.replace({"drive.rabi_rate_MHz": 100.0}))
    states, energies = prediction.arms["catalysed"].transmon, np.array([0.0, 1.0, 2.0 - 0.05])
    by_hand = [
        np.diag(state).real @ energies - np.sort(np.linalg.eigvalsh(state))[::-1] @ energies
        for state in states
    ]
    found = arm_truth(prediction.experiment, prediction, "catalysed")
    np.testing.assert_allclose(found["ladder_ergotropy"], by_hand, rtol=0, atol=1e-12)
    assert np.abs(found["ladder_ergotropy"] - found["ergotropy"]).max() > 0.01


def test_estimates_of_the_ladder_hold_the_truth():
    """Energy, ergotropy and S of all levels lie in their intervals; the block's S is another."""
    experiment = cb.Experiment().replace(
        {
            "drive.rabi_rate_MHz": 100.0,
            "transmon.levels": 4,
            "coupler.g_on_MHz": 0.0,
            "charging.stop_ns": 20.0,
            "charging.points": 41,
            "tomography.shots": 20_000,
            "vacuum.method": "none",
            "control.enabled": False,
        }
    )
    dataset = cb.emulate(experiment)
    results, true = cb.analyse(dataset), dataset["truth"].sel(arm="catalysed")
    ladder = results.arms["catalysed"].whole_ladder
    for name in ("energy", "ergotropy", "heat_integral"):
        whole = true[f"ladder_{name}"].values
        inside = (ladder[name].ci_low - 1e-9 <= whole) & (whole <= ladder[name].ci_high + 1e-9)
        assert inside.mean() > 0.85, name
    late = slice(10, None)
    block = results.arms["catalysed"].heat_integral
    assert (block.ci_high < true.ladder_heat_integral.values)[late].mean() > 0.3
    drive = ladder["drive_energy"].value
    assert np.abs(drive - true.drive_energy.values).max() < 1e-3


def test_two_levels_have_no_ladder():
    """Nothing is said of levels that the model does not have, nor without a model."""
    for changes in ({"transmon.levels": 2}, {"analysis.correction": "none"}):
        experiment = CLOSED.replace({"charging.points": 7, **changes})
        assert cb.analyse(cb.emulate(experiment)).arms["catalysed"].whole_ladder is None
