"""Every discretisation converges at its order, and what has not converged does not pass."""

import numpy as np
import pytest
from devices import experiment_of, lossless
from oracles import (
    DenseDevice,
    DisplacedJaynesCummings,
    bloch,
    ground_state,
    integrate_rotating,
)
from oracles.conversions import mhz

from cqed_battery import Experiment
from cqed_battery.dynamics import convergence
from cqed_battery.dynamics.convergence import (
    TOP_LEVEL_LIMIT,
    ConvergenceError,
    check_state,
    initial_fock_levels,
)
from protocols.prediction.predict import predict


@pytest.mark.parametrize(("g", "rabi"), [(50.0, 50.0), (100.0, 20.0), (15.0, 50.0), (50.0, 0.0)])
def test_automatic_fock_levels_leave_the_highest_empty(g, rabi):
    """The highest level stays below 1e-6, as the sentence says, and the photons are right."""
    experiment = lossless(coupler__g_on_MHz=g, drive__rabi_rate_MHz=rabi, control__enabled=False)
    prediction = predict(experiment, 0.0)
    arm, fock = prediction.arms["catalysed"], prediction.fock
    assert arm.photons.shape[1] == fock.levels
    assert fock.top == arm.photons[:, -1].max() < TOP_LEVEL_LIMIT
    assert fock.statement == (
        f"{fock.levels} Fock levels; the highest holds at most {fock.top:.1e}"
    )
    oracle = DisplacedJaynesCummings(g_MHz=g, rabi_rate_MHz=rabi)
    expected = oracle.photon_number(prediction.times)
    # what the last level would have passed on: at most its population times its photon number
    np.testing.assert_allclose(arm.photon_number, expected, rtol=0, atol=1e-6 * fock.levels)


def test_too_few_fock_levels_are_raised_and_said_so():
    """Levels asked for that hold too much are raised, and the sentence names both numbers."""
    experiment = lossless(resonator__fock_levels=3, charging__points=7)
    prediction = predict(experiment, 0.0)
    fock = prediction.fock
    assert fock.asked == 3 < fock.levels
    assert fock.top < TOP_LEVEL_LIMIT
    assert fock.statement.endswith("(raised from the 3 asked for, which held too much)")
    assert fock.statement.startswith(f"{fock.levels} Fock levels")


def test_enough_fock_levels_are_taken_as_asked_for():
    """Levels asked for that suffice are used, and the sentence says so."""
    fock = predict(lossless(resonator__fock_levels=17, charging__points=3), 0.0).fock
    assert (fock.levels, fock.asked) == (17, 17)
    assert fock.statement.startswith("17 Fock levels; ")
    assert fock.statement.endswith("(as asked for)")


def test_more_photons_than_can_be_afforded_are_refused(monkeypatch):
    """At the largest Fock space the error gives the population, the limit and three ways out."""
    monkeypatch.setattr(convergence, "_MOST_FOCK_LEVELS", 6)
    with pytest.raises(
        ConvergenceError,
        match=r"highest of 6 Fock levels still holds \d\.\de-0\d, but 1e-06 is the limit; "
        r"charge for a shorter time, drive less, or raise resonator.linewidth_MHz",
    ):
        predict(lossless(charging__points=3), 0.0)


def test_first_guess_of_the_levels_knows_the_closed_coupler():
    """Without coupling no photons are expected; with a weak one the time bounds their number."""
    assert initial_fock_levels(lossless(coupler__g_on_MHz=0.0)).levels == 7
    brief = lossless(coupler__g_on_MHz=5.0, charging__stop_ns=1.0)
    assert initial_fock_levels(brief).levels < initial_fock_levels(lossless()).levels


def test_untrustworthy_states_are_refused():
    """A wrong trace or a negative population is an error that gives both and a way out."""
    photons = np.array([[0.75, 0.25]])
    sound = np.diag([0.75, 0.25]).astype(complex)
    check_state(sound, photons, "the test")
    wrong = r"state of the test cannot be trusted: its trace is off by {} .*{}; lower simulation"
    with pytest.raises(ConvergenceError, match=wrong.format("1.0e-03", "2.5e-01")):
        check_state(sound, photons + np.array([0.0, 1e-3]), "the test")
    with pytest.raises(ConvergenceError, match=wrong.format("0.0e.00", "-1.0e-03")):
        check_state(np.diag([1.001, -0.001]).astype(complex), photons, "the test")
    with pytest.raises(ConvergenceError, match=wrong.format("nan", "2.5e-01")):
        check_state(sound, photons * np.nan, "the test")


def test_clocked_rise_approaches_the_smooth_one_at_second_order():
    """Samples at the middles of clock periods miss the smooth rise by the period squared."""
    device = DenseDevice(levels=3, fock_levels=5)
    g, full, rise = mhz(50.0), 1j * mhz(20.0), 4.0
    smooth = integrate_rotating(
        device,
        ground_state(device),
        [0.0, 6.0],
        coupling=lambda t: g,
        drive=lambda t: full * np.sin(np.pi * min(t, rise) / (2 * rise)) ** 2,
        breaks_ns=[rise],
    )[-1]
    experiment = experiment_of(device).replace(
        {
            "drive.rabi_rate_MHz": 20.0,
            "drive.rise_ns": rise,
            "charging.times_ns": [6.0],
            "reset.resonator_photons": 0.0,
            "tomography.pulse": "none",
            "vacuum.method": "none",
            "control.enabled": False,
        }
    )
    clocks, errors = np.array([1.0, 2.0, 4.0, 8.0]), []
    for clock in clocks:
        prediction = predict(experiment.replace({"drive.clock_GHz": float(clock)}), 0.0)
        arm = prediction.arms["catalysed"]
        errors.append(abs(arm.bloch[0] - bloch(device, smooth)).max())
    order = -np.polyfit(np.log(clocks), np.log(errors), 1)[0]
    assert order == pytest.approx(2.0, abs=0.3)


def test_tolerance_of_the_solver_is_kept():
    """Over a whole charging the states stay within the stated tolerance of much finer ones."""
    experiment = Experiment().replace({"vacuum.method": "none", "charging.points": 13})
    finest = predict(experiment.replace({"simulation.tolerance": 1e-14}))
    for tolerance in (1e-8, 1e-10):
        found = predict(experiment.replace({"simulation.tolerance": tolerance}))
        miss = abs(found.arms["catalysed"].bloch - finest.arms["catalysed"].bloch).max()
        assert 0.0 < miss < 10 * tolerance
