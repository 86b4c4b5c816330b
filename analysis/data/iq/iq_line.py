"""The line between outcomes 0 and 1 of a laboratory's IQ points, and what it makes of them."""

import numpy as np

from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.datasets import DatasetError
from cqed_battery.operators import FloatArray, IntArray
from protocols.readout.discriminator import FEWEST_SHOTS, Discriminator, train


def trained_line(zero: FloatArray, one: FloatArray, source: str) -> Discriminator:
    """Return the line between outcomes 0 and 1 of calibration shots, (N0, 2) and (N1, 2).

    Args:
        zero: points of shots prepared in level 0, in any unit.
        one: those of shots prepared in level 1.
        source: name of the file, for messages.

    Raises:
        DatasetError: there are too few shots, or the clouds coincide.
    """
    if min(len(zero), len(one)) < FEWEST_SHOTS:
        raise DatasetError(
            f"{source} has {len(zero)} and {len(one)} IQ points of the prepared levels 0 and 1, but"
            f" a line between them needs at least {FEWEST_SHOTS} each; add rows of the arm"
            " 'calibration' with prepared 0 and 1"
        )
    try:
        return train(zero, one)
    except (CqedBatteryError, np.linalg.LinAlgError):
        raise DatasetError(
            f"the IQ points of the prepared levels 0 and 1 of {source} do not lie apart; check"
            " that 'prepared' tells the levels, and that I and Q are single shots"
        ) from None


def line_note(zero: IntArray, one: IntArray) -> str:
    """Return what the line makes of the calibration shots as words.

    Args:
        zero: outcomes of shots prepared in level 0, (N0,).
        one: outcomes of shots prepared in level 1, (N1,).
    """
    return (
        f"IQ points were told apart by a line trained on {len(zero)} and {len(one)} calibration"
        f" shots: P(1|0) = {zero.mean():.3f}, P(0|1) = {1 - one.mean():.3f}"
    )
