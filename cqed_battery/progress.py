"""How far a piece of work is: one count over all of its stages."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

Progress = Callable[[int, int, str], None]
"""Called as progress(done, total, what) after each piece of work."""


def stages(progress: Progress | None, shares: Sequence[float]) -> tuple[Progress, ...]:
    """Return a progress of its own for each stage; together they count once from 0 to K.

    Each stage reports its own pieces. The first report fixes K for good.

    Args:
        progress: told of the whole; None tells nobody.
        shares: the parts of the whole time that the stages are expected to take.

    Returns:
        One progress for each share.
    """
    whole = math.fsum(shares)
    ends = [0.0, *(math.fsum(shares[: n + 1]) / whole for n in range(len(shares)))]
    pieces: int | None = None

    def stage(start: float, end: float) -> Progress:
        """Return the progress of the stage from one share of the whole to another."""

        def report(done: int, total: int, what: str) -> None:
            """Tell the whole of a stage's own pieces."""
            nonlocal pieces
            if pieces is None:
                pieces = max(len(shares), math.ceil(total / (end - start)))
            part = start + (end - start) * (done / total if total else 1.0)
            if progress is not None:
                progress(round(part * pieces), pieces, what)

        return report

    return tuple(stage(*pair) for pair in pairwise(ends))
