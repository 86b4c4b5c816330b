"""Laboratory data: a table becomes the dataset that the emulator would have returned."""

import time

import numpy as np
import pytest
from lab_tables import EXPERIMENT, assert_same_counts, read, rows, tree, written

from analysis.data.inputs import read_inputs
from analysis.data.laboratory import read_lab_data
from analysis.data.tables.table import table_text
from analysis.pipeline import analyse
from cqed_battery.experiment import Experiment


def test_an_exported_dataset_is_read_again(tmp_path):
    """Counts, labels, dims, title and seed survive the way through a table; the truth does not."""
    found = read(tmp_path, table_text(tree()).splitlines())
    assert_same_counts(found, tree())
    assert "truth" not in found.children
    assert found.attrs["notes"] == ""
    assert (found.attrs["seed"], found.attrs["title"]) == (EXPERIMENT.seed, EXPERIMENT.title)
    assert Experiment.from_text(found.attrs["experiment"]) == EXPERIMENT


def test_unequal_shots_stay_with_their_setting(tmp_path):
    """Settings may have any number of shots, and a note says how far apart they are."""
    found = read(tmp_path, [*rows(), "catalysed,10.0,x,1,4000,,,", "vacuum,,,0,7,,pi,0.0"])
    more = read_inputs(found).counts["catalysed"] - read_inputs(tree()).counts["catalysed"]
    assert more[1, 0, 1] == 4000 == more.sum()
    assert "tomography settings have 1000 to 5000 shots" in found.attrs["notes"]
    assert "vacuum settings have 1000 to 1007 shots" in found.attrs["notes"]


def test_control_and_vacuum_rows_may_be_absent(tmp_path):
    """Without them the dataset has one arm and no vacuum measurement, whatever the file plans."""
    lines = [line for line in rows() if not line.startswith(("control", "vacuum"))]
    inputs = read_inputs(read(tmp_path, lines))
    assert (list(inputs.counts), inputs.vacuum_counts) == (["catalysed"], None)


def test_a_table_means_what_it_says(tmp_path):
    """A table written by hand: each number lands at its arm, time, basis and outcome."""
    lines = ["arm,time_ns,basis,outcome,count,prepared"]
    expected = np.zeros((2, 4, 3, 2), dtype=int)
    for i, j, k, m in np.ndindex(expected.shape):
        expected[i, j, k, m] = 1000 * i + 100 * j + 10 * k + m + 1
        where = f"{('catalysed', 'control')[i]},{2.5 * j},{'xyz'[k]},{m}"
        lines.append(f"{where},{expected[i, j, k, m]},")
    lines += ["calibration,,,0,90,0", "calibration,,,1,10,0"]
    lines += ["calibration,,,0,20,1", "calibration,,,1,80,1"]
    inputs = read_inputs(read(tmp_path, lines))
    assert inputs.times.tolist() == [0, 2.5, 5, 7.5]
    np.testing.assert_array_equal(inputs.counts["catalysed"], expected[0])
    np.testing.assert_array_equal(inputs.counts["control"], expected[1])
    assert (inputs.assignment.p1_given_0, inputs.assignment.p0_given_1) == (0.1, 0.2)
    assert inputs.vacuum_counts is None


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text.replace(",", ";"),
        lambda text: text.replace(",", "\t"),
        lambda text: text.replace(",", " , "),
        lambda text: "\ufeff" + text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "# a comment, with commas\n\n" + text.replace("\n", "\n# another\n,,,,,,,\n"),
        lambda text: text.replace("catalysed", '"Catalysed"').replace(",x,", ",X,"),
        lambda text: "\n".join([*text.splitlines()[:3], *text.splitlines()[:2:-1]]) + "\n",
    ],
    ids=["semicolons", "tabs", "blanks", "BOM", "CRLF", "comments", "quotes", "order"],
)
def test_how_a_table_is_written_does_not_matter(tmp_path, rewrite):
    """Separators, byte-order mark, comments, quotes, capitals and order of rows are all one."""
    path = tmp_path / "counts.csv"
    path.write_bytes(rewrite(table_text(tree())).encode())
    assert_same_counts(read_lab_data(path, EXPERIMENT), tree())


def test_repeated_rows_are_added_up(tmp_path):
    """Every row twice doubles the counts, and a note says how many rows were added."""
    lines = rows()
    found = read(tmp_path, [*lines, *lines[1:]])
    assert_same_counts(found, tree().map_over_datasets(lambda node: 2 * node))
    assert f"{len(lines) - 1} rows repeat" in found.attrs["notes"]


def test_single_shots_are_counted(tmp_path):
    """A table without counts holds one shot in each row."""
    lines = ["arm,time_ns,basis,outcome,prepared,shot"]
    kinds = [f"catalysed,{t},{basis},{{}},," for t in (0, 1, 2, 3) for basis in "xyz"]
    for number, kind in enumerate([*kinds, "calibration,,,{},0,"]):
        lines += [kind.format(0)] * (30 + number) + [kind.format(1)]
    lines += ["calibration,,,1,1,7"] * 25
    found = read(tmp_path, lines)
    assert found["counts"].values[0, ..., 1].tolist() == np.ones((4, 3)).tolist()
    assert found["counts"].sel(basis="z").values[0, :, 0].tolist() == [32, 35, 38, 41]
    assert found["calibration_counts"].values.tolist() == [[42, 1], [0, 25]]
    assert "one shot" in found.attrs["notes"]


def test_times_are_those_of_the_data(tmp_path):
    """Charging and exchange times of the data take the place of the experiment file's."""
    other = EXPERIMENT.replace({"charging.points": 5, "vacuum.points": 9, "vacuum.stop_ns": 20.0})
    found = read(tmp_path, rows(), other)
    text = Experiment.from_text(found.attrs["experiment"])
    assert text.charging.grid_ns().tolist() == [0, 10, 20, 30, 40, 50, 60]
    assert (text.vacuum.stop_ns, text.vacuum.points) == (100.0, 4)
    assert_same_counts(found, tree())
    assert "7 from 0 to 60 ns, not the experiment file's, 5 from" in found.attrs["notes"]
    assert "4 from 0 to 100 ns, not the experiment file's, 9 from" in found.attrs["notes"]


def test_times_but_for_rounding_are_the_planned_ones(tmp_path):
    """Times within 1e-6 ns of each other are one, and are the planned time where that is near."""
    text = "\n".join(rows())
    near = {"33.33333333333333": "33.3333333", "control,10.0,": "control,10.0000002,"}
    for old, new in (near | {",20.0,": ",20.0000003,"}).items():
        assert old in text
        text = text.replace(old, new)
    found = read(tmp_path, [text])
    assert Experiment.from_text(found.attrs["experiment"]) == EXPERIMENT
    assert_same_counts(found, tree())


def test_higher_levels_are_counted_apart(tmp_path):
    """Outcome 2 counts as the outcome the file's readout takes it for, and is kept besides."""
    lines = [*rows(), "control,20.0,y,2,17,,,", "calibration,,,2,5,1,,"]
    for share in (1, 0):
        found = read(tmp_path, lines, EXPERIMENT.replace({"readout.leaked_reads_1": share}))
        more = (found["counts"] - tree()["counts"]).sel(arm="control", time=20.0, basis="y")
        assert more.sel(outcome=share) == 17 == (found["counts"] - tree()["counts"]).sum()
        assert found["leaked_counts"].sel(arm="control", time=20.0, basis="y") == 17
        added = found["calibration_counts"] - tree()["calibration_counts"]
        assert added.sel(prepared=1, outcome=share) == 5 == added.sum()
        assert "17 of 42017 shots of the arms, 5 of the calibration" in found.attrs["notes"]


@pytest.mark.study
def test_three_outcomes_give_the_leaked_population(tmp_path):
    """results.json holds L beside v: 17 of 1017 shots of one axis.

    Three axes share L, and so one axis' 1.7 % is a third of that, weighted.
    """
    lines = [*rows(), "control,20.0,y,2,17,,,", "calibration,,,2,5,1,,"]
    found = analyse(read(tmp_path, lines, EXPERIMENT))["arms"]
    leakage = found["control"]["three_outcomes"]["leakage"]
    index = analyse(tree())["times"].index(20.0)
    assert 0.001 < leakage["value"][index] < 0.017
    assert leakage["value"][index] > 2 * max(np.delete(leakage["value"], index))
    assert max(found["catalysed"]["three_outcomes"]["leakage"]["value"]) < 1e-3
    assert "three_outcomes" not in analyse(tree())["arms"]["control"]


def test_the_file_may_stand_in_for_the_calibration(tmp_path):
    """On request, readout numbers of the file carry the uncertainty of its calibration shots."""
    readout = {"readout.p0_given_1": 0.06, "readout.calibration_shots": 400}
    numbers = EXPERIMENT.replace(readout)
    uncalibrated = [line for line in rows() if not line.startswith("calibration")]
    found = read(tmp_path, uncalibrated, numbers, calibration_from_file=True)
    assignment = read_inputs(found).assignment
    assert (assignment.p1_given_0, assignment.p0_given_1) == (0.01, 0.06)
    assert assignment.p0_given_1_std == pytest.approx(np.sqrt(0.06 * 0.94 / 400), rel=0.02)
    assert "P(0|1) = 0.06 +- 0.012 by the experiment file" in found.attrs["notes"]
    one = [line for line in rows() if not line.startswith("calibration") or ",1,," in line]
    kept = read(tmp_path, one, numbers, calibration_from_file=True)["calibration_counts"]
    assert kept.sel(prepared=0).values.tolist() == [396, 4]
    assert kept.sel(prepared=1).equals(tree()["calibration_counts"].sel(prepared=1))


def test_columns_that_are_left_out_are_noted(tmp_path):
    """A column that means nothing here is left out, and a note says so."""
    lines = [f"{line},{'fridge' if number == 0 else 12}" for number, line in enumerate(rows())]
    found = read(tmp_path, lines)
    assert_same_counts(found, tree())
    assert found.attrs["notes"] == "columns left out: fridge"


def test_a_hundred_thousand_rows_are_read_fast(tmp_path):
    """A large table is read in seconds, not minutes, and nothing of it is lost."""
    lines = rows()
    shots = [f"{line.rsplit(',', 4)[0]},1,,," for line in lines[1:85]]
    path = written(tmp_path, [*lines, *(shots[number % 84] for number in range(100_000))])
    start = time.perf_counter()
    found = read_lab_data(path, EXPERIMENT)
    assert time.perf_counter() - start < 60.0  # row by row it takes many minutes
    assert int(found["counts"].sum() - tree()["counts"].sum()) == 100_000
