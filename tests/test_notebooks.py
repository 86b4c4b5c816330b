"""The notebooks run from the first cell to the last, and are kept without outputs."""

from pathlib import Path

import nbformat
import pytest
from doc_blocks import ROOT
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

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


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def execute(notebook: nbformat.NotebookNode, folder: Path) -> str:
    """Run a notebook in a folder; return what it printed, and refuse warnings."""
    resources = {"metadata": {"path": str(folder)}}
    client = NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources)
    client.execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    streams = [output for output in outputs if output.output_type == "stream"]
    assert [stream.text for stream in streams if stream.name == "stderr"] == []
    return "".join(stream.text for stream in streams)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, tmp_path: Path) -> None:
    """Every cell runs in an empty folder, without a warning, and says what it is there for."""
    printed = execute(read(path), tmp_path)
    for words in SAYS[path.stem]:
        assert words in printed


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_kept_clean(path: Path) -> None:
    """A valid notebook without outputs and counts, which would go stale."""
    notebook = read(path)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)


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
