"""One picture of a run for a talk, and what the page's head and cards say of their making."""

from pathlib import Path

import pytest
from commands import call, refused
from fakes import fake_run
from matplotlib.image import imread

from analysis.report import write_report
from analysis.report.run_data import RunData
from analysis.report.summary import summary_figure, write_summary
from analysis.results import Results, save_results
from cqed_battery import save_dataset
from cqed_battery.files import checkout
from cqed_battery.files.run_folder import day_of


def drawn(**settings):
    results, dataset = fake_run(**settings)
    return summary_figure(RunData(results=Results(results), dataset=dataset)), results


def words_of(figure):
    return " ".join(text.get_text() for text in figure.texts)


@pytest.mark.parametrize(
    "settings", [{}, {"control": False}, {"truth": False, "vacuum": False}, {"points": 4}]
)
def test_every_outcome_and_number_is_on_the_picture(settings):
    """Three headings with outcome and interval, and their conjunction, whatever was measured."""
    figure, results = drawn(**settings)
    said = words_of(figure)
    verdict = results["verdict"]
    counted = sum(said.count(entry) for entry in ("holds", "fails", "undecided"))
    assert counted == len(verdict)
    numbers = [e for e in verdict.values() if e["value"] is not None and e["ci_low"] is not None]
    assert said.count("95 % interval") >= len(numbers) - 1  # the conjunction has none of its own
    assert results["title"] in said


def test_nothing_is_outside_the_picture_or_on_the_data():
    """Every key lies inside the picture and above its panel."""
    figure, _ = drawn()
    figure.canvas.draw()
    whole = figure.bbox
    for panel in figure.axes:
        key = panel.get_legend().get_window_extent()
        assert whole.x0 <= key.x0
        assert key.x1 <= whole.x1
        assert key.y0 >= panel.get_window_extent().y1 - 3


def test_results_plot_keeps_its_key_off_the_data():
    """The key of `results.plot()` stands above the first panel."""
    panels = Results(fake_run()[0]).plot()
    figure = panels[0].figure
    figure.canvas.draw()
    assert panels[0].get_legend().get_window_extent().y0 >= panels[0].get_window_extent().y1


@pytest.mark.study
def test_report_draws_the_summary(tmp_path):
    """The option writes a full screen beside the page, and says where."""
    results, dataset = fake_run()
    save_results(results, tmp_path / "results.json")
    save_dataset(dataset, tmp_path / "dataset.nc")
    picture = tmp_path / "talk.png"
    found = call("report", tmp_path, "--summary", picture)
    assert found.exit_code == 0, found.output
    assert f"summary: {picture}" in found.stdout
    assert imread(picture).shape[:2] == (1080, 1920)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"Counts saved on {day_of(tmp_path / 'dataset.nc')} (UTC)" in page


def test_a_picture_of_another_kind_is_refused(tmp_path):
    """Before the page is touched."""
    assert "--summary must end in .png or .svg" in refused(
        "report", tmp_path, "--summary", tmp_path / "talk.pdf"
    )


def test_the_same_run_gives_the_same_picture(tmp_path):
    """No clock and no version of the drawing library enters the file."""
    for name in ("one.svg", "two.svg", "one.png", "two.png"):
        write_summary(*fake_run(), tmp_path / name)
    for kind in ("svg", "png"):
        one, two = ((tmp_path / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
        assert one == two


def test_the_head_says_day_and_version(tmp_path: Path, monkeypatch):
    """The day of the counts and the software, with its commit where it has one."""
    monkeypatch.setattr("analysis.report.page.commit", lambda: "abc1234")
    write_report(*fake_run(), tmp_path / "report.html", day="2026-05-01")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Counts saved on 2026-05-01 (UTC); page written by cqed-battery" in page
    assert ", commit abc1234." in page


def test_an_installed_copy_has_no_commit(tmp_path, monkeypatch):
    """A package inside somebody else's repository does not take that one's commit for its own."""
    (tmp_path / ".git").mkdir()
    monkeypatch.setattr(checkout, "__file__", str(tmp_path / "lib" / "pkg" / "files" / "x.py"))
    checkout.commit.cache_clear()
    assert checkout.commit() == ""
    checkout.commit.cache_clear()


def test_the_correction_stands_beside_the_verdict(tmp_path):
    """Of S at the verdict's time, of the state its largest."""
    results, dataset = fake_run()
    write_report(results, dataset, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    biased = any(
        "heat_integral" in (arm.get("pipeline_bias") or {}) for arm in results["arms"].values()
    )
    assert ("Correction of S" in page) == biased
