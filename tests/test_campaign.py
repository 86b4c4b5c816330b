"""Several runs of one device: one fit, correlated errors, pulls, and runs that lie apart."""

import json

import numpy as np
import pytest
import xarray as xr
from commands import call, refused
from small_fits import small

import cqed_battery as cb
from analysis.campaign.analyse import analyse_campaign
from analysis.campaign.combined import combined
from analysis.campaign.joint_model import DRIFTING, JointModel
from analysis.estimators.global_fit import Counts
from analysis.estimators.global_fit.device import fitted_device
from analysis.estimators.global_fit.fit import fit_counts
from analysis.estimators.global_fit.model.forward import ForwardModel
from analysis.estimators.global_fit.model.parameters import (
    COUPLING,
    CURVED,
    P0_GIVEN_1,
    RABI,
    T1,
    TRANSMON_DETUNING,
    default_parameters,
)
from analysis.estimators.linear import Linear
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.labels import labelled
from protocols.settings.counts import counts_dataset, dataset_attributes
from protocols.settings.settings import Settings

pytestmark = pytest.mark.study

EXPERIMENT = small(transmon__levels=2, tomography__shots=400, vacuum__method="none")
MODEL = ForwardModel(EXPERIMENT, default_parameters(EXPERIMENT))
DAYS = {"monday": (25.1, 0.4), "tuesday": (24.95, -0.3), "wednesday": (25.0, 0.1)}
"""Rabi rate and detuning in MHz of each run; the coupling is 51 MHz in all."""


def drawn(seed, **values):
    """A dataset whose counts are those of the file's device with other parameters."""
    theta = np.array([values.get(p.name, p.start) for p in MODEL.free])
    frequency = MODEL.frequency(theta, MODEL.response(theta).probability)
    settings = Settings(EXPERIMENT)
    ones = np.random.default_rng(seed).binomial(settings.shots, frequency)
    counts = counts_dataset(settings, np.stack([settings.shots - ones, ones], axis=-1))
    counts.attrs = dataset_attributes(EXPERIMENT, "emulated")
    return xr.DataTree(labelled(counts))


@pytest.fixture(scope="module")
def runs():
    return {
        day: drawn(seed, **{RABI: rabi, TRANSMON_DETUNING: off, COUPLING: 51.0})
        for seed, (day, (rabi, off)) in enumerate(DAYS.items())
    }


@pytest.fixture(scope="module")
def found(runs):
    return analyse_campaign(runs)


def number(value, common=0.0):
    return Linear(np.array([value]), np.zeros((1, 1)), {"device: g": np.array([common])})


def test_independent_runs_are_a_weighted_mean():
    """By 1/variance, with the standard error and chi-square of textbooks."""
    part = combined([number(1.0), number(2.0), number(2.5)], [0.04, 0.16, 0.16])
    assert part.value == pytest.approx((25 * 1 + 6.25 * 2 + 6.25 * 2.5) / 37.5)
    square = sum((v - part.value) ** 2 / w for v, w in ((1, 0.04), (2, 0.16), (2.5, 0.16)))
    assert (part.chi_square, part.degrees) == (pytest.approx(square), 2)
    assert not part.consistent
    assert part.std == pytest.approx(37.5**-0.5 * (square / 2) ** 0.5)


def test_a_common_cause_does_not_average_out():
    """However many runs there are, what the device leaves open stays; it makes no run differ."""
    part = combined([number(1.0, 0.1)] * 50, [0.01] * 50)
    assert part.std == pytest.approx((0.01 / 50 + 0.01) ** 0.5)
    apart = combined([number(1.0, 0.1), number(1.1, 0.1)], [0.005, 0.005])
    assert apart.chi_square == pytest.approx(0.1**2 / 0.01)


@pytest.mark.parametrize(("aware", "calibrated"), [(True, True), (False, False)])
def test_combined_errors_are_the_scatter(aware, calibrated):
    """Over 2000 campaigns: value, pulls and chi-square; not, if the common cause is forgotten."""
    rng, off, pulls, squares = np.random.default_rng(3), [], [], []
    for _ in range(2000):
        shift = rng.normal()
        values = (
            0.3 + np.array([0.05, 0.06, 0.04]) * shift + [0.02, 0.05, 0.03] * rng.normal(size=3)
        )
        parts = [
            number(v, c if aware else 0.0) for v, c in zip(values, (0.05, 0.06, 0.04), strict=True)
        ]
        part = combined(parts, [0.02**2, 0.05**2, 0.03**2])
        off.append((part.value - 0.3) / part.std)
        pulls.append(part.pulls)
        squares.append(part.chi_square)
    assert (abs(np.std(off) - 1) < 0.08) == calibrated
    if aware:
        np.testing.assert_allclose(np.std(pulls, axis=0), 1, atol=0.05)
        assert np.mean(squares) == pytest.approx(2, abs=0.14)


def test_the_joint_derivatives_are_those_of_the_joint_frequencies():
    """Along a shared parameter, a common part, and one run's own deviation and readout."""
    joint = JointModel.of([MODEL, MODEL], ["a", "b"], DRIFTING)
    names, theta = [p.name for p in joint.free], joint.start()
    at = joint.response(theta)
    columns = joint.frequency_slope(theta, at, joint.slope(theta, at))
    for name in (COUPLING, RABI, f"b: {RABI}", f"a: {P0_GIVEN_1}"):
        place, step = names.index(name), 1e-5
        moved = theta.copy()
        moved[place] += step
        change = joint.frequency(moved, joint.response(moved).probability)
        change = (change - joint.frequency(theta, at.probability)) / step
        np.testing.assert_allclose(columns[:, place], change, atol=2e-5)
    size = Settings(EXPERIMENT).size
    assert not columns[:size, names.index(f"b: {RABI}")].any()
    assert columns[size:, names.index(f"b: {RABI}")].any()


def test_what_leads_to_the_devices_is_each_runs_and_common():
    """Fewer parameters, the shared and each run's own; the same frequencies where the rest rest."""
    joint = JointModel.of([MODEL, MODEL], ["a", "b"], DRIFTING)
    fewer = joint.leading()
    names = [p.name for p in fewer.free]
    assert {COUPLING, RABI, f"a: {RABI}", f"b: {RABI}", f"b: {P0_GIVEN_1}"} <= set(names)
    assert not {T1, f"a: {T1}", *CURVED} & set(names)
    theta, own = joint.start(), fewer.start()
    for name, by in ((COUPLING, 0.3), (f"b: {RABI}", -0.2)):
        theta[[p.name for p in joint.free].index(name)] += by
        own[names.index(name)] += by
    whole, part = joint.response(theta).probability, fewer.response(own).probability
    np.testing.assert_allclose(
        fewer.frequency(own, part), joint.frequency(theta, whole), rtol=0, atol=1e-9
    )


def test_what_drifts_and_what_is_shared_are_found(found):
    """Each run's Rabi rate and frequency, and one coupling, within their errors."""
    for day, (rabi, off) in DAYS.items():
        own = found["runs"][day]["parameters"]
        for name, true in ((RABI, rabi), (TRANSMON_DETUNING, off)):
            assert abs(own[name]["value"] - true) < 4 * own[name]["std"], (day, name)
    common = {entry["name"]: entry for entry in found["parameters"]}
    assert abs(common[COUPLING]["value"] - 51.0) < 4 * common[COUPLING]["std"]
    assert [common[name]["drifts"] for name in (COUPLING, RABI)] == [False, True]
    assert found["agreement"]["p_value"] > 1e-3


def test_three_runs_know_a_shared_parameter_better_than_one(runs, found):
    """The coupling's error falls like that of three times the shots, or a little less."""
    from analysis.data.inputs import read_inputs

    alone = fitted_device(read_inputs(runs["monday"])).fit
    (together,) = (e["std"] for e in found["parameters"] if e["name"] == COUPLING)
    assert 1.3 < alone.value(COUPLING)[1] / together < 2.2


def test_the_verdict_over_all_runs_has_each_runs_pull(found):
    """A combined number with the smaller error, pulls of order 1, an outcome as for one run."""
    (name, left), *_ = found["claims"]["heat_current_negative"].items()
    assert name == "energy that left"
    assert list(left["runs"]) == list(DAYS)
    assert left["std"] < min(part["std"] for part in left["runs"].values())
    assert max(abs(part["pull"]) for part in left["runs"].values()) < 4
    assert found["verdict"]["heat_current_negative"]["outcome"] in ("holds", "undecided")
    assert found["verdict"]["heat_current_negative"]["value"] == pytest.approx(-left["value"])
    assert found["verdict"]["vacuum_recovered"]["value"] is None
    json.dumps(found, allow_nan=False)


def test_a_run_of_another_device_is_seen(runs):
    """A coupling of 70 MHz in one run, which is shared: no one device gives these counts."""
    odd = analyse_campaign({"monday": runs["monday"], "thursday": drawn(9, **{COUPLING: 70.0})})
    assert odd["agreement"]["p_value"] < 1e-6


def test_a_drifting_coupling_takes_such_a_run(runs):
    """`drifting` frees it, and the run's own coupling is found."""
    two = {"monday": runs["monday"], "thursday": drawn(9, **{COUPLING: 57.0})}
    free = analyse_campaign(two, (*DRIFTING, COUPLING))
    assert free["agreement"]["p_value"] > 1e-3
    own = free["runs"]["thursday"]["parameters"][COUPLING]
    assert abs(own["value"] - 57.0) < 4 * own["std"]


def test_a_campaign_is_refused_for_one_run_and_for_two_devices(runs):
    """One sentence each; the same device in both files is accepted."""
    with pytest.raises(CqedBatteryError, match="at least 2 runs, but 1 is given; one run is what"):
        analyse_campaign({"monday": runs["monday"]})
    other = runs["tuesday"].copy()
    text = EXPERIMENT.replace({"transmon.t1_us": 20.0}).to_toml(comments=False)
    other.attrs |= {"experiment": text}
    with pytest.raises(CqedBatteryError, match=r"transmon.t1_us is 50.0 in monday and 20.0 in"):
        analyse_campaign({"monday": runs["monday"], "tuesday": other})
    with pytest.raises(CqedBatteryError, match=r'`drifting` must name coupler.* names "speed"'):
        analyse_campaign(runs, ["speed"])
    with pytest.raises(CqedBatteryError, match="`drifting` must name"):
        analyse_campaign(runs, [P0_GIVEN_1])


def test_the_verb_takes_files_and_says_each_runs_part(runs, tmp_path):
    """Paths or folders; names of runs in the table; the file holds what Python returns."""
    for day in ("monday", "tuesday"):
        (tmp_path / day).mkdir()
        cb.save_dataset(runs[day], str(tmp_path / day / "dataset.nc"))
    out = tmp_path / "campaign.json"
    told = call("campaign", tmp_path / "monday", tmp_path / "tuesday", "--out", out).stdout
    assert "energy that left" in told
    assert "monday" in told
    assert json.loads(out.read_text())["runs"].keys() == {"monday", "tuesday"}
    assert "given twice" in refused("campaign", tmp_path / "monday", tmp_path / "monday")
    assert "exists" in refused("campaign", tmp_path / "monday", tmp_path / "tuesday", "--out", out)


def test_the_joint_fit_of_one_run_twice_halves_its_variance(runs):
    """Shared parameters only: the same counts twice are one run of twice the shots."""
    from analysis.data.inputs import read_inputs

    counts = Counts.of(read_inputs(runs["monday"]))
    double = fit_counts(MODEL, Counts(2 * counts.ones, 2 * counts.shots))
    joint = JointModel.of([MODEL, MODEL], ["a", "b"], ())
    twice = fit_counts(joint, Counts(np.tile(counts.ones, 2), np.tile(counts.shots, 2)))
    assert twice.value(COUPLING) == pytest.approx(double.value(COUPLING), rel=2e-2)
