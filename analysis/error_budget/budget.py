"""The error budget: which cause does what to the bias and the variance of each quantity.

Everything is exact: the probabilities of every setting go through the pointwise estimators
without shot noise, less the truth of the same device. The uncorrected estimator inverts the
readout and nothing else; the corrected one subtracts what the file's own device leads to expect.

A cause's share is the mean of two telescoping sums: causes are switched off one after the other
in the listed order, and in the opposite one. Both sums run from all on to all off, so the shares
and what is left with everything off (differences and Simpson's rule on the grid of charging
times) add up to the whole. `alone` switches off one cause and leaves the others; what is missing
from the sum of those is the interaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from analysis.error_budget.errors import Errors, Values, errors_of
from cqed_battery.compute.threads import one_thread
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray
from protocols.faults.causes import RAMP, acting_causes, situation
from protocols.settings.axis import check_enough_settings, check_one_pulse

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Share:
    """What one cause does: shares of the bias, its effect alone, and the standard error without.

    raw and corrected are parts of the bias without and with the model's correction; `alone` is
    the uncorrected bias less that with only this cause off.
    """

    name: str
    raw: Values
    corrected: Values
    alone: Values
    std_without: Values


@dataclass(frozen=True)
class Budget:
    """The whole, its shares, and what is left with every cause off."""

    experiment: Experiment
    times: FloatArray
    whole: Errors
    shares: tuple[Share, ...]
    rest: Errors
    ramp_shift: dict[str, FloatArray]

    def interaction(self) -> Values:
        """Return the whole less the rest and less every cause's effect alone, uncorrected."""
        missing = _less(self.whole.raw, self.rest.raw)
        for share in self.shares:
            missing = _less(missing, share.alone)
        return missing


@one_thread()
def error_budget(experiment: Experiment, *, progress: Progress | None = None) -> Budget:
    """Return the error budget of an experiment.

    Args:
        experiment: what is done to which device, its faults included.
        progress: called as progress(done, total, what) after each piece of work.

    Raises:
        CqedBatteryError: there are fewer than 4 charging times, or the dynamics cannot be
            trusted.
    """
    check_one_pulse(experiment, "an error budget")
    check_enough_settings(experiment, "an error budget")
    times = experiment.charging_times_ns
    names = [cause.name for cause in acting_causes(experiment)]
    orders = [_prefixes(names), _prefixes(names[::-1])]
    alone = {name: frozenset([name]) for name in names}
    wanted = list(dict.fromkeys([*orders[0], *orders[1], *alone.values()]))
    found = {}
    for number, off in enumerate(wanted):
        found[off] = errors_of(situation(experiment, off))
        if progress is not None:
            progress(number + 1, len(wanted), "switching causes off")
    whole, rest = found[frozenset()], found[frozenset(names)]
    shares = tuple(_share(name, orders, found, whole, found[alone[name]]) for name in names)
    ramp = found[alone[RAMP]] if RAMP in alone else whole
    shift = {arm: whole.shift[arm][0] - ramp.shift[arm][0] for arm in whole.shift}
    return Budget(experiment, times, whole, shares, rest, shift)


def _prefixes(names: Sequence[str]) -> list[frozenset[str]]:
    return [frozenset(names[:count]) for count in range(len(names) + 1)]


def _share(
    name: str,
    orders: Sequence[Sequence[frozenset[str]]],
    found: dict[frozenset[str], Errors],
    whole: Errors,
    without: Errors,
) -> Share:
    """Return a cause's share: the mean over the orders of what its own step changes."""
    steps = [
        (found[before], found[after])
        for order in orders
        for before, after in pairwise(order)
        if after - before == {name}
    ]
    return Share(
        name,
        _mean([_less(before.raw, after.raw) for before, after in steps]),
        _mean([_less(before.corrected, after.corrected) for before, after in steps]),
        _less(whole.raw, without.raw),
        without.std,
    )


def _less(first: Values, second: Values) -> Values:
    return {key: first[key] - second[key] for key in first}


def _mean(parts: Sequence[Values]) -> Values:
    return {key: np.mean([part[key] for part in parts], axis=0) for key in parts[0]}
