"""The envelope of a rotation: a DRAG pulse of Gaussian shape. Times in ns, rates in rad/ns."""

import math
from cmath import exp
from dataclasses import dataclass

from cqed_battery.dynamics.waveforms import Controls, Waveform, clocked
from cqed_battery.units import TWO_PI


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


def rotation(pulse: RotationPulse, phase: float, period: float, *, bias: Controls) -> Waveform:
    """Return the envelope of a pulse about an axis in the equatorial plane, on the clock.

    Args:
        pulse: its shape.
        phase: of the axis, in rad; at 0 the axis is sigma_x.
        period: of the clock, in ns.
        bias: coupling and frequencies during the pulse, in rad/ns.
    """
    turn = exp(1j * phase)
    return clocked(pulse.duration, period, lambda time: bias.driven(pulse.envelope(time) * turn))
