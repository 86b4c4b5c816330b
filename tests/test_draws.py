"""Drawn devices off their file: verdicts beside truths, outcomes that are kept."""

import json
from math import cos, exp, inf, pi

import numpy as np
import pytest
from commands import call, refused
from points import InThisProcess
from scipy.integrate import quad

import cqed_battery as cb
from analysis.validation import coverage_study
from analysis.validation.coverage_study import run_study
from analysis.validation.devices import off_file as laboratory
from analysis.validation.devices.random_devices import random_experiment
from analysis.validation.devices.scenarios import default_scenarios
from analysis.validation.outcomes.verdict_rows import STRENGTHS, claim_rows, error_rows
from analysis.validation.repeats.claims import Claimed
from analysis.validation.repeats.drawn import drawn_run
from analysis.validation.repeats.repeat import Errors, Outcome
from cqed_battery.errors import CqedBatteryError

SMALL = cb.Experiment().replace(
    {
        "charging.points": 9,
        "charging.stop_ns": 16.0,
        "vacuum.method": "none",
        "resonator.fock_levels": 6,
        "tomography.shots": 400,
    }
)


def test_no_error_is_the_file():
    """Without errors the laboratory's device is the file's, and one error moves its own key."""
    assert laboratory.with_errors(SMALL, {}) == SMALL
    moved = laboratory.with_errors(SMALL, {"coupling": -2.0}, scale=3.0)
    assert moved == SMALL.replace({"coupler.g_on_MHz": 50.0 * (1 - 0.06)})


def test_a_file_on_the_clock_can_be_off():
    """What is played sample by sample has a ramp of so many samples; all else is off as ever."""
    clocked = SMALL.replace({"drive.timing": "clock", "drive.clock_GHz": 1.0})
    found = laboratory.laboratory_draw(clocked, np.random.default_rng(5))
    assert found.coupler.ramp_ns == clocked.coupler.ramp_ns
    assert found.coupler.g_on_MHz != clocked.coupler.g_on_MHz


def test_a_line_that_compresses_keeps_the_calibrated_rabi_rate():
    """What is calibrated at the charging's own amplitude is off by the Rabi rate's error alone."""
    found = laboratory.with_errors(SMALL, {"Rabi rate": 1.0, "compression": 1.0}).faults
    full = SMALL.drive.rabi_rate_MHz * (1 + found.rabi_rate_error)
    assert full * (1 - full / found.drive_saturation_MHz) == pytest.approx(50.0 * 1.003, rel=1e-12)


def test_a_ripple_turns_a_qubit_by_its_area():
    """Two levels without losses turn by the integral of Omega (1 + r cos(2 pi t/T) exp(-t/4T))."""
    alone = SMALL.replace(
        {
            "transmon.levels": 2,
            "transmon.t1_us": inf,
            "transmon.dephasing_rate_MHz": 0.0,
            "transmon.residual_excitation": 0.0,
            "coupler.g_off_MHz": 0.0,
            "reset.kind": "none",
            "drive.rise_ns": 0.0,
            "faults.drive_ripple": 0.1,
            "faults.drive_ripple_period_ns": 12.0,
        }
    )
    truth = cb.emulate(alone)["truth"]
    z = truth.bloch.sel(arm="control", component="z").values
    omega = 2 * pi * 0.05

    def rippled(t):
        return omega * (1 + 0.1 * cos(2 * pi * t / 12) * exp(-t / 48))

    area = np.array([quad(rippled, 0, t)[0] for t in truth.time.values])
    plain = -np.cos(omega * truth.time.values)
    assert np.abs(z + np.cos(area)).max() < 2e-3  # it is held over 1/16 of its period
    assert np.abs(z - plain).max() > 0.04


@pytest.mark.parametrize(
    ("outcome", "effect", "wrong"),
    [
        ("holds", -0.001, True),
        ("holds", 0.001, False),
        ("fails", 0.021, True),
        ("fails", 0.019, False),
        ("fails", -0.5, False),
        ("undecided", -0.5, False),
        ("undecided", 0.5, False),
    ],
)
def test_what_contradicts(outcome, effect, wrong):
    """Holds with the truth on the other side, fails with an effect beyond what counts."""
    assert Claimed(outcome, 0.1, effect, 0.02).contradicts is wrong


def test_rows_count_what_was_said():
    """Shares by strength and coverage by error are those of outcomes made by hand."""
    said = [("holds", 0.35), ("undecided", 0.25), ("holds", -0.35), ("fails", -1.5)]
    covered = [1.0, 0.0, 1.0, 1.0]
    outcomes = [
        Outcome(
            errors={"model-free": {"control.energy": _errors(held)}},
            claims={"ergotropy_gain": Claimed(outcome, 0.1, effect, 0.02)},
            off={"ripple": 2.0 if held == 0 else 0.1},
        )
        for (outcome, effect), held in zip(said, covered, strict=True)
    ]
    (row,) = claim_rows(outcomes)
    assert row.outcomes == {"holds": 2, "fails": 1, "undecided": 1}
    assert row.contradicting.value == 0.25
    place = STRENGTHS.index(3.0)
    assert (row.runs[place], row.decided[place].value) == (2, 1.0)
    assert (row.runs[place - 1], row.decided[place - 1].value) == (1, 0.0)
    (error,) = error_rows(outcomes)
    assert (error.large.value, error.small.value) == (0.0, 1.0)


def _errors(held):
    return Errors(*(np.full(3, value) for value in (0.1, 0.1, held)))


def test_more_repeats_go_on_from_fewer(tmp_path, monkeypatch):
    """Of several truths, too: what is there is taken for the repeats that it was made for."""
    made = []

    def outcome(scenario, place, number, *_):
        made.append((scenario.name, place, number))
        errors = Errors(*(np.full(3, 10.0 * place + number) for _ in range(3)))
        return Outcome({"mine": {"catalysed.energy": errors}})

    monkeypatch.setattr(coverage_study, "repeat", outcome)
    scenarios, kept = default_scenarios(SMALL, 1, 3)[:2], tmp_path / "kept.jsonl"
    for repeats in (2, 3, 2):
        found = run_study(scenarios, repeats, 5, keep=kept, workers=InThisProcess())
        values = [[o.errors["mine"]["catalysed.energy"].error[0] for o in own] for own in found]
        assert values == [[10.0 * place + n for n in range(repeats)] for place in range(2)]
    names = [scenario.name for scenario in scenarios]
    assert sorted(made) == sorted((names[p], p, n) for p in range(2) for n in range(3))


@pytest.mark.study
def test_a_study_goes_on_where_it_was_stopped(tmp_path):
    """Outcomes that are there are not made again, and the numbers are those of one go."""
    kept, whole = tmp_path / "kept.jsonl", tmp_path / "whole.jsonl"
    options = {"draw": "laboratory", "repeats": 3, "seed": 4}
    (once,) = cb.validate(SMALL, keep=whole, **options)
    lines = whole.read_bytes().splitlines(keepends=True)
    assert len(lines) == 4
    kept.write_bytes(b"".join(lines[:2]) + lines[2][:100])  # a kill tears a line
    seen = []
    (again,) = cb.validate(
        SMALL, keep=kept, progress=lambda done, total, _: seen.append(done), **options
    )
    assert seen[0] == 1
    assert again.rows == once.rows
    assert again.claims == once.claims
    assert sorted(kept.read_bytes().splitlines()[1:]) == sorted(whole.read_bytes().splitlines()[1:])
    before = whole.read_bytes()
    (fewer,) = cb.validate(SMALL, keep=whole, **options | {"repeats": 2})
    assert fewer.repeats == 2
    assert whole.read_bytes() == before
    with pytest.raises(CqedBatteryError, match="holds outcomes of another study"):
        cb.validate(SMALL, keep=kept, draw="wide", repeats=3, seed=4)


@pytest.mark.study
def test_validate_draw_prints_verdicts_and_writes_them(tmp_path):
    """The verb shows verdicts beside truths; what it writes names every claim and error."""
    path = tmp_path / "small.toml"
    path.write_text(SMALL.to_toml())
    options = ("--draw", "laboratory", "--repeats", 2, "--out", tmp_path / "out")
    text = call("validate", path, *options).stdout
    assert "verdicts beside the truth" in text
    assert "coverage by what is off" in text
    (study,) = json.loads((tmp_path / "out" / "validation.json").read_text())
    assert {row["claim"] for row in study["claims"]} == {"heat_current_negative", "ergotropy_gain"}
    assert [row["error"] for row in study["errors"]] == list(laboratory.ERRORS)
    line = refused("validate", path, "--draw", "narrow")
    assert "--draw must be laboratory, wide or devices" in line


@pytest.mark.study
def test_random_devices_are_of_many_kinds_and_their_truth_is_the_emulations():
    """Some have no resonator, no control, a drive far off; a run's truth is not the file's."""
    rng = np.random.default_rng(3)
    found = [random_experiment(SMALL, rng) for _ in range(60)]
    assert {each.transmon.kept_levels for each in found} == {2, 3, 4}
    assert 0 < sum(each.coupler.g_on_MHz == 0 for each in found) < 30
    assert any(not each.control.enabled for each in found)
    assert any(each.drive.frequency_GHz != each.transmon.frequency_GHz for each in found)
    run = drawn_run(SMALL, "wide", np.random.default_rng(8))
    model = cb.emulate(SMALL)["truth"].energy.values
    assert np.abs(run.truth.energy.values - model).max() > 1e-3
    true = run.truths()["catalysed.energy"]
    error = run.estimates(run.results["arms"])["catalysed.energy"].value - true
    assert np.abs(error).max() < 0.2
