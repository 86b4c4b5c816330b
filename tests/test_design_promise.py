"""What a found point's file promises: the verdict that a run of it reaches."""

from dataclasses import replace
from math import sqrt
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from boxes import FIXED, LINE

from analysis.design_search import run
from analysis.design_search.box.box import Box, parse_box
from analysis.design_search.box.objective import Objective
from analysis.design_search.point.point import evaluate
from analysis.design_search.point.point_result import EXACT, PointResult
from analysis.design_search.point.ready import Ready, ready_file
from analysis.design_search.statements import promise_statement
from analysis.observations import ALL_THREE, GAIN, HEAT, OBSERVATIONS, VACUUM
from analysis.pipeline import analyse
from analysis.planning.foreseen import expected_verdict
from cqed_battery.experiment import Experiment
from protocols.emulation.emulate import emulate
from protocols.settings.settings import Settings

DEVICE = FIXED.replace(
    {
        "vacuum.method": "displaced-parity",
        "vacuum.kappa_off_MHz": 0.01,
        "vacuum.shift_per_photon_MHz": 0.6,
        "tomography.pulse": "drag",
        "coupler.ramp_ns": 1.0,
        "drive.rise_ns": 1.0,
    }
)
PLACE = {"resonator.detuning_MHz": -111.0}
WANTED = "[objective]\nhours = 12\nleast_gain = 0.2\nleast_fidelity = 0.97\nearly_ns = 60\n"
RUNS = 15


def ready(stop: float, fidelity: float) -> tuple[Box, Experiment, Ready]:
    """Return the box, the experiment and a point's file, by its charging time and the bar of F."""
    box = parse_box(LINE + WANTED.replace("0.97", f"{fidelity}"), "box.toml", DEVICE)
    fixed = DEVICE.replace({"charging.stop_ns": stop})
    return box, fixed, ready_file(fixed, box, PLACE)


@pytest.fixture(scope="module")
def short() -> tuple[Box, Experiment, Ready]:
    """Return a point's file of 400 ns, whose analysis is quick."""
    return ready(400.0, 0.9)


@pytest.mark.study
def test_a_file_is_promised_what_plan_and_explore_expect_of_it(short, tmp_path: Path):
    """Its verdict is that expected of the file as written, number by number."""
    _, _, found = short
    path = tmp_path / "point.toml"
    path.write_text(found.experiment.to_toml(), encoding="utf-8")
    anew = expected_verdict(path)
    promised = found.verdict()
    assert {*promised} == {HEAT.key, GAIN.key, VACUUM.key, ALL_THREE.key}
    for key, judgement in anew.items():
        assert promised[key].outcome == judgement.outcome
        assert promised[key].significance == pytest.approx(judgement.significance, rel=1e-3)


def test_best_points_are_judged_with_the_device_as_known_as_its_counts_make_it(short):
    """An exactly known device would promise more; hours are those of the file's settings."""
    box, fixed, found = short
    quick = evaluate(fixed, box, PLACE, screening=False)
    judged = found.judged(quick)
    shots = found.sigmas.filling(box.objective.hours)
    assert judged.sigmas == pytest.approx(found.sigmas.of(shots).min())
    assert judged.vacuum_sigmas < quick.vacuum_sigmas
    settings = Settings(found.experiment)
    assert found.hours == pytest.approx(settings.hours(settings.shots))
    assert found.hours <= box.objective.hours


@pytest.mark.study
def test_the_promise_is_said(short):
    """The sentence names the file, its hours and each outcome; without a file it says so."""
    _, _, found = short
    verdict = {key: part.as_dict() for key, part in found.verdict().items()}
    said = promise_statement("point-1.toml", found.hours, verdict)
    assert said.startswith("point-1.toml, run as it stands, takes")
    for each in OBSERVATIONS:
        assert f"{each.clause} {verdict[each.key]['outcome']} (" in said
    assert promise_statement(None, None, {}).startswith("no experiment file was written")


@pytest.mark.slow
def test_runs_reach_what_is_promised():
    """The median significance of all three lies within 5 % of the promise; no one's is lower.

    F may be clearer than expected (11 where 9.5 were, in two runs of this file), which is open.

    A significance scatters by at most 1 from run to run, so the median of them may be off by
    1.25/sqrt(runs) besides.
    """
    _, _, found = ready(900.0, 0.97)
    promised = found.verdict()
    runs = [analyse(emulate(found.experiment.replace({"seed": n}))) for n in range(1, RUNS + 1)]
    for key in (HEAT.key, VACUUM.key, ALL_THREE.key):
        reached = np.median([run["verdict"][key]["significance"] for run in runs])
        wanted = promised[key].significance
        room = 0.05 * wanted + 1.25 / sqrt(RUNS)
        assert wanted > 5
        assert reached > wanted - room
        if key != VACUUM.key:
            assert reached < wanted + room


@pytest.mark.parametrize(("held", "judged"), [(1, 3), (5, 6), (99, 8)])
def test_further_points_are_judged_until_one_holds(monkeypatch, held, judged):
    """Three are; where none holds by its file, further ones that held in the search, nine at most.

    The ninth did not hold in the search, so it is not asked.
    """
    found = {
        n: PointResult(EXACT, mean_gain=0.5, late_gain=0.5, merit=20.0 - n, **sigmas(20.0 - n))
        for n in range(8)
    }
    found[8] = PointResult(EXACT, mean_gain=0.5, late_gain=0.5, merit=2.0, **sigmas(2.0))
    asked = []

    def file(fixed: Any, box: Any, values: Any, way: Any) -> Any:
        number = int(values)
        asked.append(number)
        least = 9.0 if number == held else 1.0 + 0.1 * number
        return SimpleNamespace(judged=lambda point: replace(point, merit=least, **sigmas(least)))

    monkeypatch.setattr(run, "ready_file", file)
    monkeypatch.setattr(run, "ways", lambda box: ({},))
    box = SimpleNamespace(values=int, objective=Objective(least_gain=0.4))
    points = SimpleNamespace(
        fixed=None, box=box, found=found, places=range(9), best=lambda count: list(range(9))
    )
    kept = run._judged(points)
    assert asked == list(range(judged))
    assert len(kept) == 3
    if held < 9:
        assert kept[0].number == held


def sigmas(value: float) -> dict[str, float]:
    """Return the fields of a point that has this significance in every observation."""
    return dict.fromkeys((each.column for each in OBSERVATIONS), value)
