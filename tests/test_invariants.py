"""The check of every result that holds whatever the device: trace, positivity, balance."""

from dataclasses import replace

import numpy as np
import pytest
from devices import LOSSLESS

from analysis.checks.invariants import invariants
from analysis.estimators.expectation import Expectation, expectation
from cqed_battery.experiment import Experiment

SMALL = {
    "transmon.levels": 2,
    "resonator.fock_levels": 8,
    "charging.stop_ns": 20.0,
    "charging.points": 21,
    "drive.rabi_rate_MHz": 20.0,
    "coupler.ramp_ns": 0.0,
    "tomography.pulse": "none",
    "vacuum.points": 3,
}

_FINE = (*np.arange(0.0, 9.6, 0.25).tolist(), 9.7)
SAMPLED = {  # a drive whose samples jump at the charging times, most of all at the last
    "charging.times_ns": _FINE,
    "charging.shape": "samples",
    "charging.samples_ns": _FINE,
    "charging.samples_amplitude": (*(1 - 0.02 * (np.arange(len(_FINE) - 1) % 5)).tolist(), 0.0),
}
FEW = {  # less than two charging times a turn
    "charging.times_ns": tuple(16.0 * number for number in range(20)),
    "drive.rabi_rate_MHz": 48.0,
    "drive.detuning_MHz": -45.0,
    "resonator.detuning_MHz": -116.0,
    "resonator.linewidth_MHz": 6.0,
    "coupler.g_on_MHz": 7.0,
}


@pytest.fixture(scope="module")
def expected() -> Expectation:
    return expectation(Experiment().replace(SMALL))


def changed(expected: Expectation, **values: object) -> Expectation:
    """The expectation with other values in its catalysed arm."""
    arms = dict(expected.prediction.arms)
    arms["catalysed"] = replace(arms["catalysed"], **values)  # type: ignore[arg-type]
    return Expectation(replace(expected.prediction, arms=arms), expected.arms)


@pytest.mark.parametrize("changes", [{}, {"drive.rabi_rate_MHz": 0.0}, LOSSLESS, SAMPLED, FEW])
def test_a_right_model_passes(changes: dict[str, object]) -> None:
    """Driven, undriven and lossless devices, jumping drives, few times keep every invariant."""
    found = invariants(expectation(Experiment().replace(SMALL).replace(changes)))
    assert found["outcome"] == "pass"
    assert found["trace"] < 1e-9
    assert found["balance"] < 3


@pytest.mark.parametrize(
    ("what", "outcome"),
    [("trace", "fail"), ("negativity", "fail"), ("probability", "fail"), ("balance", "warn")],
)
def test_a_wrong_state_is_named(what: str, outcome: str, expected: Expectation) -> None:
    """A trace, an eigenvalue, a probability or a rate that strays is named and not believed."""
    arm = expected.prediction.arms["catalysed"]
    matrix = np.diag([-1e-6, 1 + 1e-6]).astype(complex)
    values = {
        "trace": {"transmon": arm.transmon * (1 + 1e-6)},
        "negativity": {"transmon": np.broadcast_to(matrix, arm.transmon.shape)},
        "probability": {"probability": arm.probability + 1.0},
        "balance": {"transmon_rate": arm.transmon_rate * 2.0},
    }[what]
    found = invariants(changed(expected, **values))
    assert found["outcome"] == outcome
    assert what in found["statement"].partition("must hold")[0]
    assert found[what] > (3 if what == "balance" else 1e-7)


def test_a_wrong_rate_is_seen_beside_a_drive_that_jumps() -> None:
    """What a rule cannot see of a drive of samples hides no rate that is twice as large."""
    expected = expectation(Experiment().replace(SMALL).replace(SAMPLED))
    rate = expected.prediction.arms["catalysed"].transmon_rate
    assert invariants(changed(expected, transmon_rate=rate * 2.0))["outcome"] == "warn"
