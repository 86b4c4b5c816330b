"""One page of the runs of a folder: each with its day, device, verdicts and picture."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
from commands import call, refused
from fake_searches import write_search
from fakes import fake_run
from pages import Element, read_page

from analysis.report import write_report
from analysis.results import save_results
from cqed_battery import CqedBatteryError, report, save_dataset

HOSTILE = "<b>Cooldown</b> & 7"
RUNS: dict[str, dict[str, Any]] = {
    "one run": {},
    "laboratory": {"truth": False, "title": HOSTILE},
    "least": {"control": False, "vacuum": False, "points": 4},
}


def write_runs(root: Path) -> None:
    """Three runs of three days, a search, a torn run, and a folder of something else."""
    for day, (name, settings) in enumerate(RUNS.items(), start=1):
        results, dataset = fake_run(**settings)
        save_results(results, root / name / "results.json")
        save_dataset(dataset, root / name / "dataset.nc")
        os.utime(root / name / "dataset.nc", (86400 * day, 86400 * day))
    write_report(*fake_run(), root / "one run" / "report.html")
    write_search(root / "search")
    (root / "notes").mkdir()
    (root / "torn").mkdir()
    (root / "torn" / "results.json").write_text('{"schema": 1')
    (root / "torn" / "dataset.nc").write_text("no netCDF")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lists") / "days"
    write_runs(root)
    return root


@pytest.fixture(scope="module")
def page(folder: Path) -> Element:
    return read_page(report(folder, every=True).read_text(encoding="utf-8"))


def rows(page: Element) -> dict[str, Element]:
    (table,) = page.all("table")
    found = table.all("tbody")[0].all("tr")
    return {row.all("span", "soft")[0].text.partition(",")[0]: row for row in found}


def test_every_run_has_a_row_the_newest_first(page: Element) -> None:
    """Its folder, its title as text, its day and its device."""
    found = rows(page)
    assert list(found) == ["least", "laboratory", "one run"]
    assert found["laboratory"].all("th")[0].text.startswith(HOSTILE)
    days = [row.all("td", "day")[0].text for row in found.values()]
    assert days == ["1970-01-04", "1970-01-03", "1970-01-02"]
    assert all("coupling g/2π 50 MHz" in row.text for row in found.values())


def test_the_verdicts_are_those_of_the_run(page: Element) -> None:
    """Outcome, number, interval; what sorts is the standard errors, nothing where none are."""
    for name, settings in RUNS.items():
        verdict = list(fake_run(**settings)[0]["verdict"].values())
        cells = rows(page)[name].all("td", "verdict")
        assert [cell.all("span", "chip")[0].text.split()[1] for cell in cells] == [
            entry["outcome"] for entry in verdict
        ]
        for cell, entry in zip(cells, verdict, strict=True):
            known = entry["significance"]
            rank = cell.attributes["data-sort"]
            assert rank == ("" if known is None else f"{known:.6g}")
    assert "F = 0.103" in rows(page)["one run"].text
    assert "0.074 to 0.132; 31.2 σ against the claim" in rows(page)["one run"].text


def test_a_row_leads_to_the_page_of_its_run(page: Element) -> None:
    """Where it has one, by an address that a browser takes."""
    links = {name: [a.attributes["href"] for a in row.all("a")] for name, row in rows(page).items()}
    assert links == {"least": [], "laboratory": [], "one run": ["one%20run/report.html"]}


def test_a_picture_is_small_and_its_own(folder: Path, page: Element) -> None:
    """One drawing a run, of every arm, its identifiers apart; a few kilobytes each."""
    pictures = page.all("svg")
    assert len(pictures) == len(RUNS)
    names = [e.attributes["id"] for e in page.walk() if "id" in e.attributes]
    assert len(names) == len(set(names))
    text = (folder / "runs.html").read_text(encoding="utf-8")
    drawings = re.findall(r"<svg.*?</svg>", text)
    assert all(len(drawing) < 8000 for drawing in drawings)
    assert [drawing.count("stroke: var(--control)") for drawing in drawings] == [0, 1, 1]
    assert "://" not in text


def test_other_folders_are_named(folder: Path, page: Element) -> None:
    """A search, a torn run and foreign files end nothing: page and terminal say which they are."""
    said = {item.text.partition(":")[0]: item.text for item in page.all("ul", "facts")[0].all("li")}
    assert list(said) == ["notes", "search", "torn"]
    assert "neither results.json nor dataset.nc" in said["notes"]
    assert "operating-point search" in said["search"]
    assert "cannot be read as results" in said["torn"]
    found = call("report", "--all", folder)
    assert found.exit_code == 0
    assert found.stdout.count("no run in ") == 3
    assert found.stdout.endswith(f"runs: {folder / 'runs.html'}\n")


@pytest.mark.parametrize("broken", ["results", "verdict", "another run"])
def test_distorted_results_end_no_list(broken: str, tmp_path: Path) -> None:
    """Results that lack what is shown, or are of another dataset, are named beside a good run."""
    for name in ("bad", "good"):
        results, dataset = fake_run(points=4)
        if name == "bad":
            if broken == "results":
                results["arms"]["catalysed"]["ergotropy"]["value"] = ["x"] * 4
            elif broken == "verdict":
                del results["verdict"]["all_three"]
            else:
                results = fake_run(points=5)[0]
        save_results(results, tmp_path / name / "results.json")
        save_dataset(dataset, tmp_path / name / "dataset.nc")
    said: list[str] = []
    page = report(tmp_path, every=True, say=said.append)
    assert list(rows(read_page(page.read_text(encoding="utf-8")))) == ["good"]
    assert len(said) == 1
    assert said[0].startswith(f"no run in {tmp_path / 'bad'}: ")


def test_nothing_to_list_is_one_sentence(tmp_path: Path) -> None:
    """An empty folder, the folder of a run, no folder, and a summary of many runs."""
    assert "none of its 0 folders" in refused("report", "--all", tmp_path)
    write_runs(tmp_path)
    assert "leave out --all" in refused("report", "--all", tmp_path / "least")
    assert "must be a folder" in refused("report", "--all", tmp_path / "nowhere")
    with pytest.raises(CqedBatteryError, match="`summary` is of one run"):
        report(tmp_path, every=True, summary=tmp_path / "talk.png")
    assert not (tmp_path / "runs.html").exists()
