"""Populations, expectation values, single shots and IQ points become the counts behind them."""

import io
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from lab_tables import EXPERIMENT, assert_same_counts, rows, tree

from analysis.data.inputs import read_inputs
from analysis.data.iq.soft_readout import train_soft
from analysis.data.laboratory import read_lab_data
from analysis.data.our_names import COLUMNS
from analysis.estimators.state.assignment import assignment_from
from analysis.pipeline import analyse
from cqed_battery.experiment import Experiment
from cqed_battery.files.datasets import DatasetError
from protocols.emulation.emulate import emulate

KEYS = [name for name in COLUMNS if name not in ("outcome", "count")]
QUICK = Experiment().replace(
    {
        "charging.points": 7,
        "charging.stop_ns": 24.0,
        "tomography.shots": 400,
        "vacuum.method": "none",
        "analysis.global_fit": False,
    }
)
DISPERSIVE = QUICK.replace(
    {
        "readout.model": "dispersive",
        "readout.calibration_shots": 2000,
        "dispersive.save_iq": True,
    }
)


def frame():
    found = pd.read_csv(io.StringIO("\n".join(rows())))
    return found.astype(object).where(found.notna(), "")


def means(**columns):
    """One row for each setting: population, shots, and what the functions make of them."""
    table = frame().pivot_table(index=KEYS, columns="outcome", values="count", aggfunc="first")
    n0, n1 = (table[k].to_numpy(dtype=float) for k in (0, 1))
    made = {name: make(n1 / (n0 + n1), n0 + n1) for name, make in columns.items()}
    return table.reset_index()[KEYS].assign(**made)


def share(p, n):
    return p


def shots(p, n):
    return n.astype(int)


def error(p, n):
    return np.sqrt(p * (1 - p) / n)


def test_populations_are_the_counts_behind_them():
    """Share and shots, in full or as percent with four digits, give the emulated counts."""
    table = means(population=share, shots=shots)
    assert_same_counts(read_lab_data(table, EXPERIMENT), tree())
    percent = means(population=lambda p, n: np.round(100 * p, 4), shots=shots)
    names = {"units": {"population": "percent"}}
    assert_same_counts(read_lab_data(percent, EXPERIMENT, names=names), tree())
    constant = means(population=share)
    names = {"constants": {"shots": 1000}}
    arms = constant[constant["arm"] != "calibration"]
    found = read_lab_data(arms, EXPERIMENT, names=names, calibration_from_file=True)
    xr.testing.assert_equal(found["counts"], tree()["counts"])


def test_standard_errors_tell_the_shots():
    """p (1 - p) / std^2 shots; a note says so."""
    found = read_lab_data(means(population=share, std=error), EXPERIMENT)
    assert_same_counts(found, tree())
    assert "shots are those that the standard errors stand for" in found.attrs["notes"]


@pytest.mark.parametrize("excited", [1, -1])
def test_expectation_values_need_their_sign(excited):
    """P(1) = (1 + s <sigma>) / 2; without the sign the sentence asks for it."""
    table = means(expectation=lambda p, n: excited * (2 * p - 1), shots=shots)
    with pytest.raises(DatasetError, match=r"excited = 1 if level 1 gives \+1 \(ours\), or"):
        read_lab_data(table, EXPERIMENT)
    names = {"data": {"excited": excited}}
    assert_same_counts(read_lab_data(table, EXPERIMENT, names=names), tree())
    errors = means(expectation=lambda p, n: excited * (2 * p - 1), std=lambda p, n: 2 * error(p, n))
    assert_same_counts(read_lab_data(errors, EXPERIMENT, names=names), tree())


def test_wide_populations():
    """One column for each axis, as a controller averages them."""
    arms = means(population=share).query("arm in ['catalysed', 'control']")
    flat = arms.pivot_table(index=["arm", "time_ns"], columns="basis", values="population")
    names = {
        "data": {"kind": "populations"},
        "constants": {"shots": 1000},
        "wide": {f"P_{basis}": {"basis": basis} for basis in "xyz"},
    }
    table = flat.rename(columns="P_{}".format).reset_index()
    found = read_lab_data(table, EXPERIMENT, names=names, calibration_from_file=True)
    xr.testing.assert_equal(found["counts"], tree()["counts"])


@pytest.mark.study
def test_counts_populations_and_shots_give_the_same_results():
    """One emulated run in three kinds: every number of the results is the same."""
    data = emulate(QUICK)
    counts = data["counts"]
    ones = counts.sel(outcome=1) / counts.sum("outcome")
    table = ones.to_series().rename("population").reset_index().assign(shots=400)
    single = counts.to_series().rename("count").reset_index()
    single = single.loc[single.index.repeat(single.pop("count"))]
    expected = None
    for given in (counts.to_series().rename("count").reset_index(), table, single):
        renamed = given.rename(columns={"time": "time_ns"})
        found = analyse(read_lab_data(renamed, QUICK, calibration_from_file=True)).to_dict()
        arms = {name: found[name] for name in ("arms", "verdict", "times")}
        expected = expected or arms
        assert arms == expected


@pytest.mark.parametrize(
    ("columns", "names", "said"),
    [
        (
            {"population": lambda p, n: 100 * p, "shots": shots},
            {},
            r'must lie from 0 to 1, but goes from .*; if they are in percent, say population = "pe',
        ),
        (
            {"population": lambda p, n: 1.04 * p - 0.03, "shots": shots},
            {},
            "give the share of the shots that read 1, not corrected for the readout",
        ),
        (
            {"population": share, "shots": shots},
            {"units": {"population": "percent"}},
            r"percent only; if these are shares from 0 to 1, leave out \[units\] population",
        ),
        ({"population": share}, {}, "neither a column 'shots' nor 'std'.*constants. shots"),
        (
            {"population": share, "shots": lambda p, n: n + 0.5},
            {},
            "'shots' in row 1 of the frame must be a whole number >= 1",
        ),
        (
            {"population": share, "std": lambda p, n: 0 * p},
            {},
            "'std' in row 1 of .* does not tell the shots of a mean of",
        ),
        (
            {"expectation": lambda p, n: 3 * p, "shots": shots},
            {"data": {"excited": 1}},
            "'expectation' in row .* must be a number from -1 to 1",
        ),
        ({"I": share, "Q": share}, {}, 'say under .* kind = "iq" for one shot in each row, or "av'),
        ({"I": share, "Q": share}, {"data": {"kind": "averaged-iq"}}, "has no column 'shots'"),
    ],
)
def test_means_that_are_refused(columns, names, said):
    """Ranges, signs, shots and kinds that cannot be right or are not told: one sentence each."""
    with pytest.raises(DatasetError, match=said):
        read_lab_data(means(**columns), EXPERIMENT, names=names)


def points(populations, counts, rng, separation=3.0):
    """IQ points of shots, in volts, turned and moved as a digitizer has them: (N, 2)."""
    levels = rng.random(counts) < populations
    cloud = rng.standard_normal((counts, 2)) + np.outer(levels, [separation, 0.0])
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    return 1e-3 * (cloud @ turn.T + [4.0, -2.0])


def iq_rows(rng, single, separation=3.0):
    """Rows of the settings of `EXPERIMENT` and its calibration, by a function of their points."""
    truth = tree()["counts"].sel(outcome=1) / 1000
    settings = [
        ({"arm": arm, "time_ns": t, "basis": b}, float(truth.sel(arm=arm, time=t, basis=b)), 300)
        for arm in ("catalysed", "control")
        for t in truth["time"].values
        for b in "xyz"
    ]
    settings += [({"arm": "calibration", "prepared": k}, float(k), 3000) for k in (0, 1)]
    return pd.concat(
        [single(points(p, n, rng, separation)).assign(**labels) for labels, p, n in settings],
        ignore_index=True,
    ).astype({"arm": object})


def one_each(cloud):
    return pd.DataFrame(cloud, columns=["I", "Q"])


def average(cloud):
    spread = cloud.std(axis=0, ddof=1).min() / np.sqrt(len(cloud))  # across the line of the levels
    i, q = cloud.mean(axis=0)
    return pd.DataFrame({"I": [i], "Q": [q], "std": [spread], "shots": [len(cloud)]})


def pulls(found):
    """(inferred - true population) / standard error of all settings of the arms."""
    truth = (tree()["counts"].sel(outcome=1) / 1000).transpose(*found["counts"].dims[:-1])
    inputs = found["counts"].sel(basis=list("xyz"))
    shots_taken = inputs.sum("outcome")
    frequency = inputs.sel(outcome=1) / shots_taken
    errors = read_inputs(found).assignment
    population = (frequency - errors.p1_given_0) / errors.contrast
    variance = frequency * (1 - frequency) / shots_taken / errors.contrast**2
    return ((population - truth.sel(basis=list("xyz"))) / np.sqrt(variance)).values.ravel()


@pytest.mark.parametrize(
    ("kind", "single"), [("iq", one_each), ("soft-iq", one_each), ("averaged-iq", average)]
)
def test_iq_points_give_the_populations_they_were_drawn_from(kind, single):
    """Single points by a trained line, means by the prepared levels: pulls are standard normal."""
    found = read_lab_data(
        iq_rows(np.random.default_rng(3), single), EXPERIMENT, names={"data": {"kind": kind}}
    )
    pull = pulls(found)
    assert abs(pull.mean()) < 4 / np.sqrt(pull.size)
    assert 0.75 < pull.std() < 1.25


@pytest.mark.parametrize("separation", [1.0, 2.0, 4.0])
def test_soft_points_are_at_least_as_sharp_and_cover(separation):
    """The same shots without discrimination: smaller errors where clouds overlap, and they hold."""
    table = iq_rows(np.random.default_rng(8), one_each, separation)
    hard, soft = (
        read_lab_data(table, EXPERIMENT, names={"data": {"kind": kind}})
        for kind in ("iq", "soft-iq")
    )
    errors = [read_inputs(found).assignment for found in (hard, soft)]
    excess = [e.p1_given_0 * (1 - e.p1_given_0) / e.contrast**2 for e in errors]
    assert excess[1] <= 1.001 * excess[0]
    assert excess[1] < {1.0: 0.8, 2.0: 0.85, 4.0: 1.001}[separation] * excess[0]
    covered = np.mean(np.abs(pulls(soft)) < 1.96)
    assert covered > 0.95 - 3 * np.sqrt(0.05 * 0.95 / pulls(soft).size)


@pytest.mark.parametrize("separation", [0.05, 6.0, 1e3])
@pytest.mark.parametrize("calibration", [10, 3000])
def test_soft_points_of_any_clouds_are_counts(separation, calibration):
    """Clouds on top of each other or worlds apart, few shots or one: whole numbers that add up."""
    rng = np.random.default_rng(0)
    zero, one = (points(level, calibration, rng, separation) for level in (0.0, 1.0))
    readout = train_soft(zero, one, "points")
    assert (readout.errors >= 0).all()
    for cloud in (zero[:1], one[:1], zero, one, np.concatenate([zero, one])):
        counts = readout.counts(cloud)
        assert counts.sum() >= len(cloud)
        assert (counts >= 0).all()


@pytest.mark.parametrize(("separation", "runs"), [(1.0, 30), (2.0, 30), (4.0, 30)])
def test_soft_points_cover_as_they_say(separation, runs):
    """Populations from 0 to 1, a calibration of its own each time: 95 %, neither less nor more."""
    rng, shares = np.random.default_rng(11), np.array([0.0, 0.03, 0.15, 0.5, 0.8, 1.0])
    held, width, hard = [], [], []
    for _ in range(runs):
        zero, one = (points(level, 3000, rng, separation) for level in (0.0, 1.0))
        readout = train_soft(zero, one, "points")
        errors = assignment_from(np.stack([readout.counts_of(k, 3000) for k in (0.0, 1.0)]))
        for share in shares:
            cloud = points(share, 400, rng, separation)
            found, said = inferred(readout.counts(cloud), errors)
            held.append(abs(found - share) < 1.959964 * said)
            width.append(said)
            reads = np.bincount(readout.line.reads_1(cloud), minlength=2)
            lines = [np.bincount(readout.line.reads_1(c), minlength=2) for c in (zero, one)]
            hard.append(inferred(reads, assignment_from(np.stack(lines)))[1])
    assert abs(np.mean(held) - 0.95) < 3 * np.sqrt(0.05 * 0.95 / len(held))
    assert np.mean(width) < 1.01 * np.mean(hard)


def test_soft_errors_near_pure_levels_are_the_scatter():
    """There the counts of one readout would be far too uncertain, were a shot worth only one."""
    rng, squares = np.random.default_rng(12), []
    for _ in range(30):
        zero, one = (points(level, 10_000, rng, 2.0) for level in (0.0, 1.0))
        readout = train_soft(zero, one, "points")
        errors = assignment_from(np.stack([readout.counts_of(k, 10_000) for k in (0.0, 1.0)]))
        for share in (0.0, 0.01, 0.99, 1.0):
            found, said = inferred(readout.counts(points(share, 2000, rng, 2.0)), errors)
            squares.append(((found - share) / said) ** 2)
    assert abs(np.mean(squares) - 1) < 3 * np.sqrt(2 / len(squares))


def inferred(counts, errors):
    """The population behind counts of outcomes 0 and 1, and its standard error."""
    shots = counts.sum()
    population = (counts[1] / shots - errors.p1_given_0) / errors.contrast
    likely = (counts[1] + 0.5) / (shots + 1)
    calibration = (1 - population) * errors.p1_given_0_std, population * errors.p0_given_1_std
    own = np.sqrt(likely * (1 - likely) / shots)
    return population, float(np.linalg.norm([own, *calibration])) / errors.contrast


def test_averaged_points_have_the_variance_of_their_noise():
    """e (1 - e) / (1 - 2 e)^2 is the noise over the distance squared: 1/9 for three sigmas."""
    found = read_lab_data(
        iq_rows(np.random.default_rng(4), average),
        EXPERIMENT,
        names={"data": {"kind": "averaged-iq"}},
    )
    errors = read_inputs(found).assignment
    excess = errors.p1_given_0 * (1 - errors.p1_given_0) / errors.contrast**2
    assert excess == pytest.approx(1 / 9, rel=0.1)
    assert errors.p1_given_0 == pytest.approx(errors.p0_given_1, abs=1e-3)


def test_the_line_is_told():
    """The note says from how many shots the line was trained and how it errs."""
    found = read_lab_data(
        iq_rows(np.random.default_rng(3), one_each), EXPERIMENT, names={"data": {"kind": "iq"}}
    )
    assert "trained on 3000 and 3000 calibration shots: P(1|0) = 0.0" in found.attrs["notes"]
    assert found["calibration_counts"].sum("outcome").values.tolist() == [3000, 3000]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t[t["prepared"] != 1], "has 3000 and 0 IQ points of the prepared levels 0 and"),
        (lambda t: t.assign(I=1.0, Q=2.0), "do not lie apart; check that 'prepared' tells"),
        (lambda t: t.assign(Q=[np.nan, *t["Q"][1:]]), "'Q' in row 1 of the frame must be a number"),
    ],
)
def test_iq_points_that_train_no_line(change, said):
    """Too few shots of a level, clouds that coincide, points that are none: one sentence each."""
    table = change(iq_rows(np.random.default_rng(3), one_each))
    with pytest.raises(DatasetError, match=said):
        read_lab_data(table, EXPERIMENT, names={"data": {"kind": "iq"}})


def test_means_beyond_the_levels_are_refused():
    """A point that no population gives was taken with another readout."""
    table = iq_rows(np.random.default_rng(3), average)
    table.loc[5, ["I", "Q"]] = [1.0, 1.0]
    with pytest.raises(DatasetError, match=r"row 6 of .* standard errors beyond those of the prep"):
        read_lab_data(table, EXPERIMENT, names={"data": {"kind": "averaged-iq"}})


def test_soft_points_with_dims_are_those_of_rows():
    """Arrays and rows of the same points give the same counts."""
    data = emulate(DISPERSIVE).to_dataset().drop_vars(["counts", "calibration_counts"])
    names = {"data": {"kind": "soft-iq"}}
    found = read_lab_data(data, DISPERSIVE, names=names)
    points = data["iq"].rename(time="time_ns").to_dataset("quadrature").to_dataframe()
    known = data["calibration_iq"].to_dataset("quadrature").to_dataframe()
    table = pd.concat(
        [points.reset_index(), known.reset_index().assign(arm="calibration", basis="", time_ns="")]
    ).drop(columns=["shot", "calibration_shot"])
    again = read_lab_data(table.dropna(subset=["I"]), DISPERSIVE, names=names)
    xr.testing.assert_equal(again["counts"], found["counts"])


def test_points_with_dims_give_the_emulated_counts():
    """The emulator's saved points, told apart anew, give its counts within their own line."""
    data = emulate(DISPERSIVE)
    kept = data.to_dataset().drop_vars(["counts", "calibration_counts"])
    found = read_lab_data(kept, DISPERSIVE)
    moved = np.abs((found["counts"] - data["counts"]).sel(outcome=1))
    assert int(found["counts"].sum()) == int(data["counts"].sum())
    assert int(moved.max()) < 12  # of 400 shots: both lines are trained on the same 2000 shots
    assert "trained on 2000 and 2000 calibration shots" in found.attrs["notes"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda d: d.drop_vars("calibration_iq"),
            "no variable .calibration_iq.; IQ points need",
        ),
        (lambda d: d.isel(quadrature=[0]), "must have 2 quadratures, I and Q, but has 1"),
        (lambda d: d.rename(basis="axis"), "must have the dims arm, time, basis, one of shots and"),
    ],
)
def test_points_with_other_dims(change, said):
    """What lacks is named."""
    data = emulate(DISPERSIVE).to_dataset().drop_vars(["counts", "calibration_counts"])
    with pytest.raises(DatasetError, match=said):
        read_lab_data(change(data), DISPERSIVE)


@pytest.mark.slow
def test_ten_million_points_fit_into_memory():
    """1e7 points are told apart in less than 1 GB, most of which they take themselves."""
    rng = np.random.default_rng(0)
    time = QUICK.charging.grid_ns()
    shape = (2, len(time), 3, 10**7 // (6 * len(time)), 2)
    cloud = rng.standard_normal(shape, dtype=np.float32)
    cloud[:, :, :, ::2, 0] += 4.0
    calibration = rng.standard_normal((2, 5000, 2), dtype=np.float32)
    calibration[1, :, 0] += 4.0
    dims = ("arm", "time", "basis", "shot", "quadrature")
    data = xr.Dataset(
        {
            "iq": (dims, cloud),
            "calibration_iq": (("prepared", "calibration_shot", "quadrature"), calibration),
        },
        {"arm": ["catalysed", "control"], "time": time, "basis": list("xyz")},
    )
    tracemalloc.start()
    found = read_lab_data(data, QUICK)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak + cloud.nbytes < 1e9
    halves = found["counts"].sel(outcome=1) / found["counts"].sum("outcome")
    assert float(np.abs(halves - 0.5).max()) < 0.01
