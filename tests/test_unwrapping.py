"""Fits that begin more than half an oscillation off, and what is said where there is none."""

import numpy as np
import pytest
from commands import SMALL

from analysis.estimators.global_fit import Counts, FitError, Parameter, device, fit, fit_counts
from analysis.estimators.global_fit.model.response import Response
from analysis.estimators.global_fit.model.sensitivities import Slope
from analysis.estimators.global_fit.search import Search
from analysis.pipeline import analyse
from cqed_battery.experiment import Experiment
from protocols.emulation.emulate import emulate
from protocols.faults.drive_line import Line
from protocols.faults.modulation import Modulation
from protocols.settings.settings import Settings
from protocols.stages.charging import charging_waveform

TIMES, SHOTS = np.linspace(0.0, 60.0, 61), 1000
TRUE, GUESS = 0.046, 0.050  # GHz: 1.5 rad apart at the end


class Oscillation:
    """P(1) = sin^2(2 pi g t / 2), g free within a wide prior."""

    free = (Parameter("g", "GHz", GUESS, 0.01, 0.0, 0.2, 1e-6),)

    def start(self):
        return np.array([GUESS])

    def values(self, theta):
        return {"g": float(theta[0])}

    def leading(self):
        return self

    def response(self, theta, near=None):
        return Response(np.sin(np.pi * theta[0] * TIMES) ** 2, {})

    def slope(self, theta, at):
        return Slope(np.pi * TIMES[:, None] * np.sin(2 * np.pi * theta[0] * TIMES)[:, None], {})

    def made_exact(self, theta, near):
        return near

    def frequency(self, theta, probability):
        return probability

    def frequency_slope(self, theta, at, slope):
        return slope.probability


def drawn(times):
    frequency = Oscillation().response([TRUE]).probability
    ones = np.random.default_rng(0).binomial(SHOTS, frequency)
    return Counts(ones, np.full(len(ones), SHOTS), times)


@pytest.mark.parametrize("guess", [0.05, 0.06, 0.08, 0.12])
def test_a_phase_that_went_round_is_found(guess, monkeypatch):
    """With the times of its settings a fit finds g from far; without them it ends elsewhere."""
    monkeypatch.setattr(Oscillation, "start", lambda self: np.array([guess]))
    monkeypatch.setattr(fit, "_NO_DEVICE", 10.0)  # these contrasts are whole
    centre = np.array([GUESS])
    found = fit_counts(Oscillation(), drawn(TIMES), centre=centre)
    value, std = found.value("g")
    assert abs(value - TRUE) < 5 * std
    assert std < 1e-4
    if guess > 0.07:
        try:
            elsewhere = fit_counts(Oscillation(), drawn(None), centre=centre).value("g")[0]
        except FitError:
            return
        assert abs(elsewhere - TRUE) > 100 * std


@pytest.mark.parametrize(("guess", "steps"), [(0.0475, 12), (0.12, 4)])
def test_a_way_that_leads_nowhere_is_left_early(guess, steps, monkeypatch):
    """A device nearby is approached directly; one far off by what leads there, after few steps."""
    taken, left = [], []
    run, leading = Search.run, Oscillation.leading

    def ran(self, most, close):
        taken.append(most)
        run(self, most, close)

    def led(self):
        left.append(max(taken))
        return leading(self)

    monkeypatch.setattr(Search, "run", ran)
    monkeypatch.setattr(Oscillation, "leading", led)
    monkeypatch.setattr(Oscillation, "start", lambda self: np.array([guess]))
    monkeypatch.setattr(fit, "_NO_DEVICE", 10.0)
    value, std = fit_counts(Oscillation(), drawn(TIMES), centre=np.array([GUESS])).value("g")
    assert abs(value - TRUE) < 5 * std
    assert (left or [12]) == [steps]


def test_early_counts_are_those_read_by_then():
    """Later settings have no shots; calibration counts always do, the vacuum's at the end alone."""
    experiment = Experiment.from_text(SMALL)
    settings = Settings(experiment)
    counts = Counts(np.ones(settings.size, int), np.full(settings.size, 2), settings.read_times)
    half = experiment.charging_times_ns[len(experiment.charging_times_ns) // 2]
    early = counts.until(half)
    for row, shots in zip(settings.rows(), early.shots, strict=True):
        read = row.stage == "calibration" or (row.stage == "tomography" and row.time_ns <= half)
        assert shots == (2 if read else 0)
    assert (counts.until(np.inf).shots == 2).all()
    np.testing.assert_array_equal(Counts(counts.ones, counts.shots).until(half).shots, counts.shots)


@pytest.mark.study
def test_without_a_fit_nothing_is_narrow(monkeypatch):
    """Where no maximum is found, bands hold what the priors leave open, and no claim is decided."""
    truth = Experiment.from_text(SMALL).replace(
        {"charging.points": 13, "analysis.global_fit": True}
    )
    dataset = emulate(truth.replace({"coupler.g_on_MHz": 0.9 * truth.coupler.g_on_MHz}))
    dataset.attrs["experiment"] = truth.to_toml(comments=False)

    def lost(*_, **__):
        raise FitError("no maximum")

    monkeypatch.setattr(device, "fit_counts", lost)
    results = analyse(dataset)
    assert results["checks"]["model_agreement"]["outcome"] == "fail"
    assert results["global_fit"]["statement"] == "no maximum"
    assert results["verdict"]["heat_current_negative"]["outcome"] == "undecided"
    by_shots = 0.5 / truth.tomography.shots**0.5  # of the energy, at most
    assert np.mean(results["arms"]["catalysed"]["energy"]["std"]) > 2 * by_shots


def test_modulation_has_the_pieces_of_the_times():
    """Edges lie at dense charging times, whatever else between few; factors are the cosines'."""
    dense = Modulation.over(TIMES, 5)
    assert set(dense.edges) <= set(TIMES)
    coarse = Modulation.over(np.array([10.0, 40.0]), 5)
    assert {0.0, 10.0, 40.0} <= set(coarse.edges)
    assert len(coarse.edges) > 30
    shares = (0.01, 0.0, 0.0, 0.0, -0.002)
    middle = (np.array(dense.edges[1:]) + dense.edges[:-1]) / 2
    expected = 1 + 0.01 * np.cos(np.pi * middle / 60) - 0.002 * np.cos(5 * np.pi * middle / 60)
    np.testing.assert_allclose(Modulation(shares, dense.edges).factors, expected, rtol=1e-12)


def test_a_drive_of_nothing_has_the_pieces_of_one():
    """A Rabi rate is differentiated from 0 on, so what plays nothing is cut alike."""
    line = Line(modulation=Modulation.over(TIMES, 5))
    still, driven = (
        charging_waveform(Experiment().replace({"drive.rabi_rate_MHz": rate}), "catalysed", line)
        for rate in (0.0, 1e-3)
    )
    lengths = [[part.duration for part in found.segments] for found in (still, driven)]
    assert lengths[0][-30:] == lengths[1][-30:]
    assert not any(part.controls.drives for part in still.segments)
