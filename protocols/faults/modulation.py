"""A slow deviation of the charging drive from its shape, or of a step, as a few cosines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cqed_battery.dynamics.waveforms import Controls, Segment, Waveform
from cqed_battery.operators import FloatArray

_PARTS = 6  # of each half period of the fastest cosine, in which it is held


@dataclass(frozen=True)
class Modulation:
    """The drive times 1 + sum_k shares_k cos(pi k t/T) up to T, held between the edges.

    shares: relative amplitudes of K cosines, from k = lowest on. edges: in ns, from 0 to T; after T
    the last value stays.
    """

    shares: tuple[float, ...]
    edges: tuple[float, ...]
    lowest: int = 1

    @classmethod
    def over(cls, times: FloatArray, count: int) -> "Modulation":
        """Return the modulation by nothing of that many cosines.

        Edges lie at times where there are many, so that a prediction has no more pieces.

        Args:
            times: charging times in ns, the last one above 0, (T,).
            count: number of cosines, at least 1.
        """
        ends = np.unique(np.append(0.0, times))
        spans, wanted = len(ends) - 1, _PARTS * count
        parts = spans // (spans // wanted) if spans >= wanted else spans * -(-wanted // spans)
        places = np.linspace(0, spans, parts + 1)
        if spans >= wanted:
            places = np.round(places)
        return cls((0.0,) * count, tuple(np.interp(places, np.arange(spans + 1), ends).tolist()))

    def applied(self, waveform: Waveform) -> Waveform:
        """Return a modulated waveform; it has the same pieces whatever the shares are.

        Args:
            waveform: coupling and drive, from time 0.
        """
        pieces = [
            replace(part, controls=part.controls.turned(factor))
            for _, part, factor in self._pieces(waveform)
        ]
        return Waveform(tuple(pieces))

    def stepped(self, waveform: Waveform, step: Controls, start: float) -> Waveform:
        """Return a waveform whose step of coupling and frequencies deviates by the cosines.

        Args:
            waveform: coupling and drive, from time 0.
            step: controls after it less those before, in rad/ns.
            start: when it comes, in ns.
        """
        pieces = [
            replace(part, controls=part.controls.plus(step, factor - 1)) if end > start else part
            for end, part, factor in self._pieces(waveform)
        ]
        return Waveform(tuple(pieces))

    def _pieces(self, waveform: Waveform) -> Iterator[tuple[float, Segment, float]]:
        """Yield the ends of pieces between the edges, the pieces, and their factors."""
        factors, start = self.factors, 0.0
        for segment in waveform.segments:
            for part in _cut(segment, self.edges, start):
                factor = float(factors[self._places(start + part.duration / 2)])
                start += part.duration
                yield start, part, factor

    def at(self, times: FloatArray) -> FloatArray:
        """Return by what the drive is multiplied from times on, (T,).

        Args:
            times: since the start of charging, in ns, (T,).
        """
        return self.factors[self._places(times)]

    def _places(self, times: FloatArray | float) -> NDArray[np.intp]:
        """Return between which edges something begins."""
        found = np.searchsorted(self.edges, times, side="right") - 1
        return np.asarray(np.minimum(found, len(self.edges) - 2))

    @property
    def factors(self) -> FloatArray:
        """By what the drive is multiplied between the edges."""
        edges = np.array(self.edges)
        phase = np.pi * (edges[1:] + edges[:-1]) / (2 * edges[-1])
        orders = self.lowest + np.arange(len(self.shares))
        return np.asarray(1 + np.cos(np.outer(phase, orders)) @ self.shares)


def _cut(segment: Segment, edges: tuple[float, ...], start: float) -> list[Segment]:
    """Return the pieces of a segment that begins at `start`, cut at the edges."""
    end = start + segment.duration
    inner = [edge for edge in edges[:-1] if start < edge < end]
    return [replace(segment, duration=b - a) for a, b in pairwise([start, *inner, end])]
