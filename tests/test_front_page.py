"""README and documentation show what comes out, and every picture is one that a command draws."""

import re

import pytest
from doc_blocks import ROOT

import benchmarks.pictures

README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
_PICTURE = re.compile(r"!\[(?P<words>[^\]]*)\]\((?P<path>[^)]+)\)")
EARLY = 30


def pictures(page):
    return [(match["words"], match["path"]) for match in _PICTURE.finditer(page.read_text("utf-8"))]


def test_readme_shows_a_result_early():
    """A table of numbers, a report and the device, before anything is explained."""
    lines = README.read_text("utf-8").splitlines()
    table = next(number for number, line in enumerate(lines, 1) if "J < 0 early" in line)
    shown = [number for number, line in enumerate(lines, 1) if _PICTURE.search(line)]
    assert max(table, *shown) <= EARLY
    assert "arXiv 2512.07906" in "\n".join(lines[:5])


@pytest.mark.parametrize("page", [page for page in PAGES if pictures(page)], ids=lambda p: p.stem)
def test_pictures_are_there_and_described(page):
    """None is missing, and each has words for whoever cannot see it."""
    for words, path in pictures(page):
        assert (page.parent / path).is_file(), path
        assert words.strip()


def test_make_pictures_draws_what_the_pages_show(tmp_path, monkeypatch):
    """The command's own list has the pictures of report, device, repetition, point and map."""
    drawn = []
    monkeypatch.setattr(benchmarks.pictures, "PICTURES", tmp_path)
    monkeypatch.setattr("sys.argv", ["pictures", "--runs", str(tmp_path)])
    for name, place in (("summary", -1), ("device", -1), ("parameter_map", -1)):
        monkeypatch.setattr(
            benchmarks.pictures, name, lambda *given, at=place: drawn.append(given[at].name)
        )
    monkeypatch.setattr(
        "cqed_battery.sequence", lambda file, figure: drawn.append(figure.name), raising=False
    )
    benchmarks.pictures.main()
    shown = {path.rpartition("/")[2] for page in PAGES for _, path in pictures(page)}
    assert set(drawn) <= shown
    assert {"report.png", "device.png", "sequence.png", "operating_point.png", "map.png"} == {
        *drawn
    }
