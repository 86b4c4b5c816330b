"""Three levels by nine settings: their operators, the state, its energy and its ergotropy."""

from functools import lru_cache

import numpy as np
import pytest
from commands import call
from test_estimators import derivative
from test_sequence import LOSSY, reads_1

import cqed_battery as cb
from analysis.estimators.expectation import expectation
from analysis.estimators.observed import Observed
from analysis.estimators.state.qutrit import (
    _fit,
    ladder_ergotropy,
    qutrit_check,
    qutrit_dict,
    qutrit_states,
)
from analysis.results.blocks import QutritResults
from analysis.results.estimates import read_typed
from cqed_battery import Experiment
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.energetics import ergotropy
from cqed_battery.experiment import ExperimentError
from protocols.prediction.ladder import ladder_energies
from protocols.prediction.predict import predict
from protocols.sequence.sequence import sequence_of
from protocols.settings.settings import Settings
from protocols.stages.qutrit import LEVELS, ROTATIONS, known_operators

POINT = Experiment().replace(
    {
        "transmon.levels": 3,
        "coupler.g_on_MHz": 0.0,
        "coupler.g_off_MHz": 0.0,
        "resonator.fock_levels": 3,
        "control.kind": "none",
        "vacuum.method": "none",
        "charging.shape": "gaussian",
        "charging.length_ns": 45.0,
        "charging.times_ns": (10.0, 20.0, 40.0, 60.0),
        "drive.rabi_rate_MHz": 50.0,
        "drive.second_ratio": 0.7,
        "drive.second_offset_MHz": -250.0,
        "drive.second_delay_ns": -15.0,
        "drive.clock_GHz": 1.0,
        "qutrit.measured": True,
        "qutrit.times_ns": (40.0, 60.0),
    }
)


def random_state(rng):
    root = rng.standard_normal((LEVELS, LEVELS)) + 1j * rng.standard_normal((LEVELS, LEVELS))
    state = root @ root.conj().T
    return state / np.trace(state).real


@pytest.mark.parametrize("pulse", ["none", "drag"])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_nine_settings_determine_any_state_of_three_levels(pulse, share):
    """By two outcomes alone, whatever share of level 2 is taken for 1; one number is left over."""
    file = POINT.replace({"tomography.pulse": pulse, "readout.leaked_reads_1": share})
    known = to_real(known_operators(file, "catalysed"))
    rng = np.random.default_rng(3)
    for _ in range(3):
        state = to_real(random_state(rng))
        found, weights, left = _fit(known, known @ state, rng.uniform(0.5, 2, len(ROTATIONS)))
        np.testing.assert_allclose(found, state, atol=1e-9)
        assert left == pytest.approx(0.0, abs=1e-15)
        assert np.linalg.norm(weights, axis=1).max() < 10


def test_ideal_settings_measure_what_their_rotations_say():
    """Closed forms: populations, and the coherences that each setting turns into one."""
    ideal = POINT.replace({"tomography.pulse": "none", "coupler.ramp_ns": 0.0})
    known = dict(zip(ROTATIONS, known_operators(ideal, "catalysed"), strict=True))
    state = random_state(np.random.default_rng(1))
    p = state.diagonal().real

    def reads(name):
        return float(np.trace(known[name] @ state).real)

    assert reads("none") == pytest.approx(p[1] + p[2], abs=1e-12)
    assert reads("pi01") == pytest.approx(p[0] + p[2], abs=1e-12)
    assert reads("pi12") == pytest.approx(p[0] + p[1], abs=1e-12)
    mean = (p[0] + p[1]) / 2 + p[2]
    assert abs(reads("x01") - mean) == pytest.approx(abs(state[0, 1].real), abs=1e-12)
    assert abs(reads("y01") - mean) == pytest.approx(abs(state[0, 1].imag), abs=1e-12)
    upper = p[0] + (p[1] + p[2]) / 2
    assert abs(reads("x12") - upper) == pytest.approx(abs(state[1, 2].real), abs=1e-12)
    assert abs(reads("y12") - upper) == pytest.approx(abs(state[1, 2].imag), abs=1e-12)


@pytest.mark.parametrize(("arm", "name"), [("catalysed", "x12"), ("control", "pi12-y01")])
def test_a_setting_is_that_of_a_second_engine(arm, name):
    """The exported samples, evolved densely with losses and coupling, read 1 as often, to 1e-7."""
    lossy = LOSSY.replace(
        {"vacuum.method": "none", "qutrit.measured": True, "charging.times_ns": (2.0,)}
    )
    found = reads_1(lossy, cb.sequence(lossy, arm=arm, axis=name).to_dict())
    predicted = predict(lossy).arms[arm].qutrit[-1]
    assert found == pytest.approx(predicted[list(ROTATIONS).index(name)], abs=1e-7)


def test_every_setting_lasts_as_long_as_the_table_says():
    """Whatever its rotations: waits take the place of pulses."""
    table = Settings(POINT)
    rows = [row for row in table.rows() if row.stage == "qutrit"]
    lasting = [sequence_of(POINT, row).duration_ns for row in rows]
    np.testing.assert_allclose(lasting, table.periods_ns[table.qutrit], rtol=1e-12)
    assert len(rows) == 2 * len(ROTATIONS)


@lru_cache(maxsize=1)
def expected():
    return expectation(POINT)


def exact():
    model = expected()
    settings = Settings(model.prediction.experiment)
    frequency = settings.frequencies(model.prediction)
    return Observed.exact(model, settings, frequency, settings.shots)


def drawn(rng):
    data = exact()
    ones = rng.binomial(data.shots, data.frequency)
    table = np.stack([data.shots - ones, ones], axis=-1)
    return Observed.drawn(data.expected, data.settings, table)


def truth():
    """Energy and ergotropy of the kept levels, (2,) each."""
    arm = expected().arms["catalysed"]
    return arm["ladder_energy"][[2, 3]], arm["ladder_ergotropy"][[2, 3]]


def test_exact_frequencies_give_the_state_and_its_energies():
    """The corrections take off what the sequence adds; weights are finite differences."""
    states = qutrit_states(exact(), "catalysed")
    rho = expected().prediction.arms["catalysed"].transmon[[2, 3]]
    np.testing.assert_allclose(states.matrices, rho, atol=1e-9)
    energies = ladder_energies(POINT, "catalysed", LEVELS)
    np.testing.assert_allclose(states.vectors[:, :3] @ energies - 0.5, truth()[0], atol=1e-9)
    np.testing.assert_allclose(ladder_ergotropy(states.vectors, energies), truth()[1], atol=1e-9)
    assert truth()[1][-1] > 0.4
    data = exact()
    weights = states.linear.weights
    for row in (0, 1, *np.arange(data.settings.size)[data.settings.qutrit][::5]):
        step = 1e-5 * np.eye(data.settings.size)[row]

        def value(frequency):
            moved = Observed.exact(data.expected, data.settings, frequency, data.shots)
            return qutrit_states(moved, "catalysed").vectors.ravel()

        slope = derivative(value, data.frequency, step) / 1e-5
        np.testing.assert_allclose(weights[:, row], slope, atol=2e-3 * np.abs(weights).max())


def test_the_ergotropy_is_that_of_the_passive_state():
    """The same as the whole state's own, on random states of three levels."""
    energies = np.array([0.0, 1.0, 1.95])
    states = np.array([random_state(np.random.default_rng(seed)) for seed in range(5)])
    found = ladder_ergotropy(to_real(states), energies)
    np.testing.assert_allclose(found, ergotropy(states, np.diag(energies)), atol=1e-12)


@pytest.mark.study
def test_intervals_cover_and_errors_are_the_scatter():
    """Of 100 drawn runs nine tenths and more hold the truth; half as wide they would not."""
    rng, runs = np.random.default_rng(8), 100
    energies, works = [], []
    for _ in range(runs):
        found = read_typed(dict[str, QutritResults], qutrit_dict(drawn(rng)))["catalysed"]
        energies.append(found.energy)
        works.append(found.ergotropy)
    for found, true in zip((energies, works), truth(), strict=True):
        value, std = (np.array([getattr(f, name) for f in found]) for name in ("value", "std"))
        pulls = (value - true) / std
        assert 0.9 <= (np.abs(pulls) < 1.96).mean() <= 0.99
        assert (np.abs(pulls) < 0.98).mean() < 0.85
        assert np.abs(pulls.mean(axis=0)).max() < 0.4


def test_settings_that_no_state_gives_fail_the_check():
    """Swapped readings of two settings are of no state of three levels."""
    data = drawn(np.random.default_rng(2))
    assert qutrit_check(data)["outcome"] == "pass"
    swapped = np.array(data.counts)
    rows = np.arange(data.settings.size)[data.settings.qutrit]
    names = list(ROTATIONS)
    for first in (rows[0], rows[9]):
        one, other = first + names.index("none"), first + names.index("pi12-x01")
        swapped[[one, other]] = swapped[[other, one]]
    wrong = Observed.drawn(data.expected, data.settings, swapped)
    assert qutrit_check(wrong)["outcome"] == "fail"


def test_the_verbs_show_three_levels(tmp_path):
    """A run prints and reports them; the sequence plays both pulses on their carriers."""
    file = tmp_path / "q.toml"
    quick = {"analysis.global_fit": False, "analysis.correction": "none"}
    file.write_text(POINT.replace(quick).to_toml(comments=False))
    printed = call("run", file, "--out", tmp_path / "run").stdout
    assert "qutrit" in printed
    assert "ergotropy" in printed
    assert "Three levels" in (tmp_path / "run" / "report.html").read_text()
    steps = call("sequence", file, "--axis", "pi12-x01", "--time", "40").stdout
    assert "pi pulse on 1-2" in steps
    assert "at 4.75" in steps


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"transmon.levels": 2}, "must be false with"),
        ({"qutrit.times_ns": (5.0,)}, "must be charging times, but 5 is none"),
        ({"qutrit.times_ns": (40.0, 10.0)}, "must be strictly increasing"),
    ],
)
def test_what_cannot_be_measured_is_refused(changes, sentence):
    """Two levels, and times at which nothing is charged."""
    with pytest.raises(ExperimentError, match=sentence):
        POINT.replace(changes)
