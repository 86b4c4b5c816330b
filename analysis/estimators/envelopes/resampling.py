"""Damped sinusoids whose band comes from a bootstrap that repeats the choice of their number.

Fresh noise is added to the data and everything is done again: starts, search, number of modes.
Noise about the fitted curve would not do, because a fit with too few modes is found again and
again; about the data, a mode that could have been missed comes and goes. The selection then sees
the noise twice, so that the band errs to the wide side.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.estimators.envelopes.damped_sinusoids import DampedSinusoids, fit_damped_sinusoids
from analysis.estimators.envelopes.method import Band, check_asked, check_data, normal_band
from analysis.estimators.envelopes.projection import UNKNOWN_START, Start
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import FloatArray

_FEWEST_REPEATS = 10


@dataclass(frozen=True, eq=False)
class ResampledSinusoids:
    """A fit of damped sinusoids with what is needed to repeat it."""

    fit: DampedSinusoids
    times: FloatArray
    values: FloatArray
    std: FloatArray
    max_modes: int
    start: Start
    _drawn: dict[tuple[int, str], tuple[DampedSinusoids, ...]] = field(
        default_factory=dict, repr=False
    )

    def value(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return f (order 0) or df/dt (order 1, per ns), (F,)."""
        check_asked(times, order, self.times)
        return self.fit.value(times, order)

    def variance(self, times: FloatArray, order: int = 0) -> FloatArray:
        """Return the variance by linear propagation and rival numbers of modes, (F,)."""
        check_asked(times, order, self.times)
        return self.fit.variance(times, order)

    def response(self, times: FloatArray, changes: FloatArray, order: int = 0) -> FloatArray:
        """Return how `value` moves when the data moves by changes (T, ...), modes kept."""
        check_asked(times, order, self.times)
        return self.fit.response(times, changes, order)

    def band(
        self,
        times: FloatArray,
        order: int = 0,
        *,
        level: float = 0.95,
        repeats: int = 60,
        seed: int | np.random.SeedSequence = 0,
    ) -> Band:
        """Return value -+ quantile x standard deviation of the repeated fits.

        Where linear propagation says more, as it does after an unlikely fit, that counts.
        """
        curves = np.array([fit.value(times, order) for fit in self.redraw(repeats, seed)])
        variance = np.maximum(curves.var(axis=0, ddof=1), self.variance(times, order))
        return normal_band(self.value(times, order), variance, level)

    def redraw(
        self, repeats: int, seed: int | np.random.SeedSequence = 0
    ) -> tuple[DampedSinusoids, ...]:
        """Return the fits to the data with fresh noise added; the same draws are fitted once."""
        if repeats < _FEWEST_REPEATS:
            raise CqedBatteryError(
                f"the repeats of a bootstrap must be at least {_FEWEST_REPEATS}, but are {repeats}"
            )
        key = (repeats, str(seed))
        if key not in self._drawn:
            rng = np.random.default_rng(seed)
            noise = self.std * rng.standard_normal((repeats, len(self.values)))
            self._drawn[key] = tuple(self._fit(self.values + change) for change in noise)
        return self._drawn[key]

    def _fit(self, values: FloatArray) -> DampedSinusoids:
        return fit_damped_sinusoids(
            self.times, values, self.std, max_modes=self.max_modes, start=self.start
        )


def fit_resampled_sinusoids(
    times: FloatArray,
    values: FloatArray,
    std: FloatArray,
    *,
    max_modes: int,
    start: Start = UNKNOWN_START,
) -> ResampledSinusoids:
    """Fit damped sinusoids as `fit_damped_sinusoids` does, and keep the data for the band.

    Args:
        times: increasing, (T,).
        values: the signal.
        std: its standard errors.
        max_modes: most oscillations to try.
        start: what is known at the first time.

    Raises:
        CqedBatteryError: fewer than 4 times, or data that cannot be fitted.
    """
    check_data(times, values, std, fewest=4)
    fit = fit_damped_sinusoids(times, values, std, max_modes=max_modes, start=start)
    return ResampledSinusoids(fit, times, values, std, max_modes, start)
