"""Files of every schema that was ever written are read by the present program."""

from pathlib import Path

import numpy as np
import pytest
from commands import call

from analysis.data.inputs import read_inputs
from analysis.results import SCHEMA as RESULTS_SCHEMA
from analysis.results import load_results
from cqed_battery.files.datasets import SCHEMA, load_dataset

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("schema", range(1, SCHEMA + 1))
def test_datasets_of_every_schema_are_read(schema: int) -> None:
    """Each has a file here, written when it was new, and gives counts, times and an experiment."""
    tree = load_dataset(DATA / f"schema-{schema}" / "dataset.nc")
    inputs = read_inputs(tree)
    assert inputs.experiment.seed == 7
    np.testing.assert_allclose(inputs.times, [0.0, 2.0, 4.0, 6.0, 8.0])
    assert {arm: int(counts.sum()) for arm, counts in inputs.counts.items()} == {
        "catalysed": 1500,
        "control": 1500,
    }


@pytest.mark.parametrize("schema", range(1, RESULTS_SCHEMA + 1))
def test_results_of_every_schema_make_a_report(schema: int, tmp_path: Path) -> None:
    """Results that an earlier version wrote are read, and their page is written anew."""
    folder = DATA / f"schema-{schema}"
    assert load_results(folder / "results.json")["schema"] == RESULTS_SCHEMA
    for name in ("dataset.nc", "results.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    assert call("report", tmp_path, "-q").exit_code == 0
    assert "</html>" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.study
def test_an_old_dataset_is_analysed(tmp_path: Path) -> None:
    """The whole analysis runs on it."""
    dataset = DATA / "schema-1" / "dataset.nc"
    assert call("analyse", dataset, "--out", tmp_path, "-q").exit_code == 0
    assert load_results(tmp_path / "results.json")["checks"]["invariants"]["outcome"] == "pass"
