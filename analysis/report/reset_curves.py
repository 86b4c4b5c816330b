"""What a reset leaves, drawn over its rounds or over the time waited."""

from collections.abc import Sequence

import xarray as xr

from analysis.papers.figure import curve
from cqed_battery.units import us_from_ns
from protocols.reset import HistoryRow


def reset_curves(steps: Sequence[HistoryRow]) -> xr.Dataset:
    """Return residual excitation and leakage as curves that `draw_curves` draws.

    Args:
        steps: as `protocols.reset.ResetMethod.history` returns them.
    """
    if steps[0].rounds is None:
        name, values = "time", [us_from_ns(step.time_ns) for step in steps]
        words = {"long_name": "time waited", "units": "us"}
    else:
        name, values = "round", [float(step.rounds or 0) for step in steps]
        words = {"long_name": "rounds of the reset", "units": "1"}
    along = xr.Variable(name, values, words)
    found = {
        key: curve(
            xr.DataArray([getattr(step, key) for step in steps], dims=name, coords={name: along}),
            label=key.replace("_", " "),
            axis="population",
        )
        for key in ("residual_excitation", "leakage")
    }
    return xr.Dataset(found, attrs={"title": "What the reset leaves"})
