"""The notebooks run from the first cell to the last, and are stored with what they print today."""

from pathlib import Path

import nbformat
import pytest
from doc_blocks import ROOT
from nbclient.exceptions import CellExecutionError
from stored_notebooks import execute, read, said, stored, streams

NOTEBOOKS = sorted((ROOT / "examples" / "notebooks").glob("*.ipynb"))
SAYS = {
    "budget_shots": ("reach", "planned", "drawn", "refused - "),
    "design_a_run": ("gain +0.", "displaced-parity: "),
    "validate_tomography": ("maximum likelihood", "model-free", "falsely seen in"),
}


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that can be written to, which a user need not have, and no settings in it."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


@pytest.mark.study
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_is_stored_with(path: Path, tmp_path: Path) -> None:
    """Every cell runs in an empty folder, without a warning, and gives the stored outputs."""
    kept, again = read(path), execute(read(path), tmp_path)
    printed = "".join(text for _, text in streams(again))
    for words in SAYS[path.stem]:
        assert words in printed
    (words, numbers), (now, found) = said(kept), said(stored(again))
    assert now == words
    # Machines round differently: a digit that is printed, and numbers that are nothing else.
    assert found == pytest.approx(numbers, rel=2e-3, abs=1e-6)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_stored_notebook_is_small(path: Path) -> None:
    """Valid, run in order, with pictures, and no heavier than a page."""
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert path.stat().st_size < 250_000


def test_every_story_has_its_notebook() -> None:
    """The three notebooks are there, and the page about them names each."""
    page = (ROOT / "docs" / "notebooks.md").read_text(encoding="utf-8")
    assert {path.stem for path in NOTEBOOKS} == set(SAYS)
    assert all(f"`{path.name}`" in page for path in NOTEBOOKS)


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("1 / 0", CellExecutionError),
        ("import warnings; warnings.warn('look')", AssertionError),
    ],
)
def test_errors_and_warnings_are_seen(source: str, error: type[Exception], tmp_path: Path) -> None:
    """A cell that fails, or warns, fails the test."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    with pytest.raises(error, match=r"ZeroDivisionError|look"):
        execute(notebook, tmp_path)
