"""Notebooks with the outputs that they are stored with; run as a script, it writes them anew.

.venv/bin/python tests/stored_notebooks.py examples/notebooks/*.ipynb
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from nbclient import NotebookClient

LARGEST = {"image/png": 150_000}  # characters of one picture; a larger one is left out
LARGEST_TEXT = 20_000  # of a text or a table, such as xarray's page of a dataset
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?")
TEXTS = ("text/plain", "text/html", "text/markdown")


def read(path: Path) -> nbformat.NotebookNode:
    """Return a notebook in the format of today."""
    return nbformat.read(path, as_version=4)


def execute(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook in a folder and return it; refuse warnings."""
    resources = {"metadata": {"path": str(folder)}}
    options = {"timeout": 900, "kernel_name": "python3", "record_timing": False}
    NotebookClient(notebook, resources=resources, **options).execute()
    warned = "".join(text for name, text in streams(notebook) if name == "stderr")
    assert not warned, warned
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
    return notebook


def joined(outputs: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return outputs with what was printed in one go in one of them, whenever it was flushed."""
    found: list[nbformat.NotebookNode] = []
    for output in outputs:
        if found and output.output_type == found[-1].output_type == "stream":
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def streams(notebook: nbformat.NotebookNode) -> list[tuple[str, str]]:
    """Return what was printed, as (stream, text)."""
    return [
        (output.name, output.text)
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if output.output_type == "stream"
    ]


def said(notebook: nbformat.NotebookNode) -> tuple[list[list[Any]], list[float]]:
    """Return the text of each code cell's outputs, # for each number, and the numbers.

    Pictures are left out, and how a table fills its columns.
    """
    numbers: list[float] = []

    def words(text: str) -> str:
        numbers.extend(map(float, _NUMBER.findall(text)))
        return " ".join(_NUMBER.sub(" # ", text).split())

    texts = [
        [
            words(output["text"])
            if "text" in output
            else {kind: words(output.data[kind]) for kind in TEXTS if kind in output.data}
            for output in cell.outputs
        ]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    return texts, numbers


def stored(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return an executed notebook as it is kept: without payloads that are too large."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            for kind, content in list(output.get("data", {}).items()):
                if len(content) > LARGEST.get(kind, LARGEST_TEXT):
                    del output.data[kind]
    return notebook


def main() -> None:
    """Run the notebooks that are named, and store their outputs in them."""
    for path in map(Path, sys.argv[1:]):
        notebook = read(path)
        metadata = dict(notebook.metadata)
        with TemporaryDirectory() as folder:
            execute(notebook, Path(folder))
        notebook.metadata = nbformat.from_dict(metadata)
        nbformat.write(stored(notebook), path)


if __name__ == "__main__":
    main()
