"""The error budget: shares add up, the ramp's is that of an independent integration."""

import json
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from commands import call, refused
from devices import dense_of
from oracles import bloch, from_transmon_first, integrate_rotating

from analysis.error_budget.budget import Budget, error_budget
from analysis.error_budget.errors import errors_of
from analysis.error_budget.summary import bias_rows, budget_dict
from analysis.estimators.heat.current import difference_current
from cqed_battery import Experiment
from cqed_battery.dynamics.hermitian import from_real
from cqed_battery.errors import CqedBatteryError
from protocols.faults.causes import (
    CAUSES,
    LEVEL_2,
    RAMP,
    acting_causes,
    situation,
    switched_off,
)
from protocols.prediction.predict import predict

pytestmark = pytest.mark.study

SHORT: dict[str, Any] = {
    "charging.stop_ns": 6.0,
    "charging.points": 5,
    "vacuum.points": 5,
    "vacuum.stop_ns": 20.0,
}
FAULTS: dict[str, Any] = {
    "faults.drive_bandwidth_MHz": 400.0,
    "faults.rabi_rate_error": 0.01,
    "faults.pulse_amplitude_error": 0.01,
    "faults.transmon_detuning_MHz": 0.5,
    "faults.frequency_noise_MHz": 0.1,
    "faults.readout_drift": 0.01,
}


@lru_cache
def budget(faulty: bool = False) -> Budget:
    """The budget of a short run, with every kind of fault or with none."""
    changes = SHORT | (FAULTS | {"vacuum.method": "none"} if faulty else {})
    return error_budget(Experiment().replace(changes))


@pytest.mark.parametrize("faulty", [False, True])
def test_shares_and_rest_add_up_to_the_whole(faulty):
    """For every arm and quantity, with and without correction; single effects do not."""
    found = budget(faulty)
    for whole, rest, name in (
        (found.whole.raw, found.rest.raw, "raw"),
        (found.whole.corrected, found.rest.corrected, "corrected"),
    ):
        for key, value in whole.items():
            total = rest[key] + sum(getattr(share, name)[key] for share in found.shares)
            assert np.abs(total - value).max() < 1e-12
    alone = sum(share.alone["catalysed", "ergotropy"] for share in found.shares)
    assert np.abs(alone - found.whole.raw["catalysed", "ergotropy"]).max() > 1e-4


def test_every_fault_is_among_the_causes():
    """What acts is listed by name, and switching it all off leaves no fault and no imperfection."""
    names = [share.name for share in budget(True).shares]
    assert {"drive bandwidth", "Rabi rate error", "pulse errors", "detunings"} <= set(names)
    assert {"slow noise", "drift", "coupler ramp", "third level", "relaxation"} <= set(names)
    bare = switched_off(Experiment().replace(FAULTS), [cause.name for cause in CAUSES])
    assert not acting_causes(bare)
    assert not bare.faults.act


def test_a_reset_that_uses_the_third_level_has_it_still():
    """Without that level while charging, the reset by its pulses leaves what it leaves."""
    experiment = Experiment().replace(SHORT | {"vacuum.method": "none", "reset.kind": "f0-g1"})
    there, gone = situation(experiment, ()), situation(experiment, (LEVEL_2,))
    assert gone.experiment.transmon.levels == 2
    left = there.model.residual_excitation, there.model.residual_leakage
    assert (gone.model.residual_excitation, gone.model.residual_leakage) == (left[0], 0.0)
    assert left[1] > 0


def test_only_faults_escape_the_correction():
    """Imperfections that the file knows are corrected exactly; faults leave a bias."""
    known, unknown = budget(False), budget(True)
    for key, value in known.whole.corrected.items():
        if key[1] != "vacuum_fidelity":
            assert np.abs(value).max() < 1e-12
            assert np.abs(known.whole.raw[key]).max() > 1e-3
    assert np.abs(unknown.whole.corrected["catalysed", "ergotropy"]).max() > 1e-3
    for share in unknown.shares:
        blamed = np.abs(share.corrected["control", "ergotropy"]).max()
        if share.name in ("coupler ramp", "relaxation", "pure dephasing"):
            assert blamed < 1e-3


@pytest.mark.parametrize("ramp_ns", [0.5, 2.0])
def test_the_ramp_is_that_of_an_independent_integration(ramp_ns):
    """With ideal pulses the ramp's shift is that of an ODE solver, and as large as expected.

    Along the charging z moves by up to 0.26 and the coherence by 0.24 to 0.62.
    """
    experiment = Experiment().replace(
        {
            "charging.times_ns": (4.0, 8.0, 14.0, 20.0, 25.0),
            "coupler.ramp_ns": ramp_ns,
            "coupler.g_off_MHz": 0.0,
            "tomography.pulse": "none",
            "readout.leaked_reads_1": 0.5,
            "vacuum.method": "none",
            "control.enabled": False,
        }
    )
    with_it, without = (errors_of(situation(experiment, off)) for off in ([], [RAMP]))
    shift = with_it.shift["catalysed"][0] - without.shift["catalysed"][0]
    prediction = predict(experiment)
    device = dense_of(experiment, prediction.fock.levels)
    edges = np.arange(0.0, ramp_ns + 0.1, 0.25)
    held = 0.1 * np.pi * (1 + np.cos(np.pi * (edges[:-1] + 0.125) / ramp_ns)) / 2

    def coupling(time: float) -> float:
        return float(held[min(int(time / 0.25), len(held) - 1)])

    for state, seen in zip(prediction.arms["catalysed"].joint_states, shift, strict=True):
        before = from_transmon_first(device, from_real(state))
        after = integrate_rotating(
            device,
            before,
            [0.0, ramp_ns],
            coupling=coupling,
            drive=lambda time: 0.0,
            breaks_ns=edges[1:-1],
            rtol=1e-8,
        )[-1]
        assert np.abs(bloch(device, after) - bloch(device, before) - seen).max() < 1e-6
    assert 0.05 < np.abs(shift[:, 2]).max() < 0.3
    assert 0.1 < np.hypot(shift[:, 0], shift[:, 1]).max() < 0.65


def test_the_ramps_share_agrees_with_its_own_shift():
    """At the default pulses the ramp's share of S is its shift through S, up to interaction."""
    found = budget(False)
    share = next(share for share in found.shares if share.name == "coupler ramp")
    key = ("catalysed", "heat_current")
    functional = difference_current(found.experiment, found.times)
    through = functional.of(found.ramp_shift["catalysed"])
    assert np.abs(share.alone[key] - through).max() < 1e-9
    missing = np.abs(found.interaction()[key]).max() + 1e-3
    assert np.abs(share.raw[key] - through).max() < missing


def test_the_standard_error_is_the_binomial_one():
    """S(t_0) is 0 without noise; z at the last time alone gives J's part by differences."""
    found = errors_of(situation(Experiment().replace(SHORT), []))
    assert found.std["catalysed", "heat_integral"][0] == pytest.approx(0.0, abs=1e-12)
    more = Experiment().replace({**SHORT, "tomography.shots": 4000})
    fewer_noise = errors_of(situation(more, []))
    for key, value in found.std.items():
        if key[1] != "vacuum_fidelity":
            assert np.allclose(fewer_noise.std[key], value / 2)


def test_a_perfect_readout_lowers_the_variance_only():
    """Without assignment errors the bias stays, and the standard error falls by the contrast."""
    share = next(share for share in budget(False).shares if share.name == "readout errors")
    key = ("control", "heat_current")
    assert np.abs(share.raw[key]).max() < 1e-3
    ratio = share.std_without[key][1:] / budget(False).whole.std[key][1:]
    assert (ratio < 1).all()
    assert (ratio > 0.5).all()


def test_too_few_times_are_refused():
    """Differences and Simpson's rule need four charging times."""
    with pytest.raises(CqedBatteryError, match=r"at least 4 charging times, but there are 3"):
        error_budget(Experiment().replace({"charging.points": 3}))


def test_the_summary_adds_up_as_printed():
    """Means of causes and rest add up to the whole's; JSON holds every curve and the pulses."""
    block = budget_dict(budget(False))
    rows = {row[0]: row[1:] for row in bias_rows(block, "catalysed")}
    ends = ("whole", "whole, corrected", "interaction")
    total = sum(float(row[4]) for name, row in rows.items() if name not in ends)
    assert total == pytest.approx(float(rows["whole"][4]), abs=0.0005 * len(rows))
    again = json.loads(json.dumps(block, allow_nan=False))
    assert len(again["arms"]["control"]["ergotropy"]["whole"]["values"]) == 5
    assert again["bloch_shift"]["catalysed"]["coupler ramp"]["z_largest"] > 0.01
    assert {row["pulse"] for row in again["pulses"]} == {"pi/2", "pi"}


@pytest.fixture
def experiment_file(tmp_path):
    path = tmp_path / "short.toml"
    path.write_text(
        "[charging]\nstop_ns = 4.0\npoints = 4\n[tomography]\nshots = 50\n"
        '[vacuum]\nmethod = "none"\n[control]\nenabled = false\n'
        "[analysis]\nglobal_fit = false\n"
    )
    return path


def test_the_command_prints_and_writes_the_budget(experiment_file, tmp_path):
    """The table fits 80 columns; DIR gets the JSON; a run of another experiment is refused."""
    folder = tmp_path / "out"
    result = call("budget-errors", experiment_file, "--out", folder)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\u2026" not in result.stdout
    assert any(line.startswith(" coupler ramp") for line in lines)
    held = json.loads((folder / "error_budget.json").read_text())
    assert held["arms"]["catalysed"]["ergotropy"]["causes"]["coupler ramp"]["share"]["rms"] > 0


def test_a_run_gets_the_budget_into_its_report(experiment_file, tmp_path):
    """Results and report of the run hold the budget; a budget of another file is refused."""
    folder = tmp_path / "run"
    assert call("run", experiment_file, "--out", folder, "-q").exit_code == 0
    assert "Error budget" not in (folder / "report.html").read_text()
    assert call("budget-errors", experiment_file, "--out", folder, "-q").exit_code == 0
    assert "Error budget" in (folder / "report.html").read_text()
    assert "error_budget" in json.loads((folder / "results.json").read_text())
    experiment_file.write_text(experiment_file.read_text() + "[coupler]\nramp_ns = 2.0\n")
    assert "says otherwise in " in refused("budget-errors", experiment_file, "--out", folder)


def test_pulses_are_listed(experiment_file):
    """Six rows: both pulses untuned, tuned and with faults."""
    rows = json.loads(call("pulses", experiment_file, "--json").stdout)
    assert [(row["pulse"], row["line"]) for row in rows[:3]] == [
        ("pi/2", "untuned"),
        ("pi/2", "tuned"),
        ("pi/2", "with faults"),
    ]
    assert "leakage" in call("pulses", experiment_file).stdout
