"""Measurement-based active reset of a two-level battery as an exact Markov chain.

One round: an instantaneous measurement writes a bit with assignment errors, the battery relaxes
during the latency while the bit waits, then a perfect flip acts when the bit is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .closed_forms import ThermalRelaxation

Reals = NDArray[np.floating[Any]]


@dataclass(frozen=True, kw_only=True)
class ActiveReset:
    """Reset constants; ``residual_excitation`` is the thermal excitation p that T1 leads to."""

    p1_given_0: float = 0.01
    p0_given_1: float = 0.04
    latency_ns: float = 500.0
    t1_us: float = 50.0
    residual_excitation: float = 0.01

    def joint_after_latency(self, excited: float) -> Reals:
        """P(bit, state) before the flip, shape (2, 2), from P(1) = ``excited``."""
        recorded = np.array(
            [
                [(1.0 - excited) * (1.0 - self.p1_given_0), excited * self.p0_given_1],
                [(1.0 - excited) * self.p1_given_0, excited * (1.0 - self.p0_given_1)],
            ]
        )
        return recorded @ self._relaxation()

    def one_round(self, excited: float) -> float:
        """P(1) after one round: bit 0 with state 1, or bit 1 with state 0 flipped up."""
        joint = self.joint_after_latency(excited)
        return float(joint[0, 1] + joint[1, 0])

    def excited(self, rounds: int, initial: float | None = None) -> Reals:
        """P(1) after 0, 1, ..., ``rounds`` rounds, by p_k = p* + (p_0 - p*) slope^k.

        ``initial`` defaults to the thermal excitation.
        """
        start = self.residual_excitation if initial is None else initial
        fixed = self.fixed_point
        return fixed + (start - fixed) * self.slope ** np.arange(rounds + 1)

    def reported_one(self, rounds: int, initial: float | None = None) -> Reals:
        """P(bit = 1) in rounds 1 ... ``rounds``."""
        before = self.excited(rounds, initial)[:-1]
        return (1.0 - before) * self.p1_given_0 + before * (1.0 - self.p0_given_1)

    @property
    def slope(self) -> float:
        """Factor by which a round shrinks the distance to the fixed point."""
        return self.one_round(1.0) - self.one_round(0.0)

    @property
    def fixed_point(self) -> float:
        """Excitation that many rounds lead to."""
        return self.one_round(0.0) / (1.0 - self.slope)

    def _relaxation(self) -> Reals:
        battery = ThermalRelaxation(t1_us=self.t1_us, residual_excitation=self.residual_excitation)
        up, stay = (float(battery.excited(self.latency_ns, p)) for p in (0.0, 1.0))
        return np.array([[1.0 - up, up], [1.0 - stay, stay]])
