"""The devices that a pulse is optimised for, and what each one's line makes of the samples."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import Any

import numpy as np

from analysis.validation.devices.off_file import laboratory_draw
from cqed_battery.device import Device
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import drive_envelope, driven, rotating_frame
from cqed_battery.dynamics.hermitian import to_real
from cqed_battery.dynamics.sensitivities.adjoint import ControlledDevices
from cqed_battery.dynamics.waveforms import Controls, Segment, Waveform
from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray, FloatArray, on_transmon, pauli
from cqed_battery.units import angular_from_mhz
from protocols.faults.drive_line import Line, low_pass, rippled
from protocols.reset import expected_excitation, expected_leakage, remaining_photons
from protocols.stages.bias import charging_bias
from protocols.stages.charging import initial_state


@dataclass(frozen=True)
class Member:
    """A device that the pulse shall charge.

    Args:
        experiment: its file, whose faults are those of the line.
        detuning_MHz: of its transmon, beside the faults' own.
    """

    experiment: Experiment
    detuning_MHz: float = 0.0

    @property
    def device(self) -> Device:
        """The device with its frequencies as they are."""
        faults = self.experiment.faults
        moved = faults.transmon_detuning_MHz + self.detuning_MHz
        return self.experiment.device.shifted(moved, faults.resonator_detuning_MHz)


def start_populations(member: Member) -> tuple[float, float, float]:
    """Return the populations of levels 0, 1 and 2 that the reset is expected to leave.

    Args:
        member: whose file counts.
    """
    excited, leaked = (
        expected_excitation(member.experiment),
        expected_leakage(member.experiment),
    )
    return 1 - excited - leaked, excited, leaked


def drawn_members(experiment: Experiment, count: int, seed: int) -> list[Member]:
    """Return the device of the file and some of the laboratory draw, (1 + count).

    Args:
        experiment: the experiment file's content.
        count: how many are drawn.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    found = [Member(experiment)]
    # What a device is off by is no whole number of samples.
    free = experiment.replace({"drive.timing": "exact"})
    for _ in range(count):
        drawn = laboratory_draw(free, rng)
        found.append(Member(drawn, float(drawn.frequency_spread_MHz * rng.standard_normal())))
    return found


class _LineMap:
    """What arrives of an envelope, compressed and filtered sample by sample; and its transpose.

    Of a ripple, each sample has its mean.
    """

    def __init__(self, member: Member, durations: FloatArray) -> None:
        line, drive = Line.of(member.experiment.faults), member.experiment.drive
        self._full, self._scale = drive_envelope(member.experiment.device), line.charge_scale
        self._saturations = angular_from_mhz(drive.saturation_MHz), line.saturation
        self._filter = _filter_matrix(line, durations)
        self._ripple = _mean_ripple(line, durations)

    def __call__(self, samples: ComplexArray) -> ComplexArray:
        """Return eps in rad/ns, (S,), of relative samples (S,)."""
        own, other = self._saturations
        eps = _compressed(self._scale * _compressed(self._full * samples, own), other)
        return self._ripple * (eps if self._filter is None else self._filter @ eps)

    def transposed(self, samples: ComplexArray, slope: ComplexArray) -> ComplexArray:
        """Return derivatives by the samples from those by eps, both as one number, (S,)."""
        own, other = self._saturations
        first = self._full * samples
        second, slope = self._scale * _compressed(first, own), self._ripple * slope
        if self._filter is not None:
            slope = self._filter.T @ slope
        slope = self._scale * _compression_slope(second, other, slope)
        return np.asarray(np.conj(self._full) * _compression_slope(first, own, slope))


def _compressed(eps: ComplexArray, saturation: float) -> ComplexArray:
    return eps * (1 - np.abs(eps) / saturation)


def _compression_slope(eps: ComplexArray, saturation: float, slope: ComplexArray) -> ComplexArray:
    """Return derivatives before the compression from those behind it, (S,)."""
    if saturation == inf:
        return slope
    size = np.abs(eps)
    along = (slope.conj() * eps).real
    turned = np.divide(along * eps, size, out=np.zeros_like(eps), where=size > 0)
    return np.asarray(slope * (1 - size / saturation) - turned / saturation)


def _held(durations: FloatArray, values: Iterable[Any]) -> Waveform:
    """Return samples as a waveform; the drive of each may also be a row of several at once."""
    parts = zip(durations.tolist(), values, strict=True)
    return Waveform(tuple(Segment(length, Controls(eps=value)) for length, value in parts))


def _mean_ripple(line: Line, durations: FloatArray) -> FloatArray:
    """Return by what a ripple multiplies each sample in the mean, (S,)."""
    if not line.ripple:
        return np.ones(len(durations))
    passed = rippled(_held(durations, np.ones(len(durations))), line.ripple, line.ripple_period)
    lengths = np.array([part.duration for part in passed.segments])
    values = np.array([part.controls.eps for part in passed.segments]).real
    middles, ends = np.cumsum(lengths) - lengths / 2, np.cumsum(durations)
    sums = np.bincount(np.searchsorted(ends, middles), values * lengths, len(durations))
    return np.asarray(sums / durations)


def _filter_matrix(line: Line, durations: FloatArray) -> FloatArray | None:
    """Return what the line's filter makes of each sample, (S, S); None without one."""
    if not line.filters:
        return None
    impulses = _held(durations, np.eye(len(durations)))  # the filter is linear: all at once
    passed = low_pass(impulses, line.bandwidth, float(durations[0]))
    return np.array([part.controls.eps for part in passed.segments]).real


@dataclass(frozen=True)
class Ensemble:
    """M devices in one arm, ready to be charged by any envelope of S samples.

    Args:
        members: the devices.
        arm: "catalysed" or "control".
        durations: of the samples, in ns, (S,).
        fock_levels: of the resonator.
    """

    members: Sequence[Member]
    arm: str
    durations: FloatArray
    fock_levels: int

    @cached_property
    def times(self) -> FloatArray:
        """Borders of the samples, in ns, (S + 1,)."""
        return np.concatenate([[0.0], np.cumsum(self.durations)])

    @cached_property
    def _lines(self) -> list[_LineMap]:
        return [_LineMap(member, self.durations) for member in self.members]

    @cached_property
    def _devices(self) -> ControlledDevices:
        first = self.members[0].experiment
        units = [driven(first.device, Controls(), unit) for unit in (1.0, 1.0j)]
        strongest = max(
            abs(drive_envelope(m.experiment.device)) * Line.of(m.experiment.faults).charge_scale
            for m in self.members
        )
        return ControlledDevices(
            [Liouvillian(rotating_frame(m.device, self.fock_levels)) for m in self.members],
            [charging_bias(member.experiment, self.arm) for member in self.members],
            units,
            self.durations,
            driven(first.device, Controls(), strongest),
        )

    @cached_property
    def _start(self) -> FloatArray:
        levels = self.members[0].experiment.transmon.kept_levels
        found = []
        for member in self.members:
            _, excited, leaked = start_populations(member)
            photons = remaining_photons(member.experiment)
            state = initial_state(levels, self.fock_levels, excited, photons, leaked)
            found.append(to_real(state))
        return np.stack(found)

    @cached_property
    def _rows(self) -> FloatArray:
        """What makes a Bloch vector of a state, (3, D^2)."""
        sigmas = pauli(self.members[0].experiment.transmon.kept_levels)
        return np.stack([to_real(on_transmon(s, self.fock_levels).toarray()) for s in sigmas])

    def charged(self, samples: ComplexArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return Bloch vectors (S + 1, M, 3), states (S + 1, M, D^2) and controls (M, S, 2).

        Args:
            samples: relative to the drive's amplitude, (S,).
        """
        eps = np.stack([line(samples) for line in self._lines])
        controls = np.stack([eps.real, eps.imag], axis=-1)
        states = self._devices.states(self._start, controls)
        return states @ self._rows.T, states, controls

    def slope(
        self, samples: ComplexArray, states: FloatArray, controls: FloatArray, by_bloch: FloatArray
    ) -> ComplexArray:
        """Return derivatives by the samples, real and imaginary part as one number, (S,).

        Args:
            samples: (S,).
            states, controls: as `charged` returned them.
            by_bloch: derivatives by the Bloch vectors, (S + 1, M, 3).
        """
        found = self._devices.gradient(states, controls, by_bloch @ self._rows)
        each = found[..., 0] + 1j * found[..., 1]
        pulled = [
            line.transposed(samples, own) for line, own in zip(self._lines, each, strict=True)
        ]
        return np.asarray(np.sum(pulled, axis=0))

    def highest_fock(self, states: FloatArray) -> float:
        """Return the largest population of the highest Fock level, no unit.

        Args:
            states: (S + 1, M, D^2).
        """
        levels = self.members[0].experiment.transmon.kept_levels
        places = np.arange(levels) * self.fock_levels + self.fock_levels - 1
        return float(states[..., places].sum(axis=-1).max())
