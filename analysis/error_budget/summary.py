"""The error budget as plain values for JSON, and as rows of text for tables."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from analysis.error_budget.budget import Budget, Share
from analysis.error_budget.errors import FIDELITY, QUANTITIES
from analysis.results import UNITS
from cqed_battery.operators import FloatArray
from protocols.prediction.predict import with_enough_levels
from protocols.stages.calibration import pulse_errors

METHOD = (
    "exact bias of the pointwise estimators; a share is the mean of two telescoping sums, causes"
    " off one after the other in the listed and in the opposite order; shares and rest add up to"
    " the whole; alone is the effect of one cause off; interaction = whole - rest - sum of alone"
)
WHOLE, REST, INTERACTION, CORRECTED = "whole", "rest", "interaction", "whole, corrected"
_LETTERS = {"ergotropy": "erg.", "heat_current": "J", "heat_integral": "S", FIDELITY: "F"}


def budget_dict(budget: Budget) -> dict[str, Any]:
    """Return the budget as plain values: every curve, its mean, root mean square and largest.

    Args:
        budget: what `error_budget` returns.
    """
    missing = budget.interaction()
    arms: dict[str, dict[str, Any]] = {}
    for key in budget.whole.raw:
        arm, quantity = key
        arms.setdefault(arm, {})[quantity] = {
            "units": UNITS[quantity],
            WHOLE: _numbers(budget.whole.raw[key]),
            "corrected": _numbers(budget.whole.corrected[key]),
            "std": _numbers(budget.whole.std[key]),
            REST: _numbers(budget.rest.raw[key]),
            INTERACTION: _numbers(missing[key]),
            "causes": {share.name: _share(share, key) for share in budget.shares},
        }
    return {
        "method": METHOD,
        "times": budget.times.tolist(),
        "arms": arms,
        "bloch_shift": {arm: _shifts(budget, arm) for arm in budget.ramp_shift},
        "pulses": [asdict(row) for row in pulse_errors(with_enough_levels(budget.experiment))],
    }


def _share(share: Share, key: tuple[str, str]) -> dict[str, Any]:
    return {
        "share": _numbers(share.raw[key]),
        "corrected": _numbers(share.corrected[key]),
        "alone": _numbers(share.alone[key]),
        "std_without": _numbers(share.std_without[key]),
    }


def _shifts(budget: Budget, arm: str) -> dict[str, Any]:
    """Return what the reconstructed state differs by from that at the end of charging."""
    plain, likely = budget.whole.shift[arm]
    parts = {"uncorrected": plain, "corrected": likely, "coupler ramp": budget.ramp_shift[arm]}
    return {name: _vector_numbers(values) for name, values in parts.items()}


def _vector_numbers(shift: FloatArray) -> dict[str, float]:
    """Return largest and rms of |dz|, of |dx + i dy|, and of the whole vector, (T, 3)."""
    across = np.hypot(shift[:, 0], shift[:, 1])
    columns = {"z": np.abs(shift[:, 2]), "coherence": across, "r": np.linalg.norm(shift, axis=1)}
    return {
        f"{name}_{what}": float(size(column))
        for name, column in columns.items()
        for what, size in (("largest", np.max), ("rms", _rms))
    }


def _numbers(values: FloatArray) -> dict[str, Any]:
    return {
        "mean": float(values.mean()),
        "rms": _rms(values),
        "largest": float(np.abs(values).max()),
        "values": values.tolist(),
    }


def _rms(values: FloatArray) -> float:
    return float(np.sqrt((values**2).mean()))


def bias_rows(block: Mapping[str, Any], arm: str) -> list[tuple[str, ...]]:
    """Return rows (name, then mean and rms of each quantity) of an arm, from `budget_dict`.

    The means of causes and rest add up to that of the whole.

    Args:
        block: what `budget_dict` returns.
        arm: "catalysed" or "control".
    """
    found = block["arms"][arm]
    rows = [
        (name, *_cells([entry["causes"][name]["share"] for entry in _ordered(found)], found))
        for name in _causes(found)
    ]
    ends = ((REST, REST), (WHOLE, WHOLE), (CORRECTED, "corrected"), (INTERACTION, INTERACTION))
    return rows + [
        (name, *_cells([entry[key] for entry in _ordered(found)], found)) for name, key in ends
    ]


def std_rows(block: Mapping[str, Any], arm: str) -> list[tuple[str, ...]]:
    """Return rows (name, then the standard error's rms of each quantity) with each cause off.

    Args:
        block: what `budget_dict` returns.
        arm: "catalysed" or "control".
    """
    found = block["arms"][arm]
    rows = [("all on", *(f"{entry['std']['rms']:.4f}" for entry in _ordered(found)))]
    for name in _causes(found):
        cells = (f"{entry['causes'][name]['std_without']['rms']:.4f}" for entry in _ordered(found))
        rows.append((name, *cells))
    return rows


def shift_rows(block: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return rows (arm and estimator, largest and rms of |dz| and of the coherence).

    Args:
        block: what `budget_dict` returns.
    """
    return [
        (f"{arm}, {what}", *(f"{numbers[key]:.4f}" for key in SHIFT_KEYS))
        for arm, kinds in block["bloch_shift"].items()
        for what, numbers in kinds.items()
    ]


SHIFT_KEYS = ("z_largest", "z_rms", "coherence_largest", "coherence_rms")


def bias_headers(block: Mapping[str, Any], arm: str) -> tuple[str, ...]:
    """Return the headers of `bias_rows`.

    Args:
        block: what `budget_dict` returns.
        arm: "catalysed" or "control".
    """
    names = []
    for quantity in _names(block["arms"][arm]):
        letter = _LETTERS[quantity]
        names += [letter] if quantity == FIDELITY else [letter, "rms"]
    return ("bias by", *names)


def std_headers(block: Mapping[str, Any], arm: str) -> tuple[str, ...]:
    """Return the headers of `std_rows`.

    Args:
        block: what `budget_dict` returns.
        arm: "catalysed" or "control".
    """
    return ("without", *(_LETTERS[name] for name in _names(block["arms"][arm])))


def _names(found: Mapping[str, Any]) -> list[str]:
    return [name for name in (*QUANTITIES, FIDELITY) if name in found]


def _ordered(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [found[name] for name in _names(found)]


def _causes(found: Mapping[str, Any]) -> list[str]:
    return list(found[QUANTITIES[0]]["causes"])


def _cells(numbers: Sequence[Mapping[str, Any]], found: Mapping[str, Any]) -> Iterator[str]:
    for name, entry in zip(_names(found), numbers, strict=True):
        yield f"{entry['mean']:+.3f}"
        if name != FIDELITY:
            yield f"{entry['rms']:.3f}"
