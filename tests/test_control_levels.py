"""The control's resonator stays nearly empty: it has only the Fock levels that are felt."""

from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from cqed_battery import Experiment
from cqed_battery.dynamics.convergence import fewer_levels
from protocols.faults.drive_line import Line
from protocols.prediction import arm_levels
from protocols.prediction.directions import Direction, Moved
from protocols.prediction.predict import Prediction, predict
from protocols.prediction.sensitivities import prediction_sensitivities

FEW = {
    "transmon.levels": 3,
    "resonator.fock_levels": 9,
    "charging.stop_ns": 30.0,
    "charging.points": 7,
    "vacuum.method": "none",
    "simulation.tolerance": 1e-12,
}
DETUNED = {"control.kind": "detuned", "control.detuning_MHz": -240.0}
DEVICES: dict[str, dict[str, Any]] = {
    "closed": {"coupler.g_off_MHz": 0.0},
    "leaking": {"coupler.g_off_MHz": 0.4, "charging.stop_ns": 90.0},
    "warm": {"resonator.temperature_mK": 60.0, "reset.resonator_photons": 0.02},
    "detuned": DETUNED,
    "fixed": {
        **DETUNED,
        "coupler.kind": "fixed",
        "coupler.g_on_MHz": 12.0,
        "coupler.idle_detuning_MHz": -240.0,
        "drive.rabi_rate_MHz": 15.0,
    },
    "three levels read": {**DETUNED, "qutrit.measured": True},
    "extracted": {**DETUNED, "extraction.unitary": "model"},
    "swept": {**DETUNED, "charging.axis": "amplitude"},
}


def made(name: str) -> Experiment:
    return Experiment().replace(FEW).replace(DEVICES[name])


def with_all(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> Prediction:
    """The prediction with all Fock levels in both arms."""
    with monkeypatch.context() as patch:
        patch.setattr(arm_levels, "_first_levels", lambda experiment, arm, most: most)
        return predict(experiment)


def assert_same(found: Any, wanted: Any, within: float) -> None:
    """Every part of two arms is the same."""
    for field in fields(found):
        one, other = getattr(found, field.name), getattr(wanted, field.name)
        np.testing.assert_allclose(one, other, rtol=0, atol=within, err_msg=field.name)


@pytest.mark.parametrize("name", DEVICES)
def test_fewer_levels_give_what_all_give(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """States, photons, probabilities, work and its integrals, of the same shapes."""
    experiment = made(name)
    found, wanted = predict(experiment), with_all(experiment, monkeypatch)
    sizes = {arm: own.generator.fock_levels for arm, own in found.liouvillians.items()}
    assert sizes["control"] < sizes["catalysed"] == found.fock.levels
    for arm in found.arms:
        assert_same(found.arms[arm], wanted.arms[arm], 1e-9)


def test_fewer_levels_behind_a_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the line still holds differs from time to time, and is the same on fewer levels."""
    line = Line.of(Experiment().replace({"faults.drive_bandwidth_MHz": 150.0}).faults, 0.0)
    experiment = made("closed")
    found = predict(experiment, line=line)
    with monkeypatch.context() as patch:
        patch.setattr(arm_levels, "_first_levels", lambda experiment, arm, most: most)
        wanted = predict(experiment, line=line)
    assert_same(found.arms["control"], wanted.arms["control"], 1e-9)


@pytest.mark.parametrize("name", ["leaking", "warm", "fixed"])
def test_too_few_at_first_are_raised(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guess costs time alone: until the highest level is empty there are more."""
    experiment = made(name)
    wanted = with_all(experiment, monkeypatch)
    monkeypatch.setattr(arm_levels, "fewer_levels", lambda *_: 2)
    found = predict(experiment)
    assert found.liouvillians["control"].generator.fock_levels > 2
    assert_same(found.arms["control"], wanted.arms["control"], 1e-9)


@pytest.mark.study
def test_a_driven_resonator_keeps_all_levels() -> None:
    """Its photons do not come through the coupling."""
    found = predict(made("detuned").replace({"drive.target": "resonator"}))
    assert found.liouvillians["control"].generator.fock_levels == found.fock.levels


@pytest.mark.parametrize("name", ["leaking", "fixed", "extracted"])
def test_derivatives_with_fewer_levels(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the coupling and by the transmon's frequency, those of all levels."""
    found = predict(made(name))
    experiment = found.experiment

    def moved(changes: dict[str, float], shift: float, weight: float) -> Moved:
        other = experiment.replace(changes)
        return Moved(weight, other, other.device.shifted(shift, 0.0), found.line)

    g = "coupler.g_off_MHz" if name == "leaking" else "coupler.g_on_MHz"
    now = experiment.coupler.g_off_MHz if name == "leaking" else experiment.coupler.g_on_MHz
    directions = [
        Direction((moved({g: now + 0.1}, 0.0, 5.0), moved({g: now - 0.1}, 0.0, -5.0))),
        Direction((moved({}, 1.0, 0.5), moved({}, -1.0, -0.5))),
    ]
    own = prediction_sensitivities(found, directions).arms
    wanted = prediction_sensitivities(with_all(experiment, monkeypatch), directions).arms
    for arm in ("catalysed", "control"):
        for one, other in zip(own[arm], wanted[arm], strict=True):
            assert_same(one, other, 1e-7)


def test_levels_hold_what_couples() -> None:
    """Poisson's tail and a thermal one fall below 1e-13; nothing needs one level."""
    assert fewer_levels(0.0, 0.0) == 2
    assert fewer_levels(0.1, 0.0) == 7
    assert fewer_levels(0.0, 0.1) == 14
