"""Energy, ergotropy and S of the whole transmon, beside those of levels 0 and 1.

Two outcomes after 0-1 rotations do not see level 2, nor the work that is done on it. What the qubit
block leaves out is taken from the fitted device, or for the energy from a third outcome, and is a
named systematic: its share `priors.correction`, or all of it where the counts do not agree.
"""

from typing import Any

import numpy as np

from analysis.estimators.observed import Observed
from analysis.results import quantity
from analysis.results.estimates import NINETY_FIVE, Quantity, read_typed
from protocols.prediction.ladder import DRIVE, ENERGY, ERGOTROPY, HEAT, ladder_energies

_OF_BLOCK = {"energy": ENERGY, "ergotropy": ERGOTROPY, "heat_integral": HEAT}
_MODELLED, _MEASURED = "qubit block, level 2 and above by the model", "level 2 measured"


def ladder_dict(data: Observed, arm: str, block: dict[str, Any]) -> dict[str, Any] | None:
    """Return the whole ladder's quantities as entries of results.json; None without a model of it.

    Each has `beyond`, what it holds beyond the qubit block.

    Args:
        data: frequencies of all settings, and the model.
        arm: "catalysed" or "control".
        block: the arm's part of results.json, with three outcomes where they were counted.
    """
    if not data.uses_model or data.expected.prediction.transmon_levels == 2:
        return None
    model = data.expected.arms[arm]
    found = {
        name: _entry(block[name], model[whole] - model[name], data.correction_uncertainty)
        for name, whole in _OF_BLOCK.items()
        if name in block
    }
    if "three_outcomes" in block:
        leaked = read_typed(Quantity, block["three_outcomes"]["leakage"])
        # P_1 = (1 - L + z)/2 holds L in place of its energy 2 + alpha/w_q, less the zero of z/2
        energies = ladder_energies(data.experiment, arm, 3)
        each = float(energies[2] - energies[1] / 2)
        beyond, std = each * leaked.value, each * leaked.std
        whole = quantity(
            np.asarray(block["energy"]["value"]) + beyond,
            np.hypot(block["energy"]["std"], std),
            f"qubit block, {_MEASURED}",
        )
        found["energy"] = {**whole, "beyond": beyond.tolist()}
    found["drive_energy"] = quantity(
        model[DRIVE], data.correction_uncertainty * np.abs(model[DRIVE]), "by the model"
    )
    return found


def _entry(block: dict[str, Any], beyond: Any, share: float) -> dict[str, Any]:
    """Return the qubit block's entry with what it leaves out, known but for a share."""
    shift, wider = np.asarray(beyond), share * np.abs(beyond)
    held = read_typed(Quantity, block)
    std = np.hypot(held.std, wider)
    return {
        **quantity(
            held.value + shift,
            std,
            _MODELLED,
            low=held.value + shift - np.hypot(held.value - held.ci_low, NINETY_FIVE * wider),
            high=held.value + shift + np.hypot(held.ci_high - held.value, NINETY_FIVE * wider),
        ),
        "beyond": shift.tolist(),
    }
