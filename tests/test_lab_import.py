"""The verb import: a file is looked at, then its counts are written for analyse."""

import json

import numpy as np
import pytest
from commands import call, refused
from lab_tables import EXPERIMENT, assert_same_counts, rows, tree, written

import cqed_battery as cb
from analysis.data.laboratory import read_lab_data

PERCENT = """
[columns]
time_ns = "delay"
population = "P1"
[units]
time = "us"
population = "percent"
[constants]
shots = 1000
"""


def percent(folder):
    """A table of averaged populations in percent, times in us; the path of it."""
    lines = ["arm,delay,basis,P1,prepared"]
    counts = tree()["counts"].sel(outcome=1)
    for index in np.ndindex(counts.shape):
        arm, time, basis = (
            counts[dim].values[n] for dim, n in zip(counts.dims, index, strict=True)
        )
        lines.append(f"{arm},{time / 1000:.5f},{basis},{counts.values[index] / 10:.1f},")
    lines += ["calibration,,,1.0,0", "calibration,,,96.0,1"]
    return written(folder, lines)


@pytest.fixture
def mapping(tmp_path):
    (tmp_path / "names.toml").write_text(PERCENT, encoding="utf-8")
    return tmp_path / "names.toml"


def test_a_dry_run_tells_what_is_understood_and_missing(tmp_path, mapping):
    """Columns with what they are read as, units and ranges; shots; what is missing; no file."""
    table = percent(tmp_path)
    before = sorted(tmp_path.iterdir())
    said = call("import", table, "--mapping", mapping, "--dry-run").stdout
    assert sorted(tmp_path.iterdir()) == before
    lines = [line.split() for line in said.splitlines()]
    assert ["delay", "time_ns", "us", "0", "to", "0.06"] in lines
    assert any(line[:3] == ["P1", "population", "percent"] for line in lines)
    assert "7 times, 0 to 60 ns; basis x, y and z" in said
    assert "P(1|0) = 0.010, P(0|1) = 0.040" in said
    assert "Missing: the measurement of the resonator" in said


def test_a_dry_run_asks_for_what_it_cannot_know(tmp_path):
    """Without a mapping the columns are shown all the same, and the sentence asks."""
    result = call("import", percent(tmp_path), "--dry-run")
    assert result.exit_code == 0
    assert "left out" in result.stdout
    assert "Missing:" in result.stdout
    assert "has no column of values" in " ".join(result.stdout.split())
    assert result.stderr == ""
    said = refused("import", percent(tmp_path), "--out", tmp_path / "counts.nc")
    assert "has no column of values" in said
    assert not (tmp_path / "counts.nc").exists()


def test_the_counts_are_written_for_analyse(tmp_path, mapping):
    """The dataset, read with an experiment file, holds the emulated counts and the notes."""
    out = tmp_path / "counts.nc"
    result = call("import", percent(tmp_path), "--mapping", mapping, "--out", out)
    assert result.stdout.splitlines()[-1] == f"counts: {out}"
    found = read_lab_data(out, EXPERIMENT)
    assert found["counts"].equals(tree()["counts"])
    assert found["calibration_counts"].values.tolist() == [[990, 10], [40, 960]]
    assert (
        found.attrs["notes"]
        == read_lab_data(percent(tmp_path), EXPERIMENT, names=mapping).attrs["notes"]
    )


def test_all_three_kinds_of_counts_come_back(tmp_path):
    """Arms, calibration, vacuum measurement and leaked outcomes survive the file."""
    lines = [*rows(), "control,20.0,y,2,17,,,", "vacuum,,,2,3,,pi,0.0"]
    cb.import_(written(tmp_path, lines), out=tmp_path / "counts.nc")
    found = read_lab_data(tmp_path / "counts.nc", EXPERIMENT)
    expected = read_lab_data(written(tmp_path, lines), EXPERIMENT)
    assert_same_counts(found, expected)
    assert found["leaked_vacuum_counts"].equals(expected["leaked_vacuum_counts"])


def test_as_names_the_kind(tmp_path):
    """--as takes the place of the mapping's kind, and an unknown kind is refused by name."""
    lines = [line.replace(",count,", ",fridge,") for line in rows()]
    table, out = written(tmp_path, lines), tmp_path / "counts.nc"
    assert "fridge may be it" in refused("import", table, "--out", out)
    assert call("import", table, "--as", "shots", "--out", out).exit_code == 0
    assert "--as must be counts, shots," in refused("import", table, "--as", "bits", "--dry-run")


def test_json_holds_what_is_printed(tmp_path, mapping):
    """--json gives fields, groups, notes and what is missing."""
    result = call("import", percent(tmp_path), "--mapping", mapping, "--dry-run", "--json")
    found = json.loads(result.stdout)
    assert {"fields", "groups", "notes", "missing"} == set(found)
    assert {"name": "P1", "read_as": "population", "unit": "percent"}.items() <= next(
        field for field in found["fields"] if field["name"] == "P1"
    ).items()


def test_options_that_do_not_fit(tmp_path):
    """--out or --dry-run, a new file, a file that is there: one sentence each."""
    table, out = written(tmp_path, rows()), tmp_path / "counts.nc"
    assert "give either --out, a file for the counts, or --dry-run" in refused("import", table)
    assert "give either" in refused("import", table, "--dry-run", "--out", out)
    call("import", table, "--out", out)
    before = out.read_bytes()
    assert "--out must be a new file" in refused("import", table, "--out", out)
    assert out.read_bytes() == before
    assert call("import", table, "--out", out, "--force").exit_code == 0
    assert "does not exist" in refused("import", tmp_path / "nowhere.csv", "--dry-run")


def test_a_calibration_alone_is_imported(tmp_path):
    """A file of calibration shots says how the readout errs, and that the arms are missing."""
    lines = [line for line in rows() if line.startswith(("arm", "calibration"))]
    found = cb.import_(written(tmp_path, lines), out=tmp_path / "counts.nc")
    assert [group.name for group in found.groups] == ["calibration"]
    assert found.missing[0].startswith("the counts of the arms")
    said = refused(
        *("analyse", tmp_path / "counts.nc", "--experiment", plan(tmp_path)),
        *("--out", tmp_path / "out"),
    )
    assert "has no variable 'counts'" in said


def plan(folder):
    (folder / "plan.toml").write_text(EXPERIMENT.to_toml(), encoding="utf-8")
    return folder / "plan.toml"
