"""The lines between the waveform generator and the device: amplitude, phase, bandwidth, edges.

Calibrations are made on the line's filter, so pulses are tuned with its bandwidth; the errors of
amplitude, phase and DRAG coefficient come after calibration. The ideal line changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, cos, exp, expm1, inf

import numpy as np

from cqed_battery.dynamics.rotation_pulse import RotationPulse
from cqed_battery.dynamics.waveforms import Segment, Waveform
from cqed_battery.experiment.sections.faults import Faults
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import TWO_PI, angular_from_mhz
from protocols.faults.edges import late
from protocols.faults.modulation import Modulation

_SETTLED = 14.0  # in time constants: exp(-14) = 1e-6 of a step is still to come
_RIPPLES, _RIPPLE_PARTS = 37, 16  # periods: exp(-37/4) = 1e-4 of it is left; parts of a period


@dataclass(frozen=True)
class Line:
    """What the line makes of the charging drive and of the rotation pulses.

    charge_scale, pulse_scale and drag_scale are relative; pulse_phase in rad; bandwidth is the
    rate a of the filter dy/dt = a (x - y), in rad/ns; saturation, in rad/ns, is that of
    `compressed` for the charging drive alone: pulses are calibrated behind it. ripple and
    ripple_period, in ns, are those of `rippled`, and modulation deviates from the shape, for the
    charging drive alone. delay, in ns, is by how much the charging drive comes after the coupling;
    tail and tail_ns are those of `edges.tailing`, for coupler and flux, and step is by how much
    those deviate from a step to where the device charges.
    """

    charge_scale: float = 1.0
    pulse_scale: float = 1.0
    pulse_phase: float = 0.0
    drag_scale: float = 1.0
    bandwidth: float = inf
    saturation: float = inf
    ripple: float = 0.0
    ripple_period: float = inf
    modulation: Modulation | None = None
    delay: float = 0.0
    tail: float = 0.0
    tail_ns: float = inf
    step: Modulation | None = None

    @classmethod
    def of(cls, faults: Faults, drift: float = 0.0) -> "Line":
        """Return the line with the stated faults, its amplitude drifted by a relative `drift`.

        Args:
            faults: errors of amplitude, phase and DRAG coefficient, and the bandwidth.
            drift: relative change of the amplitude since the calibration, no unit.
        """
        return cls(
            charge_scale=(1 + faults.rabi_rate_error) * (1 + drift),
            pulse_scale=(1 + faults.pulse_amplitude_error) * (1 + drift),
            pulse_phase=faults.pulse_phase_error_rad,
            drag_scale=1 + faults.drag_error,
            bandwidth=angular_from_mhz(faults.drive_bandwidth_MHz),
            saturation=angular_from_mhz(faults.drive_saturation_MHz),
            ripple=faults.drive_ripple,
            ripple_period=faults.drive_ripple_period_ns,
            delay=faults.drive_delay_ns,
            tail=faults.coupling_tail,
            tail_ns=faults.coupling_tail_ns,
        )

    @property
    def lead(self) -> float:
        """How long the charging waveform behind the line lasts before the coupling comes, in ns."""
        return max(-self.delay, 0.0)

    @property
    def for_pulses(self) -> "Line":
        """The line as rotation pulses meet it: without what only charging meets."""
        return Line(
            pulse_scale=self.pulse_scale,
            pulse_phase=self.pulse_phase,
            drag_scale=self.drag_scale,
            bandwidth=self.bandwidth,
        )

    @property
    def filters(self) -> bool:
        """Whether the line has a finite bandwidth."""
        return self.bandwidth < inf

    def charging(self, waveform: Waveform, period: float) -> Waveform:
        """Return the charging drive behind the line, from when drive or coupling comes first.

        Args:
            waveform: coupling and drive as designed, from time 0.
            period: of the waveform generator's clock, in ns.
        """
        passed = self.filtered(self._amplified(waveform), period)
        if self.ripple:
            passed = rippled(passed, self.ripple, self.ripple_period)
        return passed if self.modulation is None else self.modulation.applied(passed)

    def _amplified(self, waveform: Waveform) -> Waveform:
        """Return the charging drive, its amplitude and its start in error, before the filter."""
        if self.charge_scale != 1.0:
            waveform = scaled(waveform, self.charge_scale)
        return late(compressed(waveform, self.saturation), self.delay)

    def ringing(self, waveform: Waveform, times: FloatArray) -> ComplexArray:
        """Return what the line still holds of the charging drive when it is gated off at times.

        eps in rad/ns, complex (T,), for the waveform before the line; 0 without a filter.

        Args:
            waveform: the charging drive before the line.
            times: at which the drive is gated off, in ns, (T,).
        """
        if not self.filters:
            return np.zeros(len(times), dtype=complex)
        amplified = self._amplified(waveform)
        ends = times + self.lead
        held = [filtered_value(amplified, self.bandwidth, float(time)) for time in ends]
        return np.array(held, dtype=np.complex128)

    def still_held(self, eps: complex, times: FloatArray) -> ComplexArray:
        """Return what the line still holds of eps after times, (T,); 0 once it has settled.

        Args:
            eps: what it holds at time 0, in rad/ns.
            times: in ns, (T,).
        """
        rings = self.bandwidth * times < _SETTLED if self.filters else np.zeros(len(times), bool)
        left = np.zeros(len(times), dtype=np.complex128)
        left[rings] = eps * np.exp(-self.bandwidth * times[rings])
        return left

    def ring_down(self, waveform: Waveform, eps: complex, period: float) -> Waveform:
        """Return a waveform with eps exp(-a t) of an earlier drive added (eps in rad/ns).

        Args:
            waveform: what follows the drive, behind the line, from the moment the drive is gated
                off.
            eps: what the line holds at that moment, in rad/ns.
            period: of the waveform generator's clock, in ns.
        """
        if not (self.filters and eps):
            return waveform
        pieces, start = [], 0.0
        for segment in waveform.segments:
            for part in _pieces(segment, period, _SETTLED / self.bandwidth - start):
                share = exp(-self.bandwidth * start)
                share *= _mean_decay(self.bandwidth * part.duration)
                left = part.controls.eps + eps * share
                pieces.append(Segment(part.duration, part.controls.driven(left)))
                start += part.duration
        return Waveform(tuple(pieces))

    def miscalibrated(self, pulse: RotationPulse) -> RotationPulse:
        """Return a tuned pulse with the errors of amplitude, phase and DRAG coefficient.

        Args:
            pulse: as tuned.
        """
        return replace(
            pulse,
            scale=pulse.scale * self.pulse_scale,
            drag=pulse.drag * self.drag_scale,
            phase=pulse.phase + self.pulse_phase,
        )

    def filtered(self, waveform: Waveform, period: float) -> Waveform:
        """Return an envelope behind the filter, which acts before it is mixed with its carrier.

        What the filter still holds when the waveform's time is over is cut off.

        Args:
            waveform: coupling and envelope.
            period: of the waveform generator's clock, in ns.
        """
        return low_pass(waveform, self.bandwidth, period) if self.filters else waveform


IDEAL = Line()


def scaled(waveform: Waveform, factor: float) -> Waveform:
    """Return a waveform whose drives are multiplied by a factor.

    Args:
        waveform: coupling and drive.
        factor: of both drives, no unit; the coupling stays.
    """
    return Waveform(
        tuple(Segment(part.duration, part.controls.turned(factor)) for part in waveform.segments)
    )


def compressed(waveform: Waveform, saturation: float) -> Waveform:
    """Return a waveform whose drives are eps (1 - |eps|/saturation): amplifier, mixer compress.

    The first order of any smooth compression that keeps the phase.

    Args:
        waveform: coupling and drive.
        saturation: in rad/ns; infinite for a linear line.
    """
    if saturation == inf:
        return waveform
    held = []
    for part in waveform.segments:
        eps, pump = (x * (1 - abs(x) / saturation) for x in (part.controls.eps, part.controls.pump))
        held.append(replace(part, controls=replace(part.controls, eps=eps, pump=pump)))
    return Waveform(tuple(held))


def rippled(waveform: Waveform, share: float, period: float) -> Waveform:
    """Return a waveform whose drive ripples: times 1 + share cos(2 pi t/period) exp(-t/(4 period)).

    A reflection behind the line's filter, which settles. It is held over 1/16 of its period.

    Args:
        waveform: coupling and drive, from time 0.
        share: amplitude of the ripple relative to the drive.
        period: in ns.
    """
    pieces, start = [], 0.0
    for segment in waveform.segments:
        for part in _pieces(segment, period / _RIPPLE_PARTS, _RIPPLES * period - start):
            middle = (start + part.duration / 2) / period
            left = share * cos(TWO_PI * middle) * exp(-middle / 4) if middle < inf else 0.0
            pieces.append(scaled(Waveform((part,)), 1 + left).segments[0])
            start += part.duration
    return Waveform(tuple(pieces))


def low_pass(waveform: Waveform, rate: float, period: float) -> Waveform:
    """Return a waveform behind the filter dy/dt = rate (x - y), y(0) = 0 (rate in rad/ns).

    While a sample x is held for T, y goes from y_0 to x + (y_0 - x) exp(-rate T); the piece holds
    its exact mean over T, x + (y_0 - x) (1 - exp(-rate T))/(rate T). Pieces are at most a period
    (ns) long until y has settled on x to 1e-6; then it is held.

    Args:
        waveform: coupling and drives; the filter acts on the transmon's drive alone.
        rate: of the filter, in rad/ns, above 0.
        period: of the waveform generator's clock, in ns.
    """
    held: complex = 0.0
    pieces = []
    for segment in waveform.segments:
        target = segment.controls.eps
        for part in _pieces(segment, period, _SETTLED / rate):
            passed = rate * part.duration
            mean = target + (held - target) * _mean_decay(passed)
            held = target + (held - target) * exp(-passed)
            pieces.append(Segment(part.duration, part.controls.driven(mean)))
    return Waveform(tuple(pieces))


def filtered_value(waveform: Waveform, rate: float, time: float) -> complex:
    """Return the output y(t) of that filter at a time in ns, exact for held samples.

    Args:
        waveform: before the filter, from time 0.
        rate: of the filter, in rad/ns.
        time: in ns, at least 0.
    """
    held, start = 0.0 + 0.0j, 0.0
    for segment in waveform.segments:
        target = segment.controls.eps
        passed = rate * min(segment.duration, max(time - start, 0.0))
        held = target + (held - target) * exp(-passed)
        start += segment.duration
    return held


def _mean_decay(passed: float) -> float:
    """Return the mean of exp(-s) for s from 0 to `passed`; 0 when that is endless."""
    return -expm1(-passed) / passed


def _pieces(segment: Segment, period: float, unsettled: float) -> Iterator[Segment]:
    """Cut the first `unsettled` ns of a segment, rounded up, into periods; keep the rest."""
    cut = min(segment.duration, ceil(max(unsettled, 0.0) / period) * period)
    count = ceil(cut / period - 1e-9)
    for _ in range(count):
        yield Segment(cut / count, segment.controls)
    if segment.duration > cut:
        yield Segment(segment.duration - cut, segment.controls)
