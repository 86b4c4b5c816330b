"""Readout calibration: IQ points of single shots of the prepared levels."""

from collections.abc import Mapping

import numpy as np

from analysis.characterisation.carried import Carried, CharacterisationError
from analysis.characterisation.traces.trace import Fitted, Trace
from analysis.data.iq.iq_line import trained_line
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, IntArray
from protocols.readout import readout_of

_FOLDS = 10  # a shot is read by a line that the other nine tenths have trained
_SOURCE = "held-out calibration shots, read by lines trained on the others"


class ReadoutCalibration(Trace):
    """P(1|0) and P(0|1), to `readout.p1_given_0` and `readout.p0_given_1`."""

    axis = "prepared"
    signals = 2

    def fit(self, x: FloatArray, y: FloatArray, std: FloatArray | None) -> list[Fitted]:
        """Return the assignment errors of the line between the levels, and the fidelity.

        Each shot is read by a line that has not seen it, or the errors would come out too small.

        Args:
            x: prepared level, 0 or 1, (N,).
            y: I and Q in any unit, (N, 2).
            std: not used.
        """
        if not np.isin(x, (0, 1)).all():
            raise CharacterisationError("the prepared level must be 0 or 1 for every shot")
        wrong = [_wrong(y[x == level], y[x != level], level) for level in (0, 1)]
        rates = [errors.mean() for errors in wrong]
        smooth = [(errors.sum() + 0.5) / (len(errors) + 1) for errors in wrong]
        stds = [np.sqrt(p * (1 - p) / len(w)) for p, w in zip(smooth, wrong, strict=True)]
        return [
            Fitted("P(1|0)", float(rates[0]), float(stds[0]), "1"),
            Fitted("P(0|1)", float(rates[1]), float(stds[1]), "1"),
            Fitted("1 - P(1|0) - P(0|1)", float(1 - sum(rates)), float(np.hypot(*stds)), "1"),
        ]

    def carried(self, fitted: Mapping[str, Fitted], experiment: Experiment) -> list[Carried]:
        """Return the assignment errors; a readout that is simulated has its own.

        Args:
            fitted: parameters by name.
            experiment: whose readout is asked.
        """
        if readout_of(experiment).probe(experiment) is not None:
            return []
        names = {"readout.p1_given_0": "P(1|0)", "readout.p0_given_1": "P(0|1)"}
        return [
            Carried(key, fitted[name].value, fitted[name].std, _SOURCE)
            for key, name in names.items()
        ]


def _wrong(own: FloatArray, other: FloatArray, level: int) -> IntArray:
    """Return 1 for each shot of a level that a line of the other shots reads wrongly, (N,)."""
    found = np.zeros(len(own), dtype=np.int64)
    for fold in range(_FOLDS):
        held, rest = slice(fold, None, _FOLDS), np.arange(len(own)) % _FOLDS != fold
        zero, one = (own[rest], other) if level == 0 else (other, own[rest])
        line = trained_line(zero, one, "the trace")
        found[held] = line.reads_1(own[held]) != bool(level)
    return found


METHOD = ReadoutCalibration()
