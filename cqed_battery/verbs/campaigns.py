"""Several runs of one device analysed together: campaign."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.run_folder import DATASET
from cqed_battery.verbs.records import new_file

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["campaign"]


def campaign(
    runs: Mapping[str, xr.DataTree] | Sequence[str | PathLike[str]],
    *,
    drifting: Sequence[str] | None = None,
    out: str | PathLike[str] | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Fit one device to several runs of a campaign, and judge the claims over all of them.

    What is shared is one number, what drifts has a common value and each run's own; readout, reset
    and drifts within a run are each run's own. Numbers of the claims are weighted means, the
    device's causes of error common to all runs, with each run's pull and their chi-square.

    Args:
        runs: datasets by the name of the run, or folders of runs, or paths of datasets.
        drifting: parameters of the global fit that differ from run to run; by default the Rabi
            rate, the transmon's frequency and T1.
        out: file to write (JSON); by default nothing is written.
        force: whether an existing file is written over.

    Returns:
        `runs`, `parameters`, `agreement`, `claims` and `verdict` (docs/howto/campaign.md).

    Raises:
        CqedBatteryError: a dataset is refused, the runs are of different devices, no fit is found,
            or `out` exists.
        OSError: a file cannot be read or written.
    """
    from analysis.campaign.analyse import analyse_campaign
    from analysis.campaign.joint_model import DRIFTING
    from cqed_battery.files.datasets import as_dataset, write_text

    place = None if out is None else new_file(out, "`out`", force)
    if isinstance(runs, Mapping):
        trees = {str(name): as_dataset(tree) for name, tree in runs.items()}
    else:
        trees = {name: as_dataset(path) for name, path in _named(runs).items()}
    found = analyse_campaign(trees, DRIFTING if drifting is None else drifting)
    if place is not None:
        write_text(place, json.dumps(found, indent=1, allow_nan=False) + "\n")
    return found


def _named(paths: Sequence[str | PathLike[str]]) -> dict[str, Path]:
    """Return the datasets of folders and files by a name that tells them apart."""
    found: dict[str, Path] = {}
    for path in map(Path, paths):
        place = path / DATASET if path.is_dir() else path
        if place.resolve() in [known.resolve() for known in found.values()]:
            raise CqedBatteryError(f"{path} is given twice; give each run of a campaign once")
        name = place.parent.name if place.name == DATASET else place.stem
        found[name if name not in found else str(path)] = place
    return found
