"""What the measurements of the resonator make of counts, and what the device cannot serve."""

import json
from functools import lru_cache

import numpy as np
import pytest
from commands import call
from sampled import analysed, counted, dataset, predicted, vacuum_observed

from analysis.data.inputs import read_inputs
from analysis.data.laboratory import read_lab_data
from analysis.data.tables.table import table_text
from analysis.estimators.expectation import Expectation, expectation
from analysis.estimators.global_fit import ForwardModel, default_parameters
from analysis.estimators.observed import Observed
from analysis.estimators.state.assignment import Assignment
from analysis.estimators.vacuum import fidelity as vacuum
from analysis.estimators.vacuum.fidelity import Vacuum, estimate_vacuum_fidelity
from analysis.estimators.vacuum.photon_distribution import photon_distribution
from analysis.planning.vacuum_table import WANTED, assess, compare_methods
from cqed_battery.experiment import Experiment, ExperimentError
from protocols.emulation.emulate import emulate
from protocols.prediction.predict import predict
from protocols.resonator import (
    MEASUREMENTS,
    check_vacuum,
    measurement_of,
    photon_response,
    vacuum_effects,
)
from protocols.resonator.swap import swap_curves

pytestmark = pytest.mark.study

KNOWN = Assignment(0.01, 0.04, 0.001, 0.002)
EMPTYING = ("swap", "number-selective", "displaced-parity")
QUICK = Experiment().replace(
    {
        "charging.points": 31,
        "control.enabled": False,
        "analysis.global_fit": False,
        "vacuum.points": 9,
        "vacuum.kappa_off_MHz": 0.02,
    }
)
DEVICES = {
    "default": {},
    "quick ramp": {"coupler.ramp_ns": 0.25},
    "lossy": {
        "coupler.g_on_MHz": 70.0,
        "resonator.linewidth_MHz": 3.0,
        "drive.rabi_rate_MHz": 20.0,
    },
}


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    """Compute what the same experiment and model give only once."""
    for name in ("vacuum_effects", "photon_response"):
        function = getattr(vacuum, name)
        monkeypatch.setattr(vacuum, name, lru_cache(maxsize=4)(function))


def quick(method, device="default", **changes):
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return QUICK.replace({"vacuum.method": method} | DEVICES[device] | named)


@lru_cache
def pulls(method, device, shots):
    """(F - true F)/std, the same of the textbook estimate, over states at random times."""
    experiment, rng = quick(method, device), np.random.default_rng(3)
    expected = Expectation(predicted(experiment), {})
    times = np.sort(rng.uniform(0.0, 60.0, 24))
    elsewhere = predict(quick("none", device, charging__times_ns=tuple(times)))
    states = elsewhere.arms["catalysed"].joint_states
    operators = vacuum_effects(expected.prediction.experiment, expected.prediction.liouvillian)
    found = []
    for state, photons in zip(states, elsewhere.arms["catalysed"].photons, strict=True):
        counts = counted(np.clip(operators @ state, 0, 1), shots, experiment, rng)
        estimate = estimate_vacuum_fidelity(vacuum_observed(expected, counts, KNOWN))
        error = np.array([estimate.value, estimate.plain]) - photons[0]
        found.append([*(error / estimate.std), estimate.std])
    return np.array(found).T


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("method", EMPTYING)
def test_fidelity_is_unbiased_within_its_error(method, device):
    """Over states at 24 random charging times the pulls have mean 0 and width 1 at most."""
    optimal, _, _ = pulls(method, device, 300)
    # the mean of 24 pulls is known to 0.2, their width to 0.14
    assert abs(optimal.mean()) < 0.65
    assert optimal.std() < 1.45


@pytest.mark.parametrize("method", EMPTYING)
def test_textbook_estimate_is_not(method):
    """The textbook estimate misses by more than the stated error where photons decay."""
    optimal, plain, _ = pulls(method, "lossy", 3000)
    assert np.sqrt((plain**2).mean()) > 1.5 * np.sqrt((optimal**2).mean())
    assert np.sqrt((plain**2).mean()) > 1.5


def test_coupler_ramp_is_the_systematic_part_of_the_swap():
    """What the closing coupler moves cannot be seen after the reset: a quicker ramp moves less."""
    slow, fast = (pulls("swap", device, 300_000)[2].mean() for device in ("default", "quick ramp"))
    assert fast < 0.5 * slow


@lru_cache
def results(method):
    """The analysis of one run by a method, on one device."""
    experiment = quick(method, vacuum__points=21)
    return analysed(dataset(experiment, np.random.default_rng(5))), predicted(experiment)


@pytest.mark.parametrize("method", MEASUREMENTS)
def test_fidelity_is_recovered_above_the_sum_rule_bound(method):
    """On the same device every method finds F within 3 sigma, not below the sum rule's bound."""
    found, prediction = results(method)
    truth = prediction.arms["catalysed"].photons[-1, 0]
    fidelity, bound = found["vacuum_fidelity"], found["sum_rule_bound"]
    assert abs(fidelity["value"] - truth) < 3 * fidelity["std"]
    assert fidelity["std"] < 0.06
    assert fidelity["value"] > bound["value"] - 3 * np.hypot(fidelity["std"], bound["std"])
    assert truth > bound["value"] - 3 * bound["std"]
    assert fidelity["sum_rule_bound"] == bound


def test_results_keep_their_shape():
    """Each method has the keys of the vacuum-Rabi one; the others add the photon distribution."""
    known = set(results("vacuum-rabi")[0]["vacuum_fidelity"])
    assert {"value", "std", "ci_low", "ci_high", "method", "systematic", "time"} <= known
    for method in EMPTYING:
        block = results(method)[0]["vacuum_fidelity"]
        assert set(block) == known | {"photon_distribution"}
        assert sum(block["photon_distribution"]) == pytest.approx(1.0)
    names = {results(method)[0]["vacuum_fidelity"]["method"] for method in MEASUREMENTS}
    assert len(names) == len(MEASUREMENTS)


def test_photon_distribution_is_the_one_that_was_swapped():
    """Maximum likelihood from many shots returns a known distribution through the errors."""
    experiment = quick("swap", vacuum__points=21)
    prediction = predicted(experiment)
    response = photon_response(experiment, prediction.liouvillian)
    photons = np.zeros(response.shape[-1])
    photons[:4] = 0.6, 0.25, 0.05, 0.1
    rng = np.random.default_rng(6)
    counts = counted(np.clip(response @ photons, 0, 1), 10**7, experiment, rng)
    found = photon_distribution(response, counts, KNOWN)
    np.testing.assert_allclose(found[:4], photons[:4], atol=5e-3)
    assert found[4:].max() < 5e-3
    assert found.min() >= 0


def test_textbook_estimates_are_exact_where_nothing_decays():
    """From ideal curves they return p_0: of swapped photons and of the selective pulse."""
    photons = np.array([0.7, 0.2, 0.1, 0.0])
    swap = quick("swap", vacuum__points=21)
    curve = swap_curves(swap, 4) @ photons
    assert measurement_of(swap).textbook_fidelity(
        swap, np.stack([curve, 1 - curve]), 4
    ) == pytest.approx(0.7, abs=1e-3)
    selective = np.stack([np.full(9, 0.1), np.full(9, 0.8)])
    pulsed = quick("number-selective")
    found = measurement_of(pulsed).textbook_fidelity(pulsed, selective, 4)
    assert found == pytest.approx(0.7)


def test_counts_are_those_of_the_documented_dims():
    """The emulator stores counts by pulse, time and outcome, as the analysis reads them."""
    few = {"vacuum.points": 3, "vacuum.shots": 50, "charging.points": 4, "tomography.shots": 10}
    experiment = quick("displaced-parity").replace(few)
    tree = emulate(experiment)
    counts = tree["vacuum_counts"]
    assert counts.dims == ("pulse", "exchange_time", "outcome")
    assert (counts.sum("outcome") == 50).all()
    assert "Ramsey" in counts.attrs["long_name"]
    np.testing.assert_array_equal(read_inputs(tree).vacuum_counts, counts.values)


def test_laboratory_counts_are_read_the_same_way(tmp_path):
    """Counts of a swap, written as a table and read again, are the dataset's."""
    experiment = quick("swap")
    tree = dataset(experiment, np.random.default_rng(7))
    path = tmp_path / "counts.csv"
    path.write_text(table_text(tree), encoding="utf-8")
    found = read_inputs(read_lab_data(path, experiment))
    np.testing.assert_array_equal(found.vacuum_counts, tree["vacuum_counts"].values)
    assert found.experiment.vacuum == experiment.vacuum


def test_global_fit_predicts_the_planned_method():
    """The global fit's forward model ends with the planned method's probabilities."""
    experiment = quick("swap")
    model = ForwardModel(experiment, default_parameters(experiment))
    response = model.response(model.start())
    expected = predicted(model.experiment).vacuum_probability
    np.testing.assert_allclose(response.probability[-18:], expected.ravel(), atol=1e-9)


def test_shots_of_the_table_give_the_wanted_error():
    """With the table's shots the estimates scatter by at most 1 %; with a tenth they need not."""
    experiment = quick("swap", "quick ramp", coupler__ramp_ns=0.0)
    row = assess(experiment, predicted(experiment.replace({"vacuum.method": "none"})))
    expected, rng = Expectation(predicted(experiment), {}), np.random.default_rng(8)
    per_setting = -(-row.shots // row.settings)
    scatter = []
    for shots in (per_setting, max(per_setting // 10, 1)):
        draws = [
            counted(expected.prediction.vacuum_probability, shots, experiment, rng)
            for _ in range(60)
        ]
        found = [
            estimate_vacuum_fidelity(vacuum_observed(expected, counts, KNOWN)).value
            for counts in draws
        ]
        scatter.append(np.std(found))
    assert scatter[0] < WANTED * (1 + 3 / np.sqrt(120))
    assert scatter[1] > WANTED
    assert row.best_shots <= row.shots


def test_bias_of_the_table_is_the_estimators_without_noise():
    """Bias and systematic are exact: with a great many shots the estimate is off by just that."""
    experiment = quick("swap")
    row = assess(experiment, predicted(experiment.replace({"vacuum.method": "none"})))
    expected = Expectation(predicted(experiment), {})
    exact = expected.prediction.vacuum_probability
    assert row.truth == pytest.approx(expected.prediction.arms["catalysed"].photons[-1, 0])
    method = measurement_of(experiment)
    plain = method.textbook_fidelity(experiment, exact, expected.prediction.fock.levels)
    assert row.plain_bias == pytest.approx(plain - row.truth)
    shots = -(-row.shots // row.settings)
    ones = np.rint(1e9 * (0.01 + 0.95 * exact)) / 1e9 * shots
    counts = np.stack([shots - ones, ones], axis=-1)
    certain = Assignment(0.01, 0.04, 0.0, 0.0)
    found = estimate_vacuum_fidelity(vacuum_observed(expected, counts, certain))
    assert found.value - row.truth == pytest.approx(row.bias, abs=1e-3)
    assert found.systematic == pytest.approx(row.systematic, rel=0.02)


REFUSED = {
    "gone": (
        {"vacuum.method": "number-selective", "vacuum.kappa_off_MHz": None},
        r"500 ns at 1 MHz, so 96 % of the photons are gone before its pulse ends",
    ),
    "slow reset": (
        {"vacuum.method": "swap", "vacuum.reset_ns": 200.0},
        r"takes 201 ns at resonator.linewidth_MHz = 1 .* 73 % of the photons are gone",
    ),
    "short swap": (
        {"vacuum.method": "swap", "vacuum.stop_ns": 3.0},
        r"vacuum.stop_ns of at least pi/\(2 g\) = 5 ns, .* but it is 3: lengthen",
    ),
    "no swap": (
        {"vacuum.method": "swap", "coupler.g_on_MHz": 0.0},
        r"pi/\(2 g\) = inf ns",
    ),
    "not dispersive": (
        {"vacuum.method": "displaced-parity", "vacuum.shift_per_photon_MHz": 20.0},
        r"g/Delta of at most 0.1 to be dispersive, .* Delta = 155 MHz, g/Delta = 0.324",
    ),
    "shift too small": (
        {"vacuum.method": "number-selective", "vacuum.shift_per_photon_MHz": 0.5},
        r"vacuum.shift_per_photon_MHz = 0.5 is too small .* of 500 ns, .* with probability 0.89 ",
    ),
    "incoherent": (
        {"vacuum.method": "displaced-parity", "vacuum.shift_per_photon_MHz": 0.2},
        r"take 25\d\d ns, of which the transmon's coherence survives 0.2",
    ),
    "shift too large": (
        {
            "vacuum.method": "displaced-parity",
            "vacuum.shift_per_photon_MHz": 20.0,
            "transmon.levels": 2,
        }
        | {"coupler.g_on_MHz": 150.0, "tomography.pulse_ns": 40.0},
        r"shift_per_photon_MHz = 20 is too large for parity: .* the wait would be -22.3 ns",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_device_cannot_serve_is_refused(case):
    """The refusal names the numbers and the way out, before anything is computed."""
    changes, sentence = REFUSED[case]
    experiment = QUICK.replace(changes)
    with pytest.raises(ExperimentError, match=sentence):
        predict(experiment)


def test_photons_lost_are_those_that_decay():
    """1 - exp(-kappa t) over ramp and reset, then at kappa_off over the pulse."""
    pulsed = quick("number-selective")
    found = measurement_of(pulsed).needs(pulsed)
    mhz = 2 * np.pi / 1000
    lost = 1 - np.exp(-mhz * 1.0 * (1.0 + 10.0) - mhz * 0.02 * 500.0)
    assert (found.before_ns, found.pulse_ns) == (11.0, 500.0)
    assert found.lost == pytest.approx(lost)
    check_vacuum(quick("number-selective"))


def test_table_compares_all_methods(tmp_path):
    """The verb prints a row for each method, and JSON with the same numbers; refusals as such."""
    experiment = QUICK.replace({"vacuum.kappa_off_MHz": None})
    path = tmp_path / "experiment.toml"
    path.write_text(experiment.to_toml(), encoding="utf-8")
    printed = call("vacuum", path)
    assert printed.exit_code == 0
    assert all(method in printed.stdout for method in MEASUREMENTS)
    assert printed.stdout.count("refused:") == 2
    rows = json.loads(call("vacuum", path, "--json").stdout)
    assert [row["method"] for row in rows] == list(MEASUREMENTS)
    assert rows == [row.as_dict() for row in compare_methods(experiment)]
    assert [row["shots"] is None for row in rows] == [False, False, True, True]
    assert call("vacuum", path, "--quiet").stdout == ""


@pytest.mark.parametrize("rabi_MHz", [20.0, 50.0, 90.0])
@pytest.mark.parametrize("readout", ["plain", "dispersive"])
def test_vacuum_rabi_fidelity_holds_on_three_levels(rabi_MHz, readout):
    """Pulls of F over drawn counts are at most 1.1 in the root mean square, however hard the drive.

    100 draws know it to 7 %; weights by the counts' own variance had 1.4 at 20 MHz.
    """
    changes = {"vacuum.points": 21, "vacuum.method": "vacuum-rabi", "readout.model": readout}
    model = expectation(QUICK.replace({**changes, "drive.rabi_rate_MHz": rabi_MHz}))
    estimator, rng, pulls = Vacuum(model), np.random.default_rng(5), []
    truth, shots = model.arms["catalysed"]["vacuum_fidelity"][-1], estimator.settings.shots
    for _ in range(100):
        ones = rng.binomial(shots, estimator.frequency)
        drawn = Observed.drawn(model, estimator.settings, np.stack([shots - ones, ones], axis=-1))
        found = estimate_vacuum_fidelity(drawn)
        pulls.append((found.value - truth) / found.std)
    assert np.sqrt(np.mean(np.square(pulls))) < 1.1
