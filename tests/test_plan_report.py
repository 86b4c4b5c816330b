"""A shot plan in a run's folder: results, section, picture, refusal, and what keeps it there."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import SMALL, call, refused
from fakes import fake_run
from pages import Element, read_page

from analysis.planning import plan
from analysis.report import write_report
from analysis.report.plans import plan_sections
from analysis.results import save_results
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import save_dataset
from protocols.settings.settings import Settings

pytestmark = pytest.mark.study

HEAT, LATE = "heat-current-negative", "ergotropy-gain-late"
FILE = SMALL.replace("[vacuum]", '[vacuum]\nmethod = "none"')


@pytest.fixture(scope="module")
def block() -> dict[str, Any]:
    """A plan as it stands in results.json."""
    found = plan(Experiment.from_text(FILE), HEAT)
    return json.loads(json.dumps({**found.as_dict(), "shots": found.recommended_shots()}))


def page_with(plans: list[dict[str, Any]], folder: Path) -> Element:
    results, dataset = fake_run(points=4, vacuum=False)
    write_report({**results, "plans": plans}, dataset, folder / "report.html")
    return read_page((folder / "report.html").read_text(encoding="utf-8"))


def sections(page: Element) -> list[Element]:
    return [e for e in page.all("section") if e.attributes.get("aria-label") == "Shot plan"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An experiment file and the folder of its run, which holds two plans."""
    file = tmp_path_factory.mktemp("plan") / "small.toml"
    file.write_text(FILE, encoding="utf-8")
    folder = file.parent / "run"
    results, dataset = fake_run(points=4, vacuum=False)
    dataset.attrs["experiment"] = FILE
    folder.mkdir()
    save_results(results, folder / "results.json")
    save_dataset(dataset, folder / "dataset.nc")
    for claim in (HEAT, LATE, HEAT):
        assert call("plan", file, "--claim", claim, "--into", folder, "-q").exit_code == 0
    return file, folder


def test_a_run_keeps_its_plans(run):
    """The second plan of a claim replaces the first, and `report` writes the same page anew."""
    _, folder = run
    plans = json.loads((folder / "results.json").read_text())["plans"]
    assert [plan["claim"] for plan in plans] == [LATE, HEAT]
    page = (folder / "report.html").read_bytes()
    assert call("report", folder, "-q").exit_code == 0
    assert (folder / "report.html").read_bytes() == page
    titles = [section.all("h2")[0].text for section in sections(read_page(page.decode()))]
    assert titles == [f"Shot plan: {LATE} refused", f"Shot plan: {HEAT} planned"]


def test_a_plan_of_another_device_is_refused(run):
    """Other shots are the same experiment, another coupling is not, and an empty folder no run."""
    file, folder = run
    more = file.with_name("more.toml")
    more.write_text(FILE.replace("shots = 200", "shots = 300"), encoding="utf-8")
    assert call("plan", more, "--claim", LATE, "--into", folder, "-q").exit_code == 0
    other = file.with_name("other.toml")
    other.write_text(FILE.replace("g_on_MHz = 60.0", "g_on_MHz = 61.0"), encoding="utf-8")
    assert "says otherwise in " in refused("plan", other, "--claim", HEAT, "--into", folder)
    nowhere = ("plan", file, "--claim", HEAT, "--into", file.parent / "nowhere")
    assert "--into must be the folder of a finished run" in refused(*nowhere)


def test_the_recommended_shots_are_those_of_the_written_experiment(block):
    """Every setting's shots in the results are the ones that the plan's experiment would take."""
    found = plan(Experiment.from_text(FILE), HEAT)
    assert found.experiment is not None
    parts = [block["shots"]["calibration"], *block["shots"]["arms"].values()]
    joined = np.concatenate([np.ravel(part) for part in parts])
    assert joined.tolist() == Settings(found.experiment).shots.tolist()
    assert joined.sum() == block["options"]["recommended"]["total"]


def test_the_section_says_what_the_plan_says(block, tmp_path):
    """Options, shares, floor, ceiling and the picture: each number of the plan is on the page."""
    (section,) = sections(page_with([block], tmp_path))
    rows = {row.all("th")[0].text: row for row in section.all("tr")}
    for name, option in block["options"].items():
        cells = [cell.text for cell in rows[name].all("td")]
        assert cells[3].replace(" ", "") == f"{option['total']:.0f}"
        assert cells[5] == f"{option['sigmas']:.2f}"
    for cause, share in block["variance_shares"].items():
        if share > 0.001:
            assert rows[cause].all("td")[0].text == f"{share:.1%}"
    assert f"{block['cramer_rao']['sigmas_of_recommended']:.1f} sigmas" in section.text
    assert f"endless shots reach {block['ceiling']:.1f} sigmas" in section.text
    assert [figure.attributes["id"] for figure in section.all("figure")] == ["plan-0"]


def test_the_picture_shows_every_setting(block, tmp_path):
    """One mark for each arm, charging time and basis; a plan of single shots has no picture."""
    (section,) = sections(page_with([block], tmp_path))
    times = len(block["shots"]["times"])
    groups = [g for g in section.all("g") if g.attributes.get("clip-path")]
    assert [len(g.all("use")) for g in groups if g.all("use")] == [times] * 6
    alone = {**block["shots"], "arms": {"catalysed": np.ones((times, 3), int).tolist()}}
    assert plan_sections({"plans": [{**block, "shots": alone}]})[0].drawings == ()


def test_a_refusal_stands_with_its_reason(tmp_path):
    """A refused plan has its reason, no table and no picture, and no ceiling below zero."""
    found = plan(Experiment(), LATE)
    block = {**found.as_dict(), "shots": found.recommended_shots()}
    (section,) = sections(page_with([block], tmp_path))
    assert "the physics forbids the claim" in section.text.lower()
    assert not section.all("table")
    assert not section.all("svg")
    assert "ceiling" not in section.text


def test_text_of_a_plan_is_escaped(block, tmp_path):
    """A claim, a statement and a cause that hold tags appear as text."""
    hostile = "<script>alert(1)</script>"
    poisoned = {
        **block,
        "claim": hostile,
        "statement": hostile,
        "notes": [hostile],
        "variance_shares": {hostile: 1.0},
    }
    page = page_with([poisoned], tmp_path)
    assert [element.text.count("alert") for element in page.all("script")] == [0]
    assert sections(page)[0].text.count(hostile) >= 4


def test_a_run_without_plans_has_no_section(tmp_path):
    """Nothing is said of plans where none was made."""
    assert not sections(page_with([], tmp_path))
