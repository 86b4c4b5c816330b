"""The global fit: likelihood, slopes, covariance, priors, boundaries and goodness."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from devices import lossless
from sampled import dataset
from scipy.stats import binom, chi2
from small_fits import exact_counts, fits, laboratory, small

from analysis.data.inputs import read_inputs
from analysis.estimators.global_fit import (
    Counts,
    ForwardModel,
    choose,
    default_parameters,
    device,
    fit_counts,
    goodness,
    resonator_test,
    with_priors,
)
from analysis.estimators.global_fit.likelihood import LinearModel
from analysis.estimators.global_fit.model.parameters import (
    COUPLING,
    CURVED,
    DRIFTS,
    NOISE,
    PULSE_PHASE,
    RABI,
    READOUT,
    RESONATOR_DETUNING,
    T1,
    TRANSMON_DETUNING,
)
from analysis.estimators.global_fit.model.response import QUANTITIES
from analysis.validation.devices.scenarios import this_device
from analysis.validation.repeats.estimators import fit_run
from analysis.validation.repeats.simulated_runs import SimulatedRuns
from cqed_battery.experiment import Experiment
from cqed_battery.units import angular_from_mhz
from protocols.faults.simulated import simulate
from protocols.prediction.predict import predict
from protocols.settings.settings import Settings


def test_deviance_is_that_of_binomials():
    """-2 log likelihood over that of the counts' own frequencies, counts of 0 and N included."""
    ones, shots = np.array([0, 3, 10, 10]), np.array([10, 10, 10, 40])
    frequency = np.array([0.1, 0.5, 0.9, 0.3])
    own = binom.logpmf(ones, shots, ones / shots)
    expected = -2 * (binom.logpmf(ones, shots, frequency) - own).sum()
    assert Counts(ones, shots).deviance(frequency) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("name", [p.name for p in default_parameters(Experiment())])
def test_slopes_are_those_of_another_step(name):
    """Frequencies and quantities change as central differences of a tenfold step say."""
    lab = laboratory(1000)
    model, theta = lab.model, lab.theta
    index = [p.name for p in model.free].index(name)
    move = np.zeros(len(theta))
    move[index] = 10 * model.free[index].step if name not in READOUT else 1e-3

    def seen(values):
        response = model.response(values)
        curves = [response.quantities["catalysed"][q].ravel() for q in QUANTITIES]
        return model.frequency(values, response.probability), np.concatenate(curves)

    at = model.response(theta)
    slope = model.slope(theta, at)
    found = model.frequency_slope(theta, at, slope)[:, index]
    curves = [slope.quantities["catalysed"][q][..., index].ravel() for q in QUANTITIES]
    pairs = zip(seen(theta + move), seen(theta - move), strict=True)
    frequency, quantities = ((up - down) / (2 * move[index]) for up, down in pairs)
    np.testing.assert_allclose(found, frequency, atol=3e-4 * np.abs(frequency).max() + 1e-9)
    room = 3e-4 * np.abs(quantities).max() + 1e-9
    np.testing.assert_allclose(np.concatenate(curves), quantities, atol=room)


@pytest.mark.parametrize("prior", [0.1, 0.0])
def test_a_stated_spread_is_in_the_model_from_the_start(prior):
    """At its start the model gives what the emulator averages over the transmon's own spread."""
    experiment = small(transmon__frequency_noise_MHz=1.5, priors__frequency_noise_MHz=prior)
    free = default_parameters(experiment)
    model = ForwardModel(experiment, free)
    found = model.response(model.start()).probability
    settings = Settings(experiment)
    emulated = settings.probabilities(simulate(experiment).prediction)
    quiet = settings.probabilities(predict(experiment))
    moved = np.abs(emulated - quiet).max()
    assert moved > 5e-3
    np.testing.assert_allclose(found, emulated, atol=0.02 * moved)
    assert next(p for p in free if p.name == NOISE).start == pytest.approx(1.5**2)


def test_energy_rate_is_the_derivative_of_the_energy():
    """dE/dt of the model is what differences of E over 0.02 ns say, and the sum of P and J."""
    times = (5.0, 5.01, 5.02, 8.0, 8.01, 8.02)
    experiment = Experiment().replace({"charging.times_ns": times, "vacuum.method": "none"})
    model = ForwardModel(experiment, default_parameters(experiment))
    found = model.response(model.start()).quantities["catalysed"]
    slope = (found["energy"][[2, 5]] - found["energy"][[0, 3]]) / 0.02
    np.testing.assert_allclose(found["energy_rate"][[1, 4]], slope, rtol=1e-4)
    np.testing.assert_allclose(found["energy_rate"], found["power"] + found["heat_current"])


def test_bound_of_the_rabi_rate_in_closed_form():
    """Two levels, no loss, square drive: each setting of y and z tells N t^2 of the Rabi rate."""
    shots, times = 400, np.linspace(1.0, 9.0, 5)
    experiment = lossless(
        coupler__g_on_MHz=0.0,
        control__enabled=False,
        drive__rabi_rate_MHz=20.0,
        charging__times_ns=tuple(times),
        readout__p1_given_0=0.0,
        readout__p0_given_1=0.0,
        resonator__fock_levels=2,
    )
    free = with_priors(choose(default_parameters(experiment), (RABI,)), {RABI: np.inf})
    model = ForwardModel(experiment, free)
    found = fit_counts(model, exact_counts(model, model.start(), shots))
    expected = 1 / np.sqrt(2 * shots * (times**2).sum())
    assert angular_from_mhz(found.value(RABI)[1]) == pytest.approx(expected, rel=0.02)


def test_exact_counts_give_the_truth_back():
    """From wrong starts, with 10^8 shots a setting and flat priors, every parameter is found.

    The pulses' phase is told from the drive's by its prior alone, T1 and drifts hardly at all.
    """
    lab = laboratory(1000)
    apart = (*CURVED, *DRIFTS, PULSE_PHASE, T1)
    kept = tuple(p for p in lab.model.free if p.name not in apart)
    flat = with_priors(kept, {p.name: np.inf for p in kept})
    model = ForwardModel(lab.model.experiment, flat)
    shift = np.where([p.name in (COUPLING, RABI) for p in flat], 0.4, 0.0)
    true = model.start() + shift
    found = fit_counts(model, exact_counts(model, true, 10**8))
    pulls = (found.theta - true) / found.std
    assert np.abs(pulls).max() < 0.5
    assert found.deviance < found.settings / 100
    assert np.abs(shift / found.std).max() > 100


def test_covariance_is_that_of_weighted_least_squares_with_priors():
    """The inverse information is the scatter of solved linear problems, priors drawn anew."""
    rng = np.random.default_rng(4)
    slope, factor = rng.standard_normal((30, 3)), rng.uniform(1.0, 3.0, 30)
    precision = np.array([0.0, 40.0, 2.0])
    linear = LinearModel.of(slope, factor, precision)
    wide = np.array([np.inf, 1.0, 1.0])
    steps = []
    for _ in range(4000):
        residual = np.concatenate([rng.standard_normal(30), rng.standard_normal(3)])
        residual[-3] = 0.0  # nothing is known of the first
        steps.append(linear.step(residual, -wide * np.inf, wide * np.inf))
    # A covariance of 4000 draws is known to 1 / sqrt(4000) = 1.6 % of the standard errors; four.
    scale = np.sqrt(np.diag(linear.covariance))
    difference = (np.cov(np.transpose(steps)) - linear.covariance) / np.outer(scale, scale)
    assert np.abs(difference).max() < 0.065


def test_what_counts_do_not_tell_stays_as_uncertain_as_its_prior():
    """Two parameters of which counts tell the sum alone, 1e9 times as well as their prior does."""
    told = np.array([[1.0, 1.0], [1.0, 1.0]])
    linear = LinearModel.of(told, np.full(2, 1e9), np.ones(2))
    # The difference has the prior's variance 2; the sum next to none.
    np.testing.assert_allclose(linear.covariance, [[0.5, -0.5], [-0.5, 0.5]], rtol=1e-6)
    assert np.linalg.eigvalsh(linear.covariance).min() > -1e-15


@pytest.mark.study
@pytest.mark.parametrize("shots", [50, 1000])
def test_covariance_is_the_scatter_of_fits(shots):
    """Over 300 runs the fitted parameters scatter about the truth as the covariance says."""
    found = fits(shots, 300)
    bound = laboratory(shots, True).bounds()["parameters.all"]
    error = np.array([one.theta for one in found]) - laboratory(shots, True).theta
    inner = [n for n, p in enumerate(found[0].parameters) if p.low < 0 or bound[n] < p.start / 4]
    assert len(inner) > 5
    # A scatter of 300 runs is known to 4 %; four of them. Near a boundary it must be less.
    np.testing.assert_allclose(error[:, inner].std(axis=0) / bound[inner], 1.0, atol=0.17)
    assert (error.std(axis=0) < 1.17 * bound).all()


def test_a_prior_alone_is_the_posterior():
    """Where the data says nothing of a parameter, its value and error are the prior's."""
    experiment = lossless(
        coupler__g_on_MHz=0.0, charging__points=6, charging__stop_ns=10.0, resonator__fock_levels=2
    )
    names = (RABI, RESONATOR_DETUNING)
    model = ForwardModel(experiment, choose(default_parameters(experiment), names))
    centre = model.start() + np.array([0.0, 3.0])
    found = fit_counts(model, exact_counts(model, model.start(), 1000), centre=centre)
    assert found.value(RESONATOR_DETUNING) == pytest.approx((3.0, 5.0), rel=1e-6)


def test_a_shifted_prior_pulls_as_precisions_say():
    """Moving a prior by d moves the fit by C P d, the posterior's mean of normal laws."""
    lab = laboratory(1000)
    inside = tuple(p for p in lab.model.free if p.name not in CURVED)  # none at its bound
    tight = with_priors(inside, {RABI: 0.05})
    model = ForwardModel(lab.model.experiment, tight)
    true = model.start()
    counts = exact_counts(model, true, 1000)
    index = [p.name for p in tight].index(RABI)
    move = np.zeros(len(tight))
    move[index] = 0.05
    first = fit_counts(model, counts, centre=true)
    second = fit_counts(model, counts, centre=true + move)
    expected = first.covariance[:, index] / 0.05**2 * 0.05
    np.testing.assert_allclose(
        (second.theta - first.theta) / first.std, expected / first.std, atol=0.02
    )
    assert expected[index] > 0.01


@pytest.mark.study
def test_goodness_is_drawn_in_portions(monkeypatch):
    """However few counts are drawn at once, the draws are the same."""
    found = fits(1000, 1)[0]
    whole = goodness(found, 3)
    module = import_module("analysis.estimators.global_fit.goodness")
    monkeypatch.setattr(module, "_MOST_ELEMENTS", 20 * found.settings)
    assert goodness(found, 3) == whole


@pytest.mark.study
@pytest.mark.parametrize("shots", [50, 1000])
def test_goodness_is_calibrated(shots):
    """Of 300 runs of the right model 5 % are flagged, to the 1.3 % that 300 runs can tell; 3.5."""
    values = np.array([goodness(one, n).p_value for n, one in enumerate(fits(shots, 300))])
    assert (values < 0.05).mean() == pytest.approx(0.05, abs=0.044)
    assert values.mean() == pytest.approx(0.5, abs=3.5 * 0.29 / np.sqrt(300))


@pytest.mark.study
def test_chi_square_would_not_be_calibrated():
    """At 50 shots the usual chi-square law of the deviance is wrong: its mean p is far from 1/2."""
    found = fits(50, 300)
    degrees = found[0].settings - sum(not np.isfinite(p.prior) for p in found[0].parameters)
    values = chi2.sf([one.deviance for one in found], degrees)
    assert abs(values.mean() - 0.5) > 3.5 * 0.29 / np.sqrt(300)


@pytest.mark.study
def test_a_wrong_model_is_not_believed():
    """Detunings held at zero do not describe a transmon that is 5 MHz off."""
    experiment = small(tomography__shots=1000, vacuum__shots=1000)
    scenario = this_device(experiment)
    names = (TRANSMON_DETUNING, RESONATOR_DETUNING)
    wrong = type(scenario)(
        name="off",
        kind="wrong",
        truth=scenario.truth,
        assumed=scenario.assumed,
        detunings=((TRANSMON_DETUNING, 5.0),),
        held=names,
    )
    lab = SimulatedRuns(wrong)
    found = fit_run(lab, lab.measure(np.random.default_rng(3)))
    assert not goodness(found, 1).consistent


@pytest.mark.study
def test_bands_are_the_scatter_of_quantities():
    """Over 300 runs E, dE/dt, J and the arms' difference scatter as their bands say."""
    found = fits(1000, 300)
    for name in ("energy", "energy_rate", "heat_current", "ergotropy"):
        values, stds = (
            np.array([one.quantity("catalysed", name)[k] for one in found]) for k in (0, 1)
        )
        ratio = values.std(axis=0)[2:] / stds.mean(axis=0)[2:]
        np.testing.assert_allclose(ratio, 1.0, atol=0.2)
    values, stds = (np.array([one.difference("energy")[k] for one in found]) for k in (0, 1))
    np.testing.assert_allclose(values.std(axis=0)[2:] / stds.mean(axis=0)[2:], 1.0, atol=0.2)


@pytest.mark.study
def test_correlations_are_those_of_the_covariance():
    """The diagonal is one, and detuning and phase turn the state alike."""
    one = fits(1000, 300)[0]
    np.testing.assert_allclose(np.diag(one.correlation), 1.0)
    thetas = np.array([found.theta for found in fits(1000, 300)])
    assert np.abs(np.corrcoef(thetas.T) - one.correlation).max() < 0.3


@pytest.mark.study
def test_resonator_is_seen_and_not_imagined():
    """With coupling the ratio against g = 0 is large; without, it is that of a boundary."""
    experiment = small(tomography__shots=1000, vacuum__method="none")
    for coupling, low, high in ((50.0, 20.0, np.inf), (0.0, 0.0, 3.5)):
        lab = SimulatedRuns(this_device(experiment.replace({COUPLING: coupling})))
        found = fit_run(lab, lab.measure(np.random.default_rng(5)))
        assert low <= resonator_test(found, lab.model).significance <= high


@pytest.mark.study
@pytest.mark.parametrize(("order", "models"), [("as listed", 1), ("random", 2)])
def test_runs_that_differ_in_their_seed_share_a_model(monkeypatch, order, models):
    """Unless the seed gives the order of the settings, in which drifts come."""
    made = []

    def counted(*given):
        made.append(ForwardModel(*given))
        return made[-1]

    monkeypatch.setattr(device, "ForwardModel", counted)
    file = small().replace({"faults.order": order, "title": f"order {order}"})
    found = []
    for seed in (11, 12):
        run = file.replace({"seed": seed})
        found.append(device.fitted_device(read_inputs(dataset(run, np.random.default_rng(seed)))))
    assert len(made) == models
    alone = fit_counts(ForwardModel(run, default_parameters(run)), found[1].fit.counts)
    np.testing.assert_array_equal(found[1].fit.theta, alone.theta)


def test_a_fitted_ergotropy_is_not_certain_where_its_gradient_vanishes():
    """Near the passive state it grows with the square of x and y: as draws of parameters say."""
    fit = fits(1000, 1)[0]
    arm, places = "catalysed", slice(1, 6)
    bloch = fit.response.quantities[arm]["bloch"].copy()
    bloch[places] = 0.0, 0.0, -0.9
    slope = fit.slope.quantities[arm]["bloch"]
    values = {"bloch": bloch, "ergotropy": bloch[:, 2]}
    passive = replace(
        fit,
        response=replace(fit.response, quantities={arm: values}),
        slope=replace(
            fit.slope, quantities={arm: {"bloch": slope, "ergotropy": np.zeros_like(slope[:, 0])}}
        ),
    )
    moved = np.random.default_rng(4).multivariate_normal(
        np.zeros(len(fit.theta)), fit.covariance, size=20_000, method="eigh"
    )
    drawn = bloch[places] + np.einsum("tip,np->nti", slope[places], moved)
    scatter = ((np.linalg.norm(drawn, axis=-1) + drawn[..., 2]) / 2).std(axis=0)
    assert (scatter > 1e-6).all()
    np.testing.assert_allclose(passive.quantity(arm, "ergotropy")[1][places], scatter, rtol=0.1)
