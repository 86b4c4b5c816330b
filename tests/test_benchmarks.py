"""Every benchmark runs at its smallest size and writes JSON with ratios, targets and versions."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call

from benchmarks import (
    design_boxes,
    experiment,
    growth,
    iq_points,
    null_channel,
    optimal_charging,
    plan_scatter,
    sampling,
    startup,
    sweep,
    timing,
    trajectory,
)
from benchmarks.problem import default_device, dense_liouvillian, exact_states
from benchmarks.results import Target
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.recorder import density_matrices
from cqed_battery.dynamics.waveforms import flat

pytestmark = pytest.mark.study

PEERS = ("qutip", "dynamiqs", "diffrax")


def written(main: Callable[[list[str]], None], name: str, folder: Path) -> dict[str, Any]:
    """Run a benchmark at its smallest size and read what it wrote."""
    main(["--tiny", "--out", str(folder)])
    content = json.loads((folder / f"{name}.json").read_text())
    assert content["benchmark"] == name
    assert content["tiny"] is True
    assert content["versions"]["numpy"] == np.__version__
    for target in content["targets"].values():
        assert set(target) == {"value", "target", "met"}
    return content


@pytest.fixture
def without_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide the peers, as where only this package is installed."""
    for name in PEERS:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("benchmarks.peers.find_spec", lambda name: None)
    monkeypatch.setattr("benchmarks.experiment.find_spec", lambda name: None)


@pytest.mark.usefixtures("without_peers")
def test_trajectory_runs_without_peers(tmp_path):
    """What every installation has is compared: ours, scipy and qiskit-dynamics on numpy."""
    content = written(trajectory.main, "trajectory", tmp_path)
    tools = {row["tool"] for row in content["methods"]}
    assert tools == {"cqed-battery", "scipy", "qiskit-dynamics (numpy)"}
    assert all(row["error"] <= 1e-8 for row in content["methods"])
    assert content["targets"]["max |delta rho| of ours"]["met"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["qutip", pytest.param("dynamiqs", marks=pytest.mark.slow)])
def test_peers_solve_the_same_trajectory(name):
    """Each peer's first method, where it is installed, reaches the exact states."""
    pytest.importorskip(name)
    module = __import__(f"benchmarks.peers.with_{name}", fromlist=["methods"])
    problem = default_device(2, 3, 5.0, 3)
    states = next(module.methods(problem)).prepare(1e-9)()
    np.testing.assert_allclose(states, exact_states(problem)[0], rtol=0, atol=1e-8)


def test_exact_states_are_independent_of_ours():
    """The reference is built from the formula; ours agrees with it and a changed one does not."""
    problem = default_device(3, 3, 6.0, 4)
    exact, _ = exact_states(problem)
    liouvillian = Liouvillian(problem.generator)
    waveform = flat(6.0, problem.controls)
    ours = density_matrices(liouvillian, problem.state, waveform, problem.times)
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-9)
    lossless = default_device(3, 3, 6.0, 4).__class__(**{**vars(problem), "jumps": ()})
    assert abs(dense_liouvillian(lossless) - dense_liouvillian(problem)).max() > 1e-4
    assert abs(exact_states(lossless)[0] - exact).max() > 1e-4


@pytest.mark.usefixtures("without_peers")
def test_experiment_runs_without_peers(tmp_path):
    """A Solver run per setting gives our probabilities, and is extrapolated to all settings."""
    content = written(experiment.main, "experiment", tmp_path)
    assert content["settings"] == 18
    (row,) = content["solvers"]
    assert row["error"] <= 1e-7
    assert row["seconds_of_all"] == pytest.approx(18 * row["seconds_per_setting"])


def test_growth_fits_exponents(tmp_path, monkeypatch):
    """Every size is timed; memory comes from processes of their own."""
    monkeypatch.setattr(growth, "probe", lambda *arguments: {"megabytes": 200.0})
    content = written(growth.main, "growth", tmp_path)
    for name in growth.SWEEPS:
        assert len(content[name]["seconds"]) == len(content[name]["sizes"]) == 2
        assert np.isfinite(content[name]["exponent"])
    assert content["targets"]["peak memory at any size, MB"]["value"] == 200.0


def test_startup_splits_the_run(tmp_path):
    """Imports, dynamics, sampling, analysis and report are timed in a process of their own."""
    content = written(startup.main, "startup", tmp_path)
    parts = content["run"]["parts"]
    assert {"imports", "dynamics", "sampling", "analysis", "report"} <= set(parts)
    assert content["run"]["command"]["seconds"] == pytest.approx(sum(parts.values()))
    assert content["run"]["command"]["megabytes"] > 50


def test_sweep_extrapolates_from_two_sizes(tmp_path, monkeypatch):
    """The time of 1000 points comes from the cost per point; the command's words are accepted."""
    called: list[tuple[str, ...]] = []

    def probed(*words: str) -> dict[str, float]:
        called.append(words[1:])
        points = np.prod([int(word.rpartition(":")[2]) for word in words if ":" in word])
        return {"seconds": 1.0 + 0.1 * float(points) / int(words[-1])}

    monkeypatch.setattr(sweep, "probe", probed)
    content = written(sweep.main, "sweep", tmp_path)
    assert content["workers"]["1 worker"]["seconds_of_1000"] == pytest.approx(101.0)
    assert content["workers"]["2 workers"]["seconds_of_1000"] == pytest.approx(51.0)
    gone = call(*called[0])  # its temporary file is what the command misses, not an option
    assert gone.exit_code == 2
    assert "there is no experiment file" in gone.stderr


def test_timing_finds_exponents_and_the_best():
    """A power law gives its exponent, and the best of several calls is kept."""
    sizes = [6.0, 12.0, 24.0]
    assert timing.fitted_exponent(sizes, [3 * n**2.2 for n in sizes]) == pytest.approx(2.2)
    best = timing.best_seconds({"quick": lambda: None, "slow": lambda: sum(range(10**5))}, 3)
    assert 0 < best["quick"] < best["slow"]


def test_failing_processes_say_why():
    """What a probe wrote to stderr is in the error."""
    with pytest.raises(RuntimeError, match="no_such_module"):
        timing.probe("import", "no_such_module")


@pytest.mark.parametrize(("value", "at_least", "met"), [(5.0, True, True), (5.0, False, False)])
def test_targets_know_their_direction(value, at_least, met):
    """A target is met from its own side."""
    assert Target("t", value, 4.0, at_least=at_least).met is met


def test_iq_points_run(tmp_path):
    """Both readings are timed to the end in processes of their own, and their memory is told."""
    content = written(iq_points.main, "iq_points", tmp_path)
    for kind in ("iq", "soft-iq"):
        assert min(content[kind].values()) > 0
        assert content["targets"][f"{kind}: peak MB"]["met"]


def test_optimal_charging_runs_without_its_peer(tmp_path, capsys):
    """Both pulses are found and timed; what is missing is said."""
    missing = ["--peer", str(tmp_path / "python")]
    content = written(
        lambda given: optimal_charging.main(given + missing), "optimal_charging", tmp_path
    )
    assert content["qutip-qoc"] is None
    assert "no qutip-qoc" in capsys.readouterr().out
    assert all(0.9 < row["ergotropy"] < 1 and row["seconds"] > 0 for row in content["ours"])
    assert all(row["largest_amplitude"] <= 1 + 1e-12 for row in content["ours"])


def test_sampling_runs(tmp_path):
    """Both ways are timed, ours for a thousand times the shots, too."""
    content = written(sampling.main, "sampling", tmp_path)
    assert content["settings"] == 36
    assert min(content["seconds"], content["aer_shot_by_shot_seconds"]) > 0


@pytest.mark.slow
def test_boxes_are_searched_and_sampled(tmp_path):
    """One box: what the search and the random points found, by the same merit, and how long."""
    content = written(design_boxes.main, "design_boxes", tmp_path)
    (row,) = content["boxes"]
    assert row["as_good"] == (row["search"]["merit"] >= row["random"]["merit"])
    assert row["seconds"] > 0
    assert row["statement"]


def test_random_boxes_hold_the_cooling_point_they_lie_around():
    """Two fixed boxes first; a random one is the same by its number, its bars below its point's."""
    named = design_boxes.cases(3, seed=1)
    assert [case.name for case in named[:2]] == ["shift 0.6 MHz", "shift open"]
    (again,) = design_boxes.cases(3, seed=1)[2:]
    assert again.box == named[2].box
    assert again.box.objective.least_gain >= 0.29
    for low, high in again.box.bounds.values():
        assert low < high


def test_y_seldom_warns_where_it_is_zero(tmp_path):
    """All devices are there; those with y = 0 are tested, the default's third level leaves none."""
    content = written(null_channel.main, "null_channel", tmp_path)
    tested = {row["device"]: row["tested"] for row in content["rows"]}
    assert tested["default"] == 0
    assert all(tested[name] == 2 for name in ("two levels", "poor readout", "weak drive"))


def test_the_scatter_of_a_planned_claim_is_the_predicted_one():
    """Drawn counts of a planned file scatter as its plan says, within 5 Monte-Carlo errors."""
    claim, _, file = next(case for case in plan_scatter.cases() if case[1] == "number-selective")
    found = plan_scatter.compared(claim, file, draws=500, runs=10)
    for row in (found["draws"], found["runs"]):
        assert row["ratio"] == pytest.approx(1.0, abs=5 * row["error"])
