"""The operating-point search: its box, its points, its determinism and its plain statements."""

import json
from dataclasses import replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxes import FIXED as DEVICE
from boxes import HOPELESS, LINE, TOLERANCE, WANTED, box
from commands import refused
from points import HereOutOfOrder, InThisProcess

from analysis.design_search.box.box import Box, read_box
from analysis.design_search.box.entries import DesignError
from analysis.design_search.box.objective import Objective
from analysis.design_search.design import search_in
from analysis.design_search.point.measurement import ways
from analysis.design_search.point.point import evaluate, point_experiment
from analysis.design_search.point.point_result import EXACT, SCREENED, PointResult
from analysis.design_search.results import held_observations, pareto_front
from analysis.design_search.run import RESULTS, Search, run_design
from cqed_battery.compute.points import Workers
from cqed_battery.experiment import Experiment
from protocols.prediction.predict import predict, with_enough_levels
from protocols.prediction.truth import arm_truth

EXAMPLES = Path(__file__).parents[1] / "examples"
EXAMPLE_BOX = EXAMPLES / "box.toml"
EVALUATIONS = 40
# Judged without derivatives of the device and with short fits: a search ends with three files.
FIXED = DEVICE.replace({"analysis.correction": "none", "analysis.max_modes": 1})


def search(folder: Path, workers: Workers | None = None, **changes: Any) -> dict[str, Any]:
    what = Search(FIXED, changes.pop("box", box()), evaluations=EVALUATIONS, seed=3, side=0)
    return run_design(what, folder, workers=workers or InThisProcess(), **changes)


def test_the_example_box_is_read_as_the_issue_states_it():
    """Bounds come in the order of the keys, and a detuning counts from the transmon's frequency."""
    found = read_box(EXAMPLE_BOX, Experiment())
    bounds = dict(zip(found.keys, zip(found.low, found.high, strict=True), strict=True))
    assert bounds["coupler.g_on_MHz"] == (5, 100)
    assert bounds["resonator.linewidth_MHz"] == (0.5, 10)
    values = found.values(found.place(dict.fromkeys(found.keys, 10.0)))
    experiment = found.experiment(Experiment(), values | {"drive.detuning_MHz": -60.0})
    assert experiment.drive.frequency_GHz == pytest.approx(4.94)
    assert experiment.resonator.frequency_GHz == pytest.approx(5.01)
    assert experiment.coupler.g_on_MHz == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"\[box\] must name a key"),
        ("[boxes]\n", r"there is boxes: remove it"),
        ('box = "all"\n', r"box must be a section, \[box\], but is"),
        ("[box]\ndrive.rabi_rate_MHz = 5\n", r"must be two numbers, .* but is 5"),
        ("[box]\ndrive.rabi_rate_MHz = [9, 5]\n", r"a lower and a higher bound .* \[9, 5\]"),
        ("[box]\ndrive.rabi_rate_MHz = [-5, 5]\n", r"at the lower bounds, drive.rabi_rate_MHz"),
        ("[box]\ndrive.rabi_rate_GHz = [1, 5]\n", r"did you mean rabi_rate_MHz"),
        ("[box]\ntomography.shots = [1, 5]\n", r"tomography.shots cannot be searched"),
        ("[box]\ncharging.points = [10, 50]\n", r"charging.points cannot be searched"),
        (
            LINE + '"resonator.frequency_GHz" = [4, 5]\n',
            r"resonator.frequency_GHz say the same: remove the one",
        ),
        (LINE + "[measurement]\ndrive.rise_ns = [1, 2]\n", r"may name keys of \[vacuum\], but has"),
        (LINE + "[measurement]\nvacuum.method = 'swap'\n", r"must be a list of methods such as"),
        (
            LINE + "[measurement]\nvacuum.method = ['echo']\n",
            r"\[measurement\]: vacuum.method must",
        ),
        (LINE + "[measurement]\nvacuum.reset_ns = [9, 5]\n", r"must be two numbers, .* \[9, 5\]"),
        (
            LINE + "[fixed]\nvacuum.reset_ns = 5\n[measurement]\nvacuum.reset_ns = [5, 9]\n",
            r"vacuum.reset_ns is both in \[measurement\] and in \[fixed\]: remove the one",
        ),
        (
            LINE + "[measurement]\nvacuum.reset_ns = [5, 9]\nvacuum.displacement_MHz = [1, 2]\n"
            "vacuum.selective_pulse_ns = [300, 400]\n",
            r"allows 343 ways to measure the resonator; at most 64 are tried",
        ),
        (LINE + "[tolerance]\ndrive.rise_ns = 1\n", r"\[tolerance\] has drive.rise_ns, but"),
        (LINE + "[tolerance]\nresonator.detuning_MHz = -1\n", r"must be a number >= 0, but is -1"),
        (LINE + '[objective]\nkind = "best"\n', r'objective.kind must be "significance", '),
        (
            LINE + "[objective]\nleast_fidelity = 1.5\n",
            r"least_fidelity must be a number > 0 and < 1",
        ),
        (LINE + "[objective]\nearly_ns = 1e-300\n", r"early_ns must be a number > 0.1"),
        (LINE + "charging.stop_ns = [0.1, 9]\n", r"at least 1 ns, but charging.stop_ns may be 0.1"),
        (LINE + "[objective]\nsigma = 5\n", r"objective.sigma is not a known key"),
    ],
)
def test_a_bad_box_is_refused(text, sentence):
    """Each mistake in a box file is answered by a sentence that names it."""
    with pytest.raises(DesignError, match=sentence):
        box(text)


def test_a_box_of_values_is_that_of_a_file(tmp_path):
    """Made in Python, by key or section, it is the box of a file; `design` takes either."""
    file = tmp_path / "box.toml"
    file.write_text(
        LINE
        + WANTED
        + TOLERANCE
        + '[fixed]\nvacuum.method = "swap"\n[measurement]\nvacuum.reset_ns = [5, 9]\n'
    )
    key = "resonator.detuning_MHz"
    made = Box(
        bounds={"resonator": {"detuning_MHz": np.array([-140.0, -80.0])}},
        fixed={"vacuum.method": "swap"},
        measurement={"vacuum": {"reset_ns": np.array([5, 9])}},
        tolerance={key: 4},
        objective=Objective(hours=12, least_gain=0.2, least_fidelity=0.9, early_ns=60),
    )
    assert made == read_box(file, FIXED)
    assert (made.keys, made.low, made.high, made.tolerances) == ((key,), -140.0, -80.0, 4.0)
    searches = [search_in(FIXED, given, objective="peak-gain", hours=2) for given in (made, file)]
    assert searches[0].identity == searches[1].identity
    assert searches[0].fixed.vacuum.method == "swap"
    assert ways(made) == ways(read_box(file, FIXED))
    assert [way["vacuum.reset_ns"] for way in (ways(made)[0], ways(made)[-1])] == [5.0, 9.0]
    assert searches[0].box.objective == Objective(
        kind="peak-gain", hours=2, least_gain=0.2, least_fidelity=0.9, early_ns=60
    )


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({}, r'\[box\] must name a key, such as "drive.rabi_rate_MHz"'),
        ({"bounds": {3: (1, 2)}}, r"\[box\] must name its keys by texts, but has 3"),
        ({"bounds": {"drive.rabi_rate_MHz": (1, True)}}, r"must be two numbers, .* \[1, true\]"),
        ({"limits": {}}, r"limits is not a part of a box, which has bounds, fixed, measurement"),
        ({"objective": 5}, r"objective must be a section, \[objective\], but is 5"),
        ({"objective": {"hours": 0}}, r"objective.hours must be a number > 0, but is 0"),
        ({"measurement": {"vacuum.reset_ns": np.array([9, 5])}}, r"must be two numbers"),
        ({"measurement": {"vacuum.method": "swap"}}, r"must be a list of methods such as"),
        ({"measurement": {"drive.rise_ns": (1, 2)}}, r"may name keys of \[vacuum\], but has"),
        ({"fixed": {"drive.detuning_MHz": "x"}}, r'drive.detuning_MHz must be a number, .* "x"'),
        (
            {"fixed": {"drive": {"detuning_MHz": 1, "frequency_GHz": 5}}},
            r"drive.detuning_MHz and drive.frequency_GHz say the same",
        ),
    ],
)
def test_a_box_of_bad_values_is_refused(parts, sentence):
    """Each mistake in Python is answered by a sentence that names it, before any experiment."""
    bounds = {} if "bounds" in parts or not parts else {"bounds": {"coupler.g_on_MHz": (5, 50)}}
    with pytest.raises(DesignError, match=sentence):
        Box(**bounds, **parts)


def test_the_command_refuses_what_it_cannot_search(tmp_path):
    """A missing box, a wrong objective and too few evaluations end in one sentence each."""
    file = tmp_path / "experiment.toml"
    file.write_text(FIXED.to_toml(), encoding="utf-8")
    there = ("design", file, "--out", tmp_path / "out", "--box")
    assert "there is no box file" in refused(*there, tmp_path / "none.toml")
    assert "objective.kind must be" in refused(*there, EXAMPLE_BOX, "--objective", "best")
    assert "objective.hours must be a number > 0" in refused(*there, EXAMPLE_BOX, "--hours", "0")
    assert "evaluations must be a whole number from 4" in refused(
        *there, EXAMPLE_BOX, "--evaluations", "1"
    )


def test_a_search_needs_the_vacuum_measurement():
    """Without it F has no counts: refused before a point is computed."""
    with pytest.raises(DesignError, match=r"vacuum\.method is none: choose another"):
        Search(FIXED.replace({"vacuum.method": "none"}), box())


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a search that was computed one point after the other without a stop."""
    folder = tmp_path_factory.mktemp("searched")
    search(folder)
    return folder


@pytest.mark.study
def test_a_search_depends_on_neither_workers_nor_interruptions(searched, tmp_path):
    """With points out of order, and after a stop in the middle, the files are the same bytes."""
    search(tmp_path / "three", InThisProcess(kind=HereOutOfOrder))
    seen = []

    def stop(done: int, total: int, what: str) -> None:
        seen.append(done)
        if done == 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match="15 points are saved"):
        search(tmp_path / "stopped", progress=stop)
    seen.clear()
    search(tmp_path / "stopped", progress=lambda done, total, what: seen.append(done))
    assert seen[0] == 15
    assert seen[:-1] == sorted(set(seen[:-1]))  # no point is computed again
    for name in (RESULTS, "point-1.toml"):
        first = (searched / name).read_bytes()
        assert (tmp_path / "three" / name).read_bytes() == first
        assert (tmp_path / "stopped" / name).read_bytes() == first
    assert not (searched / "points").exists()


@pytest.mark.slow
def test_processes_find_what_one_finds(searched, tmp_path):
    """Two worker processes give the same results to the byte."""
    search(tmp_path, Workers(2))
    assert (tmp_path / RESULTS).read_bytes() == (searched / RESULTS).read_bytes()


def test_a_search_finds_the_best_place_on_a_line(searched):
    """Its best point is no worse than a scan of the same line, and its file is that point."""
    best = json.loads((searched / RESULTS).read_text())["best"][0]
    scan = [
        evaluate(FIXED, box(), {"resonator.detuning_MHz": float(detuning)})
        for detuning in np.linspace(-140, -80, 13)
    ]
    assert best["merit"] >= max(point.merit for point in scan)
    written = Experiment.from_toml(searched / best["file"])
    offset = 1e3 * (written.resonator.frequency_GHz - written.transmon.frequency_GHz)
    assert offset == pytest.approx(best["values"]["resonator.detuning_MHz"])


def test_tolerances_move_the_best_point_by_as_much(searched):
    """Robustness is what the best point gives with its own value less and plus the tolerance."""
    results = json.loads((searched / RESULTS).read_text())
    centre = results["best"][0]["values"]["resonator.detuning_MHz"]
    for side, step in (("below", -4.0), ("above", 4.0)):
        off = evaluate(FIXED, box(), {"resonator.detuning_MHz": centre + step}, screening=False)
        kept = results["robustness"]["resonator.detuning_MHz"][side]
        assert kept["late_gain"] == pytest.approx(off.late_gain, abs=1e-9)


def test_a_box_without_such_a_point_is_called_so(tmp_path):
    """Where nothing meets all three the statement says it, and no file is written."""
    results = search(tmp_path, box=box(HOPELESS))
    assert results["all_three"] is False
    assert results["statement"].startswith("nothing found in the box meets all three observations")
    assert not list(tmp_path.glob("point-*.toml"))


def test_the_objective_decides_what_is_best():
    """Peak gain, sustained gain and few hours each rank the same two points by their own number."""
    values = [{"resonator.detuning_MHz": detuning} for detuning in (-111.0, -118.0)]
    for kind, number in (("sustained-gain", "late_gain"), ("peak-gain", "peak_gain")):
        wanted = box().with_objective(kind=kind)
        near, far = (evaluate(FIXED, wanted, place) for place in values)
        assert (near.merit > far.merit) == (getattr(near, number) > getattr(far, number))


def test_power_and_efficiency_are_the_truths_own():
    """W(t)/t at its largest, and W over work at the end; below the bar of the gain none counts."""
    place = {"resonator.detuning_MHz": -111.0}
    quick, frugal = (box().with_objective(kind=kind) for kind in ("power", "efficiency"))
    found = evaluate(FIXED, quick, place)
    experiment = point_experiment(FIXED, quick, place)
    prediction = predict(with_enough_levels(experiment))
    truth = arm_truth(experiment, prediction, "catalysed")
    ergotropy, times = truth["ergotropy"], experiment.charging_times_ns
    assert found.merit == found.power == pytest.approx((ergotropy[1:] / times[1:]).max(), rel=1e-4)
    # The work that came with the drive is what the energy rose by, less the heat that came.
    work = truth["energy"][-1] - truth["energy"][0] - truth["heat_integral"][-1]
    assert found.efficiency == pytest.approx(ergotropy[-1] / work, rel=1e-4)
    assert 0 < found.efficiency < 1
    assert found.late_gain > frugal.objective.least_gain
    assert evaluate(FIXED, frugal, place).merit == found.efficiency
    asking = box().with_objective(kind="efficiency")
    high = asking.model_copy(
        update={"objective": asking.objective.model_copy(update={"least_gain": 0.9})}
    )
    assert evaluate(FIXED, high, place).merit < -1


def test_the_front_keeps_what_no_other_point_beats():
    """A point that is worse in gain, F and hours is left out; so are screened ones and twins."""

    def point(gain: float, fidelity: float, hours: float, status: int = EXACT) -> PointResult:
        return PointResult(
            status=status, mean_gain=gain, late_gain=gain, fidelity=fidelity, hours=hours
        )

    points = [
        point(0.5, 0.98, 1.0),
        point(0.6, 0.97, 1.0),
        point(0.5, 0.97, 2.0),
        point(0.4, 0.97, nan),
        point(0.6, 0.97, 1.0),
        point(0.9, 0.99, 0.1, SCREENED),
    ]
    assert pareto_front(points) == [0, 1]


def test_a_map_counts_observations_and_leaves_unknown_ones_blank():
    """Two of three sigmas above the bar count two; a screened place has no number."""
    held = PointResult(status=EXACT, heat_sigmas=9.0, gain_sigmas=7.0, vacuum_sigmas=1.0)
    assert held_observations(held, box()) == 2
    assert np.isnan(held_observations(replace(held, status=SCREENED), box()))
