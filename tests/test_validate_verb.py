"""The verb validate, and a user's own estimator beside ours."""

import json
import sys

import pytest
from commands import call, refused
from test_validation import EXPERIMENT, measured, simulated

from analysis.validation.devices.scenarios import this_device
from analysis.validation.repeats.estimators import load_estimator, user_estimates
from analysis.validation.repeats.repeat import repeat
from cqed_battery.errors import CqedBatteryError

MINE = """
import numpy as np
def estimate(dataset):
    counts = dataset["counts"].sel(arm="catalysed", basis="z").values
    p = counts[:, 1] / counts.sum(axis=1)
    return {"energy": {"value": p - 0.5, "std": np.full(len(p), 0.05)}}
def unknown(dataset):
    return {"colour": {"value": 1, "std": 1}}
def short(dataset):
    return {"energy": {"value": [1.0], "std": [1.0]}}
def broken(dataset):
    return {}["nothing"]
def bare(dataset):
    return {"energy": 3.0}
number = 4
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A user's module in the current folder."""
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    yield
    sys.modules.pop("mine", None)


@pytest.mark.usefixtures("mine")
def test_a_users_estimator_meets_the_same_truth():
    """The readout's errors, left out by the user, are the bias that the study finds."""
    run = measured()
    found = user_estimates("mine:estimate", run.dataset, simulated().truths())
    truth = simulated().response.quantities["catalysed"]["energy"]
    outcome = repeat(this_device(EXPERIMENT), 0, 0, 11, ("mine:estimate",))
    assert found["catalysed.energy"].value.shape == truth.shape
    assert set(outcome.errors) == {"mine:estimate"}


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mine:unknown", 'returned "colour", but the quantities are bloch'),
        ("mine:short", r"finite numbers of shape \(5,\), value and std, but they have \(1,\)"),
        ("mine:broken", "failed with KeyError: 'nothing'"),
        ("mine:bare", 'must return energy as {"value"'),
    ],
)
def test_a_users_mistakes_are_sentences(name, sentence):
    """What a user's function does wrong is named."""
    with pytest.raises(CqedBatteryError, match=sentence):
        user_estimates(name, measured().dataset, simulated().truths())


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("mine", "must read MODULE:FUNCTION"),
        ("yours:f", "yours:f cannot be imported .*No module named 'yours'"),
        ("mine:missing", "mine:missing cannot be imported"),
        ("mine:number", "must be a function, but is 4"),
    ],
)
def test_estimators_that_are_not_there(name, sentence):
    """A name that leads nowhere is refused before anything is computed."""
    with pytest.raises(CqedBatteryError, match=sentence):
        load_estimator(name)


def written(folder):
    path = folder / "tiny.toml"
    path.write_text(EXPERIMENT.to_toml())
    return path


@pytest.mark.study
@pytest.mark.usefixtures("mine")
def test_validate_prints_and_writes(tmp_path):
    """The verb prints a table of every estimator, and writes JSON and pictures."""
    out = tmp_path / "out"
    options = ("--repeats", 2, "--devices", 0, "--workers", 1, "--out", out)
    options = (*options, "--only", "this device")
    found = call("validate", written(tmp_path), *options, "--estimator", "mine:estimate")
    assert found.exit_code == 0, found.stderr
    assert "This device: 2 runs; the model is falsely flagged in" in found.stdout
    for name in ("global fit", "model-free", "reported", "mine:estimate"):
        assert f"\n{name}\n" in found.stdout
    assert "…" not in found.stdout
    studies = json.loads((out / "validation.json").read_text())
    assert [study["repeats"] for study in studies] == [2]
    assert {row["estimator"] for row in studies[0]["rows"]} >= {"global fit", "model-free"}
    assert (out / "this-device.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_validate_runs_every_scenario(tmp_path):
    """Right devices, wrong models and the null run all come out, with their tests."""
    options = ("--repeats", 2, "--devices", 1, "--json")
    found = call("validate", written(tmp_path), *options)
    assert found.exit_code == 0, found.stderr
    studies = {study["scenario"]: study for study in json.loads(found.stdout)}
    assert list(studies) == [
        "this device",
        "random device 1",
        "two levels",
        "ignored 3 ns rise",
        "ignored 5 MHz detuning",
        "no coupling",
    ]
    assert studies["no coupling"]["false_heat"]["verdict"]["value"] is not None
    assert studies["this device"]["false_heat"]["verdict"]["value"] is None


def test_validate_refuses(tmp_path):
    """Too few repeats, and estimators that are not there, end with one sentence."""
    file = written(tmp_path)
    assert "--repeats must be a whole number from 2" in refused("validate", file, "--repeats", 1)
    assert "--devices must be" in refused("validate", file, "--devices", -1)
    assert "--only must be this device, " in refused("validate", file, "--only", "this")
    assert "must read MODULE:FUNCTION" in refused("validate", file, "--estimator", "mine")
