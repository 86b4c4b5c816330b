"""The table of settings: when each is taken and how long a repetition lasts."""

import numpy as np
import pytest

from cqed_battery.experiment import Experiment
from protocols.settings.settings import Settings

FEW = Experiment().replace({"charging.points": 4, "vacuum.points": 3})


@pytest.mark.parametrize("order", ["as listed", "interleaved", "random"])
def test_settings_that_mostly_load_follow_evenly(order):
    """An overhead of a minute hides the shots, so the settings are evenly spaced in their order.

    Without it the one with a million shots fills most of the run.
    """
    uneven = FEW.replace({"faults.order": order, "allocation.control_y": [1, 10**6, 5, 50]})

    def distances(overhead_ms: float) -> np.ndarray:
        settings = Settings(uneven.replace({"laboratory.setting_overhead_ms": overhead_ms}))
        return np.diff(settings.times_within_run[settings.order])

    even = 1 / (Settings(uneven).size - 1)
    np.testing.assert_allclose(distances(60_000.0), even, rtol=0.2)
    assert distances(0.0).max() > 10 * even


@pytest.mark.parametrize(("wait_us", "resonator_wait_ns"), [(3.0, 2000.0), (2.0, 3000.0)])
def test_a_passive_reset_lasts_the_longer_wait(wait_us, resonator_wait_ns):
    """The transmon relaxes while the resonator empties: 3000 ns either way, and no sum."""
    waits = {"reset.wait_us": wait_us, "reset.resonator_wait_ns": resonator_wait_ns}
    passive = Settings(FEW.replace({"reset.kind": "passive", **waits}))
    none = Settings(FEW.replace({"reset.kind": "none", **waits}))
    np.testing.assert_allclose(passive.periods_ns - none.periods_ns, 3000.0, rtol=1e-12)
