"""Envelopes and the piecewise-constant waveforms that a sampling clock makes of them.

A waveform generator holds each sample for one clock period, so a waveform is a list of
segments with constant controls and its evolution is exact at the clock's resolution. A shape
is sampled at the middle of each period. Times in ns, rates in rad/ns.
"""

import math
from cmath import exp
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, inf

import numpy as np

from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI

_SAME_TIME = 1e-9  # ns; rounding of sums of durations is below, any clock period far above
_SAME_DRIVE = 1e-14  # relative to the largest: some 50 roundings of double precision


@dataclass(frozen=True)
class Controls:
    """What is held constant during a segment, in rad/ns.

    Args:
        g: coupling of transmon and resonator.
        eps: drive envelope, eps = i Omega exp(-i phi).
        counter: the drive's counter-rotating part, which the rotating-wave approximation drops.
    """

    g: float = 0.0
    eps: complex = 0.0
    counter: complex = 0.0

    @property
    def averaged(self) -> "Controls":
        """The same without the counter-rotating part."""
        return replace(self, counter=0.0) if self.counter else self


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
    # 1e-9 of a period: rounding of the quotient must not add a sample of no length.
    edges = np.minimum(np.arange(ceil(duration / period - 1e-9) + 1) * period, duration)
    return Waveform(
        tuple(
            Segment(float(end - start), controls(float((start + end) / 2)))
            for start, end in pairwise(edges)
        )
    )


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


def with_counter_rotation(
    waveform: Waveform, carrier: float, times: FloatArray, pieces: int = 16
) -> Waveform:
    """Return the waveform with the drive's counter-rotating part, up to the last of the times.

    In the frame turning at w_d = `carrier` (rad/ns) the real drive |eps| sin(w_d t + phi)
    (b + b') is eps plus eps* exp(2 i w_d t) on b'. Its mean over parts of at most 1/`pieces` of
    the carrier's period is held, the first term of the Magnus series; parts end at the times
    (ns), since within a part the state's micromotion is not followed.
    """
    held, start, longest = [], 0.0, TWO_PI / carrier / pieces  # in ns
    for segment in waveform.segments:
        end = min(start + segment.duration, float(times[-1]))
        inside = times[(times > start) & (times < end)]
        edges = np.unique(np.concatenate([[start], inside, [max(start, end)]]))
        for first, last in pairwise(edges):
            count = ceil((last - first) / longest - 1e-9)
            part = float(last - first) / count
            swing = (exp(2j * carrier * part) - 1) / (2j * carrier * part)
            for k in range(count):
                # Rounded, so that equal phases are equal controls, whose matrices are kept.
                turn = round(2 * carrier * (float(first) + k * part) % TWO_PI, 12)
                counter = segment.controls.eps.conjugate() * exp(1j * turn) * swing
                held.append(Segment(part, replace(segment.controls, counter=counter)))
        start += segment.duration
    return Waveform((*held, Segment(inf, waveform.segments[-1].controls)))


def coupler_ramp(g_from: float, g_to: float, duration: float, period: float) -> Waveform:
    """Return a clocked cosine ramp of the coupling (rad/ns), the drive being off.

    Args:
        g_from: in rad/ns.
        g_to: in rad/ns.
        duration: in ns.
        period: of the clock, in ns.
    """
    return clocked(
        duration,
        period,
        lambda t: Controls(g_from + (g_to - g_from) * float(cosine_rise(t, duration))),
    )


def gaussian_shape(time: float, duration: float) -> tuple[float, float]:
    """Return a Gaussian of sigma = duration/4, lifted to 0 at both ends, and its derivative.

    Its area over [0, duration] (ns) is 1: the value is in 1/ns, the derivative in 1/ns^2.
    """
    sigma, centre = duration / 4, duration / 2
    foot = math.exp(-(centre**2) / (2 * sigma**2))
    bell = math.exp(-((time - centre) ** 2) / (2 * sigma**2))
    area = sigma * math.sqrt(TWO_PI) * math.erf(centre / (math.sqrt(2) * sigma)) - foot * duration
    return (bell - foot) / area, -(time - centre) / sigma**2 * bell / area


@dataclass(frozen=True)
class RotationPulse:
    """A DRAG pulse: eps = exp(i phase) scale angle (G + i drag G'), G a Gaussian of area 1.

    Without corrections (scale 1, drag 0) it is the plain Gaussian. The first-order drag coefficient
    is -1/(2 alpha) (Motzoi et al., Phys. Rev. Lett. 103, 110501; Gambetta et al., Phys. Rev. A 83,
    012308).

    Args:
        duration: in ns.
        angle: of the rotation, in rad.
        scale: correction of the amplitude, no unit.
        drag: coefficient of the derivative, in ns.
        phase: correction of the axis, in rad.
    """

    duration: float
    angle: float
    scale: float = 1.0
    drag: float = 0.0
    phase: float = 0.0

    def envelope(self, time: float) -> complex:
        """Return eps(t) in rad/ns at a time in ns after the pulse began."""
        value, slope = gaussian_shape(time, self.duration)
        return self.scale * self.angle * (value + 1j * self.drag * slope) * exp(1j * self.phase)


def rotation(pulse: RotationPulse, phase: float, period: float, *, g: float) -> Waveform:
    """Return the envelope of a pulse about an axis in the equatorial plane, on the clock.

    Args:
        pulse: its shape.
        phase: of the axis, in rad; at 0 the axis is sigma_x.
        period: of the clock, in ns.
        g: coupling during the pulse, in rad/ns.
    """
    turn = exp(1j * phase)
    return clocked(pulse.duration, period, lambda time: Controls(g, pulse.envelope(time) * turn))


def mixed(waveform: Waveform, offset: float, delay: float) -> Waveform:
    """Return a waveform whose drive's envelope is mixed with a carrier off the frame's frequency.

    eps becomes eps exp(-i offset t), at the middle of each segment.

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
        controls = replace(part.controls, eps=part.controls.eps * turn)
        held.append(replace(part, controls=controls))
        start += part.duration
    return Waveform(tuple(held))
