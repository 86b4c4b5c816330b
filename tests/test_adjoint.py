"""Derivatives by every held control, beside closed forms and finite differences."""

from math import inf

import numpy as np
import pytest

from cqed_battery.device import Coupler, Device, Resonator, Transmon
from cqed_battery.dynamics.evolution import Liouvillian, forward
from cqed_battery.dynamics.generator import rotating_frame
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.dynamics.sensitivities.adjoint import ControlledDevices
from cqed_battery.dynamics.waveforms import Controls, Segment, Waveform
from protocols.stages.charging import initial_state

DRIVES = (Controls(eps=1.0), Controls(eps=1j))


def _open_device(detuning_GHz: float = 0.0) -> Device:
    return Device(
        transmon=Transmon(
            frequency_GHz=5.0 + detuning_GHz, levels=3, t1_us=0.2, dephasing_rate_MHz=1.0
        ),
        resonator=Resonator(linewidth_MHz=4.0, temperature_mK=60.0),
        coupler=Coupler(),
    )


def _devices(
    controls: np.ndarray, units: tuple[Controls, ...] = DRIVES
) -> tuple[ControlledDevices, list[Liouvillian], Controls, np.ndarray]:
    found = [Liouvillian(rotating_frame(_open_device(by), 3)) for by in (0.0, 0.004)]
    bias, durations = Controls(g=0.2), np.array([0.5, 0.5, 1.7, 0.3])
    most = 2 * float(np.abs(controls).max())
    largest = Controls()
    for unit in units:
        largest = largest.plus(unit, most)
    return ControlledDevices(found, [bias] * 2, units, durations, largest), found, bias, durations


def test_states_are_those_of_the_engine_that_runs_the_experiments():
    rng = np.random.default_rng(1)
    controls = rng.normal(size=(2, 4, 2)) * 0.4
    devices, liouvillians, bias, durations = _devices(controls)
    start = np.stack([to_real(initial_state(3, 3, 0.05, 0.1))] * 2)
    states = devices.states(start, controls)
    for member, liouvillian in enumerate(liouvillians):
        parts = [
            Segment(float(length), bias.plus(Controls(eps=complex(*held))))
            for length, held in zip(durations, controls[member], strict=True)
        ]
        there = forward(liouvillian, start[member], Waveform(tuple(parts)), 1e-13)
        np.testing.assert_allclose(states[-1, member], there, atol=1e-8)


@pytest.mark.parametrize(
    "units",
    [DRIVES, (Controls(g=1.0), Controls(transmon=1.0)), (Controls(pump=1.0), Controls(pump=1j))],
    ids=["drive", "coupling and detuning", "pump"],
)
def test_derivatives_are_those_of_finite_differences(units):
    rng = np.random.default_rng(2)
    controls = rng.normal(size=(2, 4, 2)) * 0.4
    devices, *_ = _devices(2 * controls, units)
    start = np.stack([to_real(initial_state(3, 3, 0.05, 0.1))] * 2)
    kicks = rng.normal(size=(5, 2, 81))
    states = devices.states(start, controls)
    exact = devices.gradient(states, controls, kicks)
    step, found = 1e-5, np.zeros_like(exact)
    for place in np.ndindex(*controls.shape):
        moved = np.zeros_like(controls)
        moved[place] = step
        above, below = (devices.states(start, controls + sign * moved) for sign in (1, -1))
        found[place] = (kicks * (above - below)).sum() / (2 * step)
    np.testing.assert_allclose(exact, found, atol=1e-6 * np.abs(found).max())


def test_a_lossless_resonant_qubit_turns_by_the_pulses_area():
    device = Device(
        transmon=Transmon(levels=2, dephasing_rate_MHz=0.0, t1_us=inf),
        resonator=Resonator(linewidth_MHz=0.0),
    )
    rng = np.random.default_rng(3)
    rabi, durations = rng.normal(size=9) * 0.3, rng.random(9) * 40  # the longest take many steps
    liouvillian = Liouvillian(rotating_frame(device, 1))
    devices = ControlledDevices([liouvillian], [Controls()], DRIVES, durations, Controls(eps=2.0))
    controls = np.zeros((1, 9, 2))
    controls[0, :, 1] = rabi
    start, z = to_real(np.diag([1.0, 0.0]))[None], to_real(np.diag([-1.0, 1.0]))
    states = devices.states(start, controls)
    angle = rabi @ durations
    assert states[-1, 0] @ z == pytest.approx(-np.cos(angle), abs=1e-8)
    kicks = np.zeros_like(states)
    kicks[-1, 0] = z
    exact = devices.gradient(states, controls, kicks)[0]
    np.testing.assert_allclose(exact[:, 1], np.sin(angle) * durations, atol=1e-6)
    np.testing.assert_allclose(exact[:, 0], 0.0, atol=1e-6)
