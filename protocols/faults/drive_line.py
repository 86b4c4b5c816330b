"""The drive line between the waveform generator and the transmon: amplitude, phase, bandwidth.

Calibrations are made on the line's filter, so pulses are tuned with its bandwidth; the errors of
amplitude, phase and DRAG coefficient come after calibration. The ideal line changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, exp, expm1, inf

import numpy as np

from cqed_battery.dynamics.waveforms import RotationPulse, Segment, Waveform
from cqed_battery.experiment.faults import Faults
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.units import angular_from_mhz

_SETTLED = 14.0  # in time constants: exp(-14) = 1e-6 of a step is still to come


@dataclass(frozen=True)
class Line:
    """What the line makes of the charging drive and of the rotation pulses.

    charge_scale, pulse_scale and drag_scale are relative; pulse_phase in rad; bandwidth is the
    rate a of the filter dy/dt = a (x - y), in rad/ns; saturation, in rad/ns, is that of
    `compressed` for the charging drive alone: pulses are calibrated behind it.
    """

    charge_scale: float = 1.0
    pulse_scale: float = 1.0
    pulse_phase: float = 0.0
    drag_scale: float = 1.0
    bandwidth: float = inf
    saturation: float = inf

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
        )

    @property
    def filters(self) -> bool:
        """Whether the line has a finite bandwidth."""
        return self.bandwidth < inf

    def charging(self, waveform: Waveform, period: float) -> Waveform:
        """Return the charging drive behind the line, from time 0.

        Args:
            waveform: coupling and drive as designed, from time 0.
            period: of the waveform generator's clock, in ns.
        """
        return self.filtered(self._amplified(waveform), period)

    def _amplified(self, waveform: Waveform) -> Waveform:
        """Return the charging drive with its amplitude's errors, before the filter."""
        if self.charge_scale != 1.0:
            waveform = scaled(waveform, self.charge_scale)
        return compressed(waveform, self.saturation)

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
        held = [filtered_value(amplified, self.bandwidth, float(time)) for time in times]
        return np.array(held, dtype=np.complex128)

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
                pieces.append(replace(part, controls=replace(part.controls, eps=left)))
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
    """Return a waveform whose drive is multiplied by a factor.

    Args:
        waveform: coupling and drive.
        factor: of the drive, no unit; the coupling stays.
    """
    return Waveform(
        tuple(
            replace(part, controls=replace(part.controls, eps=factor * part.controls.eps))
            for part in waveform.segments
        )
    )


def compressed(waveform: Waveform, saturation: float) -> Waveform:
    """Return a waveform whose drive is eps (1 - |eps|/saturation): amplifier and mixer compress.

    The first order of any smooth compression that keeps the phase.

    Args:
        waveform: coupling and drive.
        saturation: in rad/ns; infinite for a linear line.
    """
    if saturation == inf:
        return waveform
    held = []
    for part in waveform.segments:
        eps = part.controls.eps
        passed = eps * (1 - abs(eps) / saturation)
        held.append(replace(part, controls=replace(part.controls, eps=passed)))
    return Waveform(tuple(held))


def low_pass(waveform: Waveform, rate: float, period: float) -> Waveform:
    """Return a waveform behind the filter dy/dt = rate (x - y), y(0) = 0 (rate in rad/ns).

    While a sample x is held for T, y goes from y_0 to x + (y_0 - x) exp(-rate T); the piece holds
    its exact mean over T, x + (y_0 - x) (1 - exp(-rate T))/(rate T). Pieces are at most a period
    (ns) long until y has settled on x to 1e-6; then it is held.

    Args:
        waveform: coupling and drive; the filter acts on the drive alone.
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
            pieces.append(replace(part, controls=replace(part.controls, eps=mean)))
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
        yield replace(segment, duration=cut / count)
    if segment.duration > cut:
        yield replace(segment, duration=segment.duration - cut)
