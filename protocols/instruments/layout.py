"""Settings of an experiment laid out on the instruments' grid, or why they cannot be played."""

from dataclasses import replace
from functools import cached_property
from math import ceil

import numpy as np

from cqed_battery.experiment import Experiment
from cqed_battery.operators import ComplexArray
from cqed_battery.units import mhz_from_angular, ns_from_us
from protocols.instruments.programme import Block, Part
from protocols.instruments.setup import (
    InstrumentError,
    Line,
    Setup,
    checked_amplitudes,
    missing_line,
)
from protocols.readout import readout_of
from protocols.reset import reset_of
from protocols.reset.method import Step as ResetStep
from protocols.sequence.samples import MODULATED, Samples, sampled
from protocols.sequence.sequence import Sequence as Repetition
from protocols.sequence.sequence import flip_steps, rest_step, sequence_of
from protocols.settings.rows import Setting
from protocols.settings.settings import Settings
from protocols.stages.bias import idle_bias, moves

_CLOSE = 1e-6  # of a grid step: rounding of decimal numbers
_REST = 1e-9  # of an amplitude
_REST_NS = 10.0  # longer than a sample


class Layout:
    """Settings of one experiment as parts of programmes.

    Args:
        experiment: the experiment file's content, its transmon levels a number.
        setup: of the instruments.

    Raises:
        InstrumentError: the experiment has what no channel plays.
    """

    def __init__(self, experiment: Experiment, setup: Setup) -> None:
        self.experiment, self.setup = experiment, setup
        _check(experiment)
        self.settings = Settings(experiment)
        self._parts: dict[int, Part] = {}

    @cached_property
    def rows(self) -> list[Setting]:
        """Every setting of the table."""
        return list(self.settings.rows())

    def repetition(self, row: int) -> Repetition:
        """Return the sequence of a setting.

        Args:
            row: its place in the table.
        """
        return sequence_of(self.experiment, self.rows[row])

    def part(self, row: int) -> Part:
        """Return a setting on the instruments' grid.

        Args:
            row: its place in the table.

        Raises:
            InstrumentError: an amplitude is beyond the range, or a pulse below the grid.
        """
        if row not in self._parts:
            self._parts[row] = self._laid_out(row)
        return self._parts[row]

    def _laid_out(self, row: int) -> Part:
        setting, sequence = self.rows[row], self.repetition(row)
        heralds = setting.stage == "calibration" and self.settings.heralded
        if heralds:
            body = flip_sequence(self.experiment, setting) if setting.name == "1" else None
        else:
            body = sequence
        played = {} if body is None else self._amplitudes(body)
        lasting = 0.0 if body is None else body.measured_ns
        length = self._grid(lasting)
        samples, silence = {}, 0.0
        for channel, values in played.items():
            rate = self.line(channel).rate_GHz
            before = round(length * rate) - len(values)
            silence = before / rate
            samples[channel] = np.concatenate([np.zeros(before), values])
        return Part(row, setting, self._blocks(length, heralds), samples, silence)

    def flip(self) -> dict[str, ComplexArray]:
        """Return the amplitudes of the reset's flip, by channel; none where nothing is flipped."""
        if not self._rounds():
            return {}
        return self._amplitudes(flip_sequence(self.experiment, self.rows[0]))

    def line(self, channel: str) -> Line:
        """Return the line of a channel.

        Args:
            channel: one of `CHANNELS`.

        Raises:
            InstrumentError: the setup has none.
        """
        if channel not in self.setup.lines:
            raise missing_line([channel])
        return self.setup.lines[channel]

    def _amplitudes(self, sequence: Repetition) -> dict[str, ComplexArray]:
        what = setting_name(sequence)
        found = sampled(sequence, self.setup.rates_GHz, charged_only=True)
        beside = ("readout", "acquisition")
        played = {channel: part for channel, part in found.items() if channel not in beside}
        lacking = [channel for channel in played if channel not in self.setup.lines]
        if lacking:
            raise missing_line(lacking)
        self._check_grid(sequence, what)
        amplitudes = {}
        for channel, line in self.setup.lines.items():
            values = _completed(sequence, line, channel, played.get(channel))
            amplitudes[channel] = checked_amplitudes(channel, line, values, what)
            self._check_rest(channel, line)
        return {name: values for name, values in amplitudes.items() if _plays(values, name)}

    def _check_grid(self, sequence: Repetition, what: str) -> None:
        rate = min(self.setup.rates_GHz.values())
        for step in sequence.measured:
            if step.drives and step.duration < (1 - _CLOSE) / rate:
                raise InstrumentError(
                    f"{what} has {step.duration:g} ns of {step.name}, less than one sample of"
                    f" {rate:g} GSa/s: ask for times from {1 / rate:g} ns on"
                )

    def _check_rest(self, channel: str, line: Line) -> None:
        """Refuse a line whose idle value is not amplitude 0, at which instruments rest."""
        if channel in MODULATED:
            return
        held = _idle_MHz(self.experiment, channel)
        (amplitude,) = line.amplitudes(np.array([held], dtype=complex)).tolist()
        if not abs(amplitude) < _REST + 2.0**-self.setup.limits.bits:
            raise InstrumentError(
                f"at rest the {channel} is at {held:g} MHz, which must be amplitude 0 of lines."
                f"{channel}: let the d.c. bias hold it, and count amplitudes from there"
            )

    def _blocks(self, body_ns: float, heralds: bool) -> tuple[Block, ...]:
        """Return the blocks of a setting whose body is so long, in ns."""
        experiment = self.experiment
        readout = Block("readout", self._readout_ns())
        found: list[Block] = []
        method = reset_of(experiment)
        found += [Block("round", self._grid(each.wait_ns)) for each in self._rounds()]
        beside = method.duration_ns(experiment) - sum(block.length_ns for block in found)
        found.append(Block("wait", self._grid(max(beside, 0.0))))
        found.append(Block("body", body_ns))
        if heralds:
            found.append(replace(readout, kind="herald"))
        found += [readout, Block("idle", self._grid(ns_from_us(experiment.laboratory.idle_us)))]
        return tuple(block for block in found if block.length_ns > 0)

    def _rounds(self) -> list[ResetStep]:
        """Return the steps of the reset that measure and flip."""
        sequence = reset_of(self.experiment).sequence(self.experiment)
        return [step for step in sequence if step.flips]

    def _readout_ns(self) -> float:
        return self._grid(readout_of(self.experiment).duration_ns(self.experiment))

    def _grid(self, length_ns: float) -> float:
        """Return a length, in ns, up to whole steps of the grid."""
        grid = self.setup.limits.grid_ns
        return ceil(length_ns / grid - _CLOSE) * grid


def _check(experiment: Experiment) -> None:
    """Refuse what no channel plays."""
    reset = experiment.reset
    if not reset_of(experiment).in_sequence:
        raise InstrumentError(
            f'reset.kind "{reset.kind}" has drives or a selection that the sequence does not hold:'
            ' choose "active", "passive" or "none" for a run on instruments'
        )
    if reset.initial_excitation is not None:
        raise InstrumentError(
            "reset.initial_excitation names a level, but not the pulse that prepares it: leave it"
            " out for a run on instruments"
        )
    if experiment.tomography.pulse == "none":
        raise InstrumentError(
            'tomography.pulse is "none", ideal rotations that no instrument plays: set it to "drag"'
        )


def flip_sequence(experiment: Experiment, setting: Setting) -> Repetition:
    """Return the pi pulse alone as a sequence.

    Args:
        experiment: the experiment file's content.
        setting: of the calibration, whose name becomes "1".
    """
    rest = rest_step(experiment, "idle", _REST_NS)
    return Repetition(experiment, replace(setting, name="1"), (*flip_steps(experiment), rest), 0, 1)


def _completed(
    sequence: Repetition, line: Line, channel: str, part: Samples | None
) -> ComplexArray:
    """Return a channel's values in MHz, (N,), also where the sequence leaves them to the bias.

    A step without coupling holds the device as it idles; the linewidth is the resonator's own
    where none is switched to.
    """
    count = ceil(sequence.measured_ns * line.rate_GHz - _CLOSE)
    values = np.zeros(count, dtype=complex) if part is None else part.values.copy()
    if channel in MODULATED:
        return values
    held, starts = _idle_MHz(sequence.experiment, channel), sequence.starts_ns.tolist()
    for step, start in zip(sequence.steps, starts, strict=True):
        left_out = channel not in step.beside if channel == "linewidth" else step.shift is None
        if left_out and start >= 0:
            low, high = (round(at * line.rate_GHz) for at in (start, start + step.duration))
            values[low:high] = held
    return values


def _idle_MHz(experiment: Experiment, channel: str) -> float:
    """Return what a channel that is not driven holds while the device idles, in MHz."""
    idle = idle_bias(experiment)
    held = {
        "coupler": idle.g,
        "transmon flux": idle.transmon if moves(experiment) else 0.0,
        "resonator flux": idle.resonator if moves(experiment) else 0.0,
    }
    if channel == "linewidth":
        return experiment.resonator.linewidth_MHz
    return mhz_from_angular(held.get(channel, 0.0))


def _plays(values: ComplexArray, channel: str) -> bool:
    return bool(np.abs(values).max(initial=0.0) > 0)


def setting_name(sequence: Repetition) -> str:
    """Name a setting as a message does: "tomography x of the control arm at 20 ns".

    Args:
        sequence: of one repetition of it.
    """
    setting = sequence.setting
    if setting.stage == "calibration":
        return f"the prepared level {setting.name}"
    arm = f" of the {setting.arm} arm" if setting.arm else ""
    return f"{setting.stage} {setting.name}{arm} at {setting.time_ns:g} ns"
