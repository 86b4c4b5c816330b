"""Envelopes and the piecewise-constant waveforms that a sampling clock makes of them.

A waveform generator holds each sample for one clock period, so a waveform is a list of
segments with constant controls and its evolution is exact at the clock's resolution. A shape
is sampled at the middle of each period. Times in ns, rates in rad/ns.
"""

from cmath import exp
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import numpy as np

from cqed_battery.operators import FloatArray

_SAME_TIME = 1e-9  # ns; rounding of sums of durations is below, any clock period far above
_SAME_DRIVE = 1e-14  # relative to the largest: some 50 roundings of double precision


@dataclass(frozen=True)
class Controls:
    """What is held constant during a segment, in rad/ns.

    Args:
        g: coupling of transmon and resonator, beside a fixed one.
        eps: drive envelope on the transmon, eps = i Omega exp(-i phi).
        counter: its counter-rotating part, which the rotating-wave approximation drops.
        transmon: by which the transmon's frequency is moved.
        resonator: by which the resonator's is moved.
        pump: drive envelope on the resonator, H = [pump a' + pump* a]/2.
        pump_counter: its counter-rotating part.
        pairing: counter-rotating part of the coupling, H = pairing b'a' + pairing* b a.
    """

    g: float = 0.0
    eps: complex = 0.0
    counter: complex = 0.0
    transmon: float = 0.0
    resonator: float = 0.0
    pump: complex = 0.0
    pump_counter: complex = 0.0
    pairing: complex = 0.0

    @property
    def averaged(self) -> "Controls":
        """The same without the counter-rotating parts."""
        if not (self.counter or self.pump_counter or self.pairing):
            return self
        return replace(self, counter=0.0, pump_counter=0.0, pairing=0.0)

    @property
    def drives(self) -> bool:
        """Whether transmon or resonator is driven."""
        return bool(self.eps or self.pump)

    def plus(self, other: "Controls", weight: float = 1.0) -> "Controls":
        """Return the sum with a multiple of other controls."""
        return Controls(
            *(
                getattr(self, name) + weight * getattr(other, name)
                for name in Controls.__dataclass_fields__
            )
        )

    def turned(self, factor: complex) -> "Controls":
        """Return the same with both drives multiplied by a factor, no unit."""
        return self.driven(self.eps * factor, self.pump * factor)

    def driven(self, eps: complex, pump: complex | None = None) -> "Controls":
        """Return the same with other drives; a sixth of the time that `replace` takes.

        Args:
            eps: envelope on the transmon, in rad/ns.
            pump: on the resonator, by default as it is.
        """
        return Controls(
            self.g,
            eps,
            self.counter,
            self.transmon,
            self.resonator,
            self.pump if pump is None else pump,
            self.pump_counter,
            self.pairing,
        )


@dataclass(frozen=True)
class Segment:
    """Constant controls for a while.

    Args:
        duration: in ns, above 0; the last segment of a waveform may be endless.
        controls: in rad/ns.
    """

    duration: float
    controls: Controls


@dataclass(frozen=True)
class Waveform:
    """Segments one after the other, from time 0; only the last may be endless."""

    segments: tuple[Segment, ...]

    @property
    def duration(self) -> float:
        """The waveform's length in ns."""
        return sum(segment.duration for segment in self.segments)

    def then(self, other: "Waveform") -> "Waveform":
        """Return this waveform followed by another one."""
        return Waveform(self.segments + other.segments)

    def cut(self, time: float) -> tuple["Waveform", "Waveform"]:
        """Return what comes before and after a border between segments, given by its time in ns."""
        ends = np.cumsum([segment.duration for segment in self.segments])
        before = int(np.searchsorted(ends, time + _SAME_TIME, side="right"))
        return Waveform(self.segments[:before]), Waveform(self.segments[before:])

    def until(self, time: float) -> "Waveform":
        """Return what is played before a time, in ns; nothing for 0."""
        pieces = self.stretches(np.array([time]))
        held = ((length, controls) for _, length, controls in pieces)
        return Waveform(tuple(Segment(*piece) for piece in held if piece[0] > 0))

    def stretches(self, times: FloatArray) -> Iterator[tuple[FloatArray, float, Controls]]:
        """Yield (times inside, duration, controls) of each segment, up to the last of the times.

        The increasing times (ns) count from the segment's beginning; a time at a border between
        two segments belongs to the later one. The last duration ends at the last time.

        Args:
            times: increasing, in ns from the waveform's beginning, (T,).

        Raises:
            ValueError: a time lies beyond the waveform's end.
        """
        start, done = 0.0, 0
        for number, segment in enumerate(self.segments):
            end = start + segment.duration
            last = number == len(self.segments) - 1
            upto = len(times) if last else int(np.searchsorted(times, end))
            inside = times[done:upto] - start
            if last and inside.size and inside[-1] > segment.duration + _SAME_TIME:
                raise ValueError(f"time {times[-1]} ns lies beyond the waveform's {end} ns")
            if upto == len(times):
                yield inside, float(inside[-1]) if inside.size else 0.0, segment.controls
                return
            yield inside, segment.duration, segment.controls
            start, done = end, upto

    def controls_at(self, time: float) -> Controls:
        """Return the controls at a time in ns (of the later segment at a border)."""
        end = 0.0
        for segment in self.segments:
            end += segment.duration
            if time < end:
                return segment.controls
        return self.segments[-1].controls


def flat(duration: float, controls: Controls) -> Waveform:
    """Return one segment with constant controls (rad/ns), or none for a duration (ns) of 0."""
    return Waveform((Segment(duration, controls),) if duration > 0 else ())


def clocked(duration: float, period: float, controls: Callable[[float], Controls]) -> Waveform:
    """Sample controls at the middles of clock periods.

    When the duration is not a whole number of periods the last sample is held shorter.

    Args:
        duration: in ns, >= 0.
        period: of the clock, in ns.
        controls: of the time in ns, from 0 to the duration.
    """
    return Waveform(
        tuple(
            Segment(float(end - start), controls(float((start + end) / 2)))
            for start, end in pairwise(clock_edges(duration, period))
        )
    )


def clock_edges(duration: float, period: float) -> FloatArray:
    """Return when the samples of a duration begin, and its end, in ns, (N + 1,).

    Args:
        duration: in ns, >= 0.
        period: of the clock, in ns.
    """
    # 1e-9 of a period: rounding of the quotient must not add a sample of no length.
    return np.minimum(np.arange(ceil(duration / period - 1e-9) + 1) * period, duration)


def phase_ahead(first: Waveform, second: Waveform) -> float | None:
    """Return by which phase (rad) the second drive is ahead of the first, None if they differ.

    The waveforms must have equal durations and couplings, and drives that differ by one phase.
    """
    if [(part.duration, part.controls.g) for part in first.segments] != [
        (part.duration, part.controls.g) for part in second.segments
    ]:
        return None
    drives = [np.array([s.controls.eps for s in w.segments]) for w in (first, second)]
    if not (drives[0].size and drives[0].any()):
        return None
    largest = int(np.abs(drives[0]).argmax())
    phase = float(np.angle(drives[1][largest] / drives[0][largest]))
    difference = np.abs(drives[1] - drives[0] * exp(1j * phase)).max()
    return phase if difference <= _SAME_DRIVE * abs(drives[0][largest]) else None


def cosine_rise(time: FloatArray | float, rise: float) -> FloatArray:
    """Return the fraction (1 - cos(pi t / rise))/2 of the full amplitude, 1 after the rise.

    Args:
        time: in ns, any shape.
        rise: in ns; 0 is a step at time 0.
    """
    time = np.asarray(time, dtype=float)
    if rise <= 0:
        return np.where(time >= 0, 1.0, 0.0)
    return 0.5 * (1 - np.cos(np.pi * np.clip(time / rise, 0, 1)))


def cosine_rise_rate(time: FloatArray | float, rise: float) -> FloatArray:
    """Return the time derivative of `cosine_rise`, in 1/ns."""
    time = np.asarray(time, dtype=float)
    if rise <= 0:
        return np.zeros_like(time)
    inside = (time > 0) & (time < rise)
    return np.where(inside, 0.5 * np.pi / rise * np.sin(np.pi * time / rise), 0.0)


def ramped(
    before: Controls,
    after: Controls,
    duration: float,
    period: float,
    *,
    overshoot: float = 0.0,
    settling: float = 0.0,
) -> Waveform:
    """Return a clocked cosine ramp of coupling and frequencies, the drives being off.

    With an overshoot the ramp goes beyond its end by that share of its height, and returns within
    the settling time by another cosine.

    Args:
        before: where it begins.
        after: where it ends.
        duration: of the ramp, in ns.
        period: of the clock, in ns.
        overshoot: over the height of the ramp, no unit.
        settling: in which the overshoot is gone, in ns.
    """
    step = after.plus(before, -1.0)

    def at(time: float) -> Controls:
        """Return the controls at a time in ns."""
        over = overshoot * (1 - float(cosine_rise(time - duration, settling)))
        return before.plus(step, float(cosine_rise(time, duration)) * (1 + over))

    return clocked(duration + settling, period, at)


def mixed(waveform: Waveform, offset: float, delay: float) -> Waveform:
    """Return a waveform whose drive's envelope is mixed with a carrier off the frame's frequency.

    Both drives are multiplied by exp(-i offset t), at the middle of each segment.

    Args:
        waveform: coupling and envelope, in rad/ns.
        offset: of the carrier from the frame's frequency, in rad/ns.
        delay: from the moment at which the carrier's phase is 0 to the waveform's beginning, in ns.
    """
    if not offset:
        return waveform
    held, start = [], delay
    for part in waveform.segments:
        turn = exp(-1j * offset * (start + part.duration / 2))
        held.append(Segment(part.duration, part.controls.turned(turn)))
        start += part.duration
    return Waveform(tuple(held))
