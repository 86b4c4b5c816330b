"""The reset round by round: leakage as a third level, Aer, its history, and what it does later."""

import json
from math import inf

import numpy as np
import pytest
from commands import call, refused
from oracles import ActiveReset, agrees, significance
from scipy.linalg import expm

from cqed_battery import Experiment
from cqed_battery.experiment import ExperimentError
from protocols.emulation.emulate import emulate
from protocols.emulation.sampling import sampled_levels
from protocols.prediction.predict import predict
from protocols.readout import assignment_errors
from protocols.reset import expected_leakage, reset_of
from protocols.reset.active import active_reset_circuit, expected_reset_levels
from protocols.stages.charging import initial_state

LEAKY = {"reset.leakage_per_flip": 0.08, "reset.rounds": 3}
HOT = {
    "transmon.residual_excitation": 0.2,
    "transmon.t1_us": 3.0,
    "readout.p1_given_0": 0.03,
    "readout.p0_given_1": 0.12,
    "readout.leaked_reads_1": 0.4,
    "reset.latency_ns": 700.0,
}
PERFECT = {
    "readout.p1_given_0": 0.0,
    "readout.p0_given_1": 0.0,
    "reset.latency_ns": 0.0,
    "transmon.residual_excitation": 0.3,
}
CASES = (LEAKY, LEAKY | HOT, LEAKY | {"transmon.t1_us": inf, "readout.leaked_reads_1": 0.0})
SHOTS = 20_000
QUICK = {
    "charging.points": 4,
    "charging.stop_ns": 6.0,
    "tomography.shots": 100,
    "readout.calibration_shots": 100,
    "vacuum.method": "none",
}


def chain(experiment: Experiment, rounds: int, **changes: float) -> np.ndarray:
    """P(levels 0, 1, 2) after 0 ... N rounds: six states (bit, level), rates through expm."""
    readout, transmon, reset = experiment.readout, experiment.transmon, experiment.reset
    leakage = changes.get("leakage", reset.leakage_per_flip)
    latency = changes.get("latency_ns", reset.latency_ns)
    gamma, p = 1e-3 / transmon.t1_us, transmon.residual_excitation
    occupation = p / (1 - 2 * p)
    rates = np.zeros((3, 3))  # from column to row
    rates[0, 1], rates[1, 0] = gamma * (occupation + 1), gamma * occupation
    rates[1, 2] = 2 * gamma * (occupation + 1)
    waits = expm((rates - np.diag(rates.sum(axis=0))) * latency)
    ones = np.array([readout.p1_given_0, 1 - readout.p0_given_1, 0.0])
    ones[2] = ones[0] + (ones[1] - ones[0]) * readout.leaked_reads_1
    flip = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1.0]])
    mix = np.array([[1 - leakage, 0, leakage], [0, 1 - leakage, leakage], [leakage, leakage, 0]])
    mix[2, 2] = 1 - 2 * leakage
    one_round = waits @ np.diag(1 - ones) + mix @ flip @ waits @ np.diag(ones)
    history = [np.array([1 - p, p, 0.0])]
    for _ in range(rounds):
        history.append(one_round @ history[-1])
    return np.array(history)


def reset_history(experiment: Experiment) -> list:
    """What the experiment's reset leaves, from its beginning to its end."""
    return reset_of(experiment).history(experiment)


@pytest.mark.parametrize("changes", CASES)
def test_levels_after_each_round_are_those_of_an_independent_chain(changes):
    """Levels 0, 1, 2 after every round are those of a chain built from rates, to 1e-12."""
    experiment = Experiment().replace(changes)
    found = expected_reset_levels(experiment, 12)
    np.testing.assert_allclose(found, chain(experiment, 12), rtol=0, atol=1e-12)
    assert expected_leakage(experiment) == found[3, 2]
    wrong = chain(experiment, 12, leakage=0.04)
    assert np.abs(found - wrong).max() > 1e-4


def test_without_leakage_or_latency_the_excitation_goes_down_geometrically():
    """p_k = p* + (p_0 - p*) (p01 - p10)^k with p* = p10 / (1 + p10 - p01), by the closed form."""
    changes = {"transmon.residual_excitation": 0.3, "reset.latency_ns": 0.0}
    experiment = Experiment().replace(changes)
    p10, p01 = experiment.readout.p1_given_0, experiment.readout.p0_given_1
    fixed = p10 / (1 + p10 - p01)
    expected = fixed + (0.3 - fixed) * (p01 - p10) ** np.arange(9)
    found = expected_reset_levels(experiment, 8)
    np.testing.assert_allclose(found[:, 1], expected, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(found[:, 2], 0.0)


def test_perfect_readout_leaves_only_what_the_flips_leak():
    """Without errors or latency: p L after one round, then each flip of level 2 lets out 2 L."""
    experiment = Experiment().replace(PERFECT | {"reset.leakage_per_flip": 0.1})
    found = expected_reset_levels(experiment, 2)
    np.testing.assert_allclose(found[1], [0.7 + 0.3 * 0.9, 0, 0.3 * 0.1], atol=1e-15)
    leaked = 0.3 * 0.1
    np.testing.assert_allclose(found[2, 1:], [leaked * 0.1, leaked * (1 - 2 * 0.1)], atol=1e-15)


@pytest.mark.parametrize("changes", CASES)
def test_aers_rounds_leave_what_the_chain_says(changes):
    """Aer's repetitions end in levels 1 and 2 as often as the independent chain, at 5 sigma."""
    experiment = Experiment().replace(changes | {"reset.shots": SHOTS})
    found = np.array(sampled_levels(experiment)) * SHOTS
    assert agrees(np.round(found), SHOTS, chain(experiment, 3)[-1, 1:])


def test_aers_rounds_tell_a_wrong_chain():
    """The same repetitions refuse half the leakage, no latency, and a wrong reading of level 2."""
    experiment = Experiment().replace(CASES[1] | {"reset.shots": SHOTS})
    excited, leaked = (round(share * SHOTS) for share in sampled_levels(experiment))
    assert significance(leaked, SHOTS, chain(experiment, 3, leakage=0.04)[-1, 2]) > 5
    assert significance(excited, SHOTS, chain(experiment, 3, latency_ns=0.0)[-1, 1]) > 5
    clear = experiment.replace(PERFECT | {"reset.leakage_per_flip": 0.2})
    leaked = round(sampled_levels(clear)[1] * SHOTS)
    assert significance(leaked, SHOTS, chain(clear, 3)[-1, 2]) < 5
    deaf = chain(clear.replace({"readout.leaked_reads_1": 0.0}), 3)
    assert significance(leaked, SHOTS, deaf[-1, 2]) > 5


def test_no_leakage_is_the_reset_of_two_levels():
    """With leakage 0 circuit and chain are those of two levels, and the seeded sample the same."""
    experiment = Experiment().replace(HOT | {"reset.rounds": 3, "reset.shots": 2000})
    assert active_reset_circuit(3) == active_reset_circuit(3, leakage=False)
    assert active_reset_circuit(3).num_qubits == 2
    assert sampled_levels(experiment)[1] == 0.0
    oracle = ActiveReset(
        p1_given_0=0.03, p0_given_1=0.12, latency_ns=700.0, t1_us=3.0, residual_excitation=0.2
    )
    found = expected_reset_levels(experiment)
    np.testing.assert_allclose(found[:, 1], oracle.excited(3), atol=1e-12)
    for kind in ("passive", "none"):
        assert expected_leakage(experiment.replace(LEAKY | {"reset.kind": kind})) == 0.0


def test_reset_errs_as_the_dispersive_readout_does():
    """With the dispersive model the rounds carry its errors: p10 and p01 of the closed form."""
    experiment = Experiment().replace(
        PERFECT | {"readout.model": "dispersive", "dispersive.photons": 2.0}
    )
    errors = assignment_errors(experiment)
    p10, p01 = errors.p1_given_0, errors.p0_given_1
    assert p10 > 0.05
    found = expected_reset_levels(experiment, 1)[1, 1]
    assert found == pytest.approx(0.7 * p10 + 0.3 * p01, abs=1e-14)


def test_charging_starts_from_what_leaked():
    """The truth begins with the populations that Aer's rounds left, and a dataset says so."""
    experiment = Experiment().replace(LEAKY | QUICK)
    excited, leaked = sampled_levels(experiment)
    truth = emulate(experiment)["truth"]
    assert leaked > 0
    assert truth.attrs["residual_excitation"] == excited
    np.testing.assert_allclose(truth.leakage.isel(time=0), leaked, atol=1e-12)
    expected = predict(experiment)
    assert expected.residual_leakage == expected_leakage(experiment)
    clean = predict(experiment, expected.residual_excitation, 0.0).arms["catalysed"]
    energy = expected.arms["catalysed"].bloch[:, 2] - clean.bloch[:, 2]
    assert energy[0] == pytest.approx(expected.residual_leakage, abs=1e-12)


def test_initial_state_holds_the_leaked_population():
    """Level 2 starts with the leaked share beside the resonator's thermal state."""
    state = initial_state(4, 10, 0.1, 0.2, 0.05)
    populations = np.diagonal(state).real.reshape(4, 10).sum(axis=1)
    np.testing.assert_allclose(populations, [0.85, 0.1, 0.05, 0.0], atol=1e-15)


def test_leakage_without_a_level_to_leak_to_is_refused():
    """Leakage with two transmon levels is refused with its size and what to change."""
    experiment = Experiment().replace(LEAKY | QUICK | {"transmon.levels": 2})
    said = r"must be at least 3 .* leaves 0\.0\d+ in level 2, .* keep 3"
    with pytest.raises(ExperimentError, match=said):
        predict(experiment)


def test_history_follows_each_kind_of_reset():
    """Rounds and times of the active reset, decay of the passive one, equilibrium of none."""
    experiment = Experiment().replace(LEAKY | {"transmon.t1_us": 10.0})
    active = reset_history(experiment)
    assert [(step.rounds, step.time_ns) for step in active] == [(k, 500.0 * k) for k in range(4)]
    found = [(step.residual_excitation, step.leakage) for step in active]
    np.testing.assert_allclose(found, chain(experiment, 3)[:, 1:], atol=1e-12)
    passive = reset_history(experiment.replace({"reset.kind": "passive", "reset.wait_us": 20.0}))
    rate = (1 + 2 * 0.01 / 0.98) / 10_000
    times = np.linspace(0, 20_000, 11)
    left = [step.residual_excitation for step in passive]
    np.testing.assert_allclose(left, 0.01 + 0.49 * np.exp(-rate * times), atol=1e-12)
    none = reset_history(experiment.replace({"reset.kind": "none"}))
    assert [(s.rounds, s.residual_excitation, s.leakage) for s in none] == [(None, 0.01, 0.0)]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "leaky.toml"
    path.write_text("[reset]\nleakage_per_flip = 0.08\nrounds = 3\n", encoding="utf-8")
    return path


def test_verb_prints_and_draws_the_rounds(file, tmp_path):
    """`reset` prints one row per round, as JSON the numbers themselves, and draws a picture."""
    expected = chain(Experiment().replace(LEAKY), 5)
    content = json.loads(call("reset", file, "--rounds", 5, "--json").stdout)
    assert content["kind"] == "active"
    found = [(step["residual_excitation"], step["leakage"]) for step in content["steps"]]
    np.testing.assert_allclose(found, expected[:, 1:], atol=1e-12)
    picture = tmp_path / "reset.png"
    shown = call("reset", file, "--figure", picture).stdout
    rows = [line.split() for line in shown.splitlines()[2:6]]
    assert [row[0] for row in rows] == ["0", "1", "2", "3"]
    assert float(rows[3][3]) == pytest.approx(expected[3, 2], rel=0.01)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert call("reset", file, "--quiet").stdout == ""


def test_verb_prints_the_wait_of_a_passive_reset(tmp_path):
    """A passive reset has rows over the waiting time, and a picture over it, too."""
    path = tmp_path / "passive.toml"
    path.write_text('[reset]\nkind = "passive"\nwait_us = 30\n', encoding="utf-8")
    shown = call("reset", path, "--figure", tmp_path / "p.svg").stdout
    assert "30" in shown.splitlines()[12]
    assert "time waited (us)" in (tmp_path / "p.svg").read_text(encoding="utf-8")
    assert 'reset.kind is "passive"' in refused("reset", path, "--rounds", 3)


def test_verb_refuses_what_it_cannot_do(file, tmp_path):
    """Too many rounds, a picture of another kind, and a missing file: one sentence each."""
    assert "from 1 to 1000, but is 0" in refused("reset", file, "--rounds", 0)
    assert "must end in .png or .svg" in refused("reset", file, "--figure", tmp_path / "a.jpg")
    assert "there is no experiment file" in refused("reset", tmp_path / "none.toml")
