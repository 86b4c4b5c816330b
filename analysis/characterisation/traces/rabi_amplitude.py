"""Rabi oscillation against the amplitude of a pulse of fixed length, whose line may compress."""

import numpy as np

from analysis.characterisation.traces.trace import (
    Fitted,
    Trace,
    best_fit,
    parameters,
    strongest_frequencies,
)
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI

_BETTER = 10.0  # by which the information criterion must fall for a compression to be told


def linear(x: FloatArray, offset: float, height: float, period: float) -> FloatArray:
    """Return offset + height cos(2 pi x / period), (N,).

    Args:
        x: amplitude, (N,).
        offset: of the signal.
        height: of the oscillation.
        period: in amplitude; a pi pulse has half of it.
    """
    return np.asarray(offset + height * np.cos(TWO_PI * x / period))


def compressed(
    x: FloatArray, offset: float, height: float, period: float, compression: float
) -> FloatArray:
    """Return offset + height cos(2 pi (|x| / period - compression x^2)), (N,).

    Args:
        x: amplitude, (N,).
        offset: of the signal.
        height: of the oscillation.
        period: in amplitude at small amplitudes.
        compression: in 1 / amplitude^2.
    """
    turns = np.abs(x) / period - compression * x**2
    return np.asarray(offset + height * np.cos(TWO_PI * turns))


class RabiAmplitude(Trace):
    """Period and compression in amplitude, which are told and change no key."""

    axis = "amplitude"

    def fit(self, x: FloatArray, y: FloatArray, std: FloatArray | None) -> list[Fitted]:
        """Return the period, the amplitude of a pi pulse, and the compression where there is one.

        Args:
            x: amplitude, (N,).
            y: signal, (N,).
            std: its standard errors, (N,), or None.
        """
        height, offset = float(y.max() - y.min()) / 2, float(y.mean())
        starts = [
            {"offset": offset, "height": sign * height, "period": 1 / frequency}
            for frequency in strongest_frequencies(x, y)
            for sign in (1, -1)
        ]
        plain = best_fit(linear, starts, x, y, std, positive=("period",))
        found = plain
        if len(x) > len(plain.params) + 4:
            bent = [
                {**start, "compression": share / start["period"] / float(np.abs(x).max())}
                for start in starts
                for share in (0.0, 0.1)
            ]
            best = best_fit(compressed, bent, x, y, std, positive=("period",))
            found = best if best.bic < plain.bic - _BETTER else plain
        period = parameters(found, {"period": "amplitude"})[0]
        half = Fitted("pi amplitude", period.value / 2, period.std / 2, "amplitude")
        if found is plain:
            return [period, half]
        return [period, *parameters(found, {"compression": "1/amplitude^2"})]


METHOD = RabiAmplitude()
