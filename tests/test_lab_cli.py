"""The verbs export and analyse on a laboratory's counts, from a table to the report."""

import json

import pytest
from commands import call, refused
from lab_tables import EXPERIMENT, rows, tree, written
from sampled import analysed

import cqed_battery as cb
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import load_dataset, save_dataset


def unequal():
    """The dataset with five times the shots in one setting."""
    setting = {"arm": "catalysed", "time": 10.0, "basis": "x"}
    made = tree().copy(deep=True)
    made["counts"].loc[setting] *= 5
    return made


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Folder with dataset.nc, the table exported from it, and what analyse made of that."""
    folder = tmp_path_factory.mktemp("laboratory")
    save_dataset(unequal(), folder / "dataset.nc")
    (folder / "plan.toml").write_text(EXPERIMENT.to_toml(), encoding="utf-8")
    exported = call("export", folder / "dataset.nc", folder / "counts.csv")
    assert exported.stdout == f"table: {folder / 'counts.csv'}\n"
    options = ("--experiment", folder / "plan.toml", "--out", folder / "out")
    result = call("analyse", folder / "counts.csv", *options)
    assert result.exit_code == 0, result.stderr
    return folder, result


def leaves(tree, path=""):
    """Every value of nested results, by its path."""
    if isinstance(tree, dict):
        parts = tree.items()
    elif isinstance(tree, list):
        parts = enumerate(tree)
    else:
        return {path: tree}
    return {
        key: value for name, part in parts for key, value in leaves(part, f"{path}/{name}").items()
    }


def test_a_table_gives_the_results_of_the_dataset_it_came_from(finished):
    """Exported and read again, counts give the same results.json but for kind and notes of data.

    Linear algebra rounds as arrays happen to lie in memory, and so the last digits are free.
    """
    folder, _ = finished
    found = leaves(json.loads((folder / "out" / "results.json").read_text(encoding="utf-8")))
    expected = leaves(analysed(unequal()).to_dict() | {"kind": "laboratory"})
    assert "tomography settings have" in found.pop("/checks/data/statement")
    assert found.pop("/checks/data/outcome") == "warn"
    assert found.keys() == expected.keys()
    for path, value in expected.items():
        exact = not isinstance(value, float)
        assert found[path] == (value if exact else pytest.approx(value, rel=1e-6, abs=1e-9)), path


def test_more_shots_of_a_setting_sharpen_it(finished):
    """Five times the shots take away four fifths of the shot noise, 4 f (1 - f) / (N contrast^2).

    f is near 1/2 there, N was 1000, and the readout errors of the file are 1 % and 4 %. The device
    is fitted to all counts, so it is a little better known with more, too.
    """
    folder, _ = finished
    found = [analysed(tree()), json.loads((folder / "out" / "results.json").read_bytes())]
    before, after = (results["arms"]["catalysed"]["bloch"]["std"][1][0] for results in found)
    assert before**2 - after**2 == pytest.approx(0.8 / 1000 / 0.95**2, rel=0.12)


def test_four_files_and_the_notes(finished):
    """DIR holds what a run leaves; what was done to the rows is said before the verdict."""
    folder, result = finished
    assert {file.name for file in (folder / "out").iterdir()} == {
        "dataset.nc",
        "experiment.toml",
        "report.html",
        "results.json",
    }
    assert Experiment.from_toml(folder / "out" / "experiment.toml") == EXPERIMENT
    assert load_dataset(folder / "out" / "dataset.nc").attrs["kind"] == "laboratory"
    first, *_, last = result.stdout.splitlines()
    assert first == "note: tomography settings have 1000 to 5000 shots."
    assert last == f"report: {folder / 'out' / 'report.html'}"


@pytest.fixture
def stopped(monkeypatch):
    """Let the analysis give up; return the list of what it was given."""
    import analysis.pipeline
    from cqed_battery.errors import CqedBatteryError

    given = []

    def give_up(tree, **_):
        given.append(tree)
        raise CqedBatteryError("the analysis gave up")

    monkeypatch.setattr(analysis.pipeline, "analyse", give_up)
    return given


def test_failed_analysis_loses_nothing(finished, tmp_path, stopped):
    """When the analysis fails, the counts as they were understood are kept, and named."""
    folder, _ = finished
    options = ("--experiment", folder / "plan.toml", "--out", tmp_path)
    result = call("analyse", folder / "counts.csv", *options)
    assert result.exit_code == 2
    assert str(tmp_path / "dataset.nc") in result.stderr
    assert load_dataset(tmp_path / "dataset.nc")["counts"].equals(stopped[0]["counts"])


def test_mapping_and_calibration_reach_the_reader(finished, tmp_path, stopped):
    """--mapping and --calibration from-file do what they say; a refusal leaves no folder."""
    lines = [line for line in rows() if "calibration" not in line]
    lines[0] = lines[0].replace("basis", "axis")
    table, mapping = written(tmp_path, lines), tmp_path / "names.toml"
    mapping.write_text("[columns]\nbasis = 'axis'\n", encoding="utf-8")
    plan, out = ("--experiment", finished[0] / "plan.toml"), ("--out", tmp_path / "out")
    assert "no column 'basis'" in refused("analyse", table, *plan, *out)
    assert "no calibration" in refused("analyse", table, *plan, *out, "--mapping", mapping)
    assert not (tmp_path / "out").exists()
    call("analyse", table, *plan, *out, "--mapping", mapping, "--calibration", "from-file")
    assert [tree.attrs["calibration"] for tree in stopped] == ["experiment file"]


def test_names_may_be_given_in_python(finished, stopped):
    """analyse takes a mapping's sections as well as its file, and an object as well as a path."""
    lines = rows()
    table = {
        name if name != "basis" else "axis": [line.split(",")[place] for line in lines[1:]]
        for place, name in enumerate(lines[0].split(","))
    }
    with pytest.raises(cb.CqedBatteryError, match="the analysis gave up"):
        cb.analyse(table, EXPERIMENT, mapping={"columns": {"basis": "axis"}})
    assert stopped[0]["counts"].equals(tree()["counts"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "is a table, which does not say what was measured; name the experiment file"),
        (("--mapping", "names.toml"), "--mapping is for a laboratory's counts; name their"),
        (("--calibration", "from-file"), "--calibration is for a laboratory's counts"),
        (("--calibration", "none"), '--calibration must be counts or from-file, but is "none"'),
        (("--experiment", "nowhere.toml"), "there is no experiment file nowhere.toml"),
    ],
)
def test_options_that_do_not_fit_are_refused(finished, options, message):
    """Each wrong use of the options has its sentence."""
    assert message in refused("analyse", finished[0] / "counts.csv", *options)


def test_nothing_of_the_user_is_written_over(finished):
    """The dataset that is read, the experiment file and an existing table stay as they are."""
    folder, _ = finished
    plan = ("--experiment", folder / "plan.toml")
    same = refused("analyse", folder / "dataset.nc", *plan, "--out", folder)
    assert "--out must not be the folder of" in same
    assert "exists; name another one" in refused(
        "export", folder / "dataset.nc", folder / "counts.csv"
    )
    assert call("export", folder / "dataset.nc", folder / "counts.csv", "--force").exit_code == 0
    assert "nowhere" in refused("export", folder / "nowhere", folder / "new.csv")
