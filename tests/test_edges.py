"""The charging drive before or after its coupling, and a coupling that settles: closed forms."""

from math import exp

import numpy as np
import pytest
from devices import lossless
from scipy.linalg import expm

from cqed_battery.units import angular_from_mhz
from protocols.faults.simulated import simulate

TIMES = np.array([1.0, 2.5, 6.0, 9.0, 14.0])
QUANTITIES = ("bloch", "measured_bloch", "power", "heat_current", "photon_number", "exchange")


def seen(times, **changes) -> dict[str, np.ndarray]:
    """Return the truth of a lossless device at times, first dimension arm."""
    experiment = lossless(charging__times_ns=tuple(times), **changes)
    truth = simulate(experiment).truth
    return {name: truth[name].values for name in QUANTITIES}


@pytest.mark.parametrize("changes", [{}, {"faults__drive_bandwidth_MHz": 150.0}])
@pytest.mark.parametrize("delay", [0.3, 0.75])
def test_a_late_drive_is_a_late_clock(delay, changes):
    """Ground state and vacuum wait for the drive, so all is what it was by the delay before."""
    late, plain = (
        seen(TIMES + delay, faults__drive_delay_ns=delay, **changes),
        seen(TIMES, **changes),
    )
    for name in QUANTITIES:
        assert np.abs(late[name] - plain[name]).max() < 1e-8, name


def test_an_early_drive_finds_the_coupling_closed():
    """Two levels and a resonator: the drive alone for the lead, then both."""
    lead, rabi, g = 0.6, angular_from_mhz(50.0), angular_from_mhz(40.0)
    found = seen(TIMES, faults__drive_delay_ns=-lead, coupler__g_on_MHz=40.0)
    fock = 10
    a, b = np.diag(np.sqrt(np.arange(1, fock)), 1), np.diag([1.0], 1)
    lower, photon = np.kron(b, np.eye(fock)), np.kron(np.eye(2), a)
    drive = 0.5j * rabi * (lower.T - lower)
    swap = g * (lower.T @ photon + lower @ photon.T)
    start = np.zeros(2 * fock, dtype=complex)
    start[0] = 1.0
    start = expm(-1j * drive * lead) @ start
    sz = lower.T @ lower - lower @ lower.T
    for number, time in enumerate(TIMES):
        state = expm(-1j * (drive + swap) * time) @ start
        z = (state.conj() @ sz @ state).real
        assert found["bloch"][0, number, 2] == pytest.approx(z, abs=1e-8)
        assert found["bloch"][1, number, 2] == pytest.approx(
            -np.cos(rabi * (time + lead)), abs=1e-8
        )
    lone = seen(TIMES + lead)
    for name in ("bloch", "measured_bloch", "power"):
        assert np.abs(found[name][1] - lone[name][1]).max() < 1e-8, name


def test_work_and_heat_of_an_early_drive_balance():
    """With the coupling off the drive's work is all the energy, from before the coupling on."""
    truth = simulate(
        lossless(coupler__g_on_MHz=0.0, resonator__fock_levels=2, faults__drive_delay_ns=-0.5)
    ).truth
    assert np.abs(truth["heat_integral"].values).max() < 1e-9


def test_a_coupling_that_settles_swaps_by_its_area():
    """One excitation, no drive: z = cos(2 area), area = g (t - s c (1 - exp(-t/c)))."""
    share, constant = 0.08, 5.0
    experiment = lossless(
        charging__times_ns=(0.0, *TIMES),
        reset__initial_excitation=1.0,
        reset__resonator_photons=0.0,
        drive__rabi_rate_MHz=0.0,
        faults__coupling_tail=share,
        faults__coupling_tail_ns=constant,
    )
    truth = simulate(experiment).truth
    g = angular_from_mhz(50.0)
    area = np.array([g * (t - share * constant * (1 - exp(-t / constant))) for t in truth.time])
    z, closed = truth.bloch.sel(component="z").values
    assert np.abs(z - np.cos(2 * area)).max() < 1e-3  # it is held over 1/16 of its time constant
    assert np.abs(z - np.cos(2 * g * truth.time.values)).max() > 0.05
    assert np.abs(closed - 1.0).max() < 1e-9
