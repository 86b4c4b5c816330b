"""The figures of Wang, Yu, Wang: a driven charger and battery in nonequilibrium reservoirs.

Energies in lambda. The text does not say which ranges the figures span; those here are ours.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np
import xarray as xr

from analysis.papers.figure import Changes, Curves, Figure, captioned, curve
from analysis.papers.wang.model import LONG, Wang
from cqed_battery.operators import FloatArray
from cqed_battery.theory.paper_model import coordinate

Axes: TypeAlias = Mapping[str, FloatArray]

_DIFFERENCES = np.array([-4.0, 0.0, 4.0])
_OVER_DETUNING = {"potential_difference": _DIFFERENCES, "detuning": np.linspace(-10.0, 10.0, 401)}
_OVER_POTENTIAL = {
    "temperature": np.array([0.2, 0.5, 1.0, 2.0]),
    "mean_potential": np.linspace(-10.0, 10.0, 201),
}
_OVER_TEMPERATURE = {
    "mean_potential": np.array([-4.0, -2.0, 0.0, 2.0, 4.0]),
    "temperature": np.linspace(0.02, 8.0, 200),
}
_MAP = {"detuning": np.linspace(-5.0, 5.0, 61), "potential_difference": np.linspace(-10, 10, 61)}
_TIMES = np.linspace(0.0, 30.0, 301)
_NAMES = {"efficiency": "efficiency R", "concurrence": "concurrence"}
_POWER = "power E/tau [hbar w lambda]"


def _model(changes: Changes, **setting: Any) -> Wang:
    return Wang().replace({**setting, **changes})


def _axes(changes: Changes, axes: Axes) -> Axes:
    """Return the values of the parameters that a figure varies, or the user's ones."""
    return {k: np.array([float(changes[k])]) if k in changes else v for k, v in axes.items()}


def _over_detuning(changes: Changes) -> xr.Dataset:
    return _model(changes, mean_potential=2.0).sweep(_axes(changes, _OVER_DETUNING))


def _steady(quantity: str, axes: Axes, changes: Changes, **setting: Any) -> Curves:
    values = _model(changes, **setting).sweep(_axes(changes, axes))[quantity]
    return {quantity: curve(values, label="steady state", axis=_NAMES[quantity])}


def _bars(difference: float, changes: Changes) -> tuple[Curves, str]:
    found = _over_detuning({"potential_difference": difference, **changes})
    found = found.isel(potential_difference=0)
    best = found.isel(detuning=int(found.concurrence.values.argmax()))
    size = np.hypot(*best.state.transpose("part", ...).values)[::-1, ::-1]
    levels = best.row.values[::-1]
    axes = [coordinate(side, levels, "charger and battery", "") for side in ("row", "column")]
    values = xr.DataArray(size, axes, attrs={"long_name": "size", "units": ""})
    return {"state": curve(values, label="steady state", axis="|element|", kind="bars")}, (
        f"{float(best.potential_difference):.3g} and Delta = {float(best.detuning):.3g}, where "
        f"C = {float(best.concurrence):.3g} is largest of all detunings in figure 2a."
    )


def _map(mean: float, changes: Changes) -> tuple[Curves, str]:
    model, name = _model(changes, mean_potential=mean), _NAMES["efficiency"]
    values = model.sweep(_axes(changes, _MAP)).efficiency
    best = values.where(values == values.max(), drop=True)[0, 0]
    return {"efficiency": curve(values, label=name, axis=name, kind="map")}, (
        f"{model.mean_potential:.3g}. The largest "
        f"is {float(best):.3f} at Delta = {float(best.detuning):.3g}, Delta mu = "
        f"{float(best.potential_difference):.3g}; at Delta = 0 it stays below 0.5."
    )


def _efficiency_over_concurrence(changes: Changes) -> Curves:
    """Efficiency against concurrence while the detuning runs through the values of figure 5a.
    One concurrence has several efficiencies.
    """
    found, curves = _over_detuning(changes), {}
    for number, one in enumerate(found.potential_difference.values):
        case = found.isel(potential_difference=number)
        places = coordinate(f"concurrence_{number + 1}", case.concurrence.values, "concurrence", "")
        values = xr.DataArray(case.efficiency.values, [places], attrs=found.efficiency.attrs)
        curves[f"efficiency_{number + 1}"] = curve(
            values, label=f"Delta mu = {one:.3g}", axis=_NAMES["efficiency"]
        )
    return curves


def _beside_lindblad(changes: Changes) -> Curves:
    """Figures 5a and 2a from the Redfield equation, its secular approximation and the plain
    Lindblad equation (Eq. 6, J at omega_d + Delta_i and N at Delta_i).
    """
    curves = {}
    for kind, style in (("redfield", "solid"), ("secular", "dashed"), ("lindblad", "dotted")):
        found = _over_detuning({**changes, "equation": kind})
        for panel, name in enumerate(("efficiency", "concurrence")):
            curves[f"{name}_{kind}"] = curve(
                found[name], label=kind, panel=panel, axis=name, style=style
            )
    return curves


def _powers(model: Wang, name: str, values: FloatArray, long_name: str) -> xr.DataArray:
    """Return the charging power in time for some values of a parameter."""
    runs = [model.replace({name: float(v)}).simulate(_TIMES).power for v in values]
    return xr.concat(runs, coordinate(name, values, long_name, "lambda"))


def _power_in_equilibrium(changes: Changes) -> Curves:
    """Charging power from the empty state on resonance with equal reservoirs: on the left for
    several potentials at T = 1, on the right for several temperatures at potential 0.
    """
    families = {"mean_potential": [-4.0, 0.0, 4.0], "temperature": [0.2, 1.0, 4.0]}
    curves = {}
    for panel, (name, values) in enumerate(families.items()):
        chosen = _axes(changes, {name: np.array(values)})[name]
        family = _powers(_model(changes), name, chosen, name.replace("_", " "))
        curves[f"power_{name}"] = curve(family, label="power", panel=panel, axis=_POWER)
    return curves


def _power_out_of_equilibrium(changes: Changes) -> tuple[Curves, str]:
    given = {"potential_difference": _DIFFERENCES, "detuning": np.linspace(-5.0, 5.0, 41)}
    model, axes = _model(changes, detuning=-2.0), _axes(changes, given)
    name, words = "potential_difference", "chemical potential difference Delta mu"
    in_time = _powers(model, name, axes[name], words)
    largest = model.largest_power(axes, _TIMES[5::5])
    return {
        "power": curve(in_time, label="power", axis=_POWER),
        "largest": curve(largest, label="largest power", panel=1, axis=_POWER),
    }, (
        f"{model.mean_potential:.3g}: "
        f"in time at Delta = {model.detuning:.3g}, and its largest value against the detuning."
    )


def _relaxation(changes: Changes) -> Curves:
    """How long the steady state takes at the parameters of figure 2a, and how far from it the
    state at tau = 20000/lambda still is.
    """
    axes = _axes(changes, {**_OVER_DETUNING, "detuning": _OVER_DETUNING["detuning"][::2]})
    model = _model(changes, mean_potential=2.0)
    times = 1 / model.relaxation_rate(axes)
    times = times.assign_attrs(long_name="slowest relaxation time", units="1/lambda")
    steady, late = model.sweep(axes).state, model.sweep(axes, LONG).state
    distance = np.abs(steady - late).max(("part", "row", "column"))
    distance = distance.assign_attrs(long_name="largest difference of an element", units="")
    words = {"label": "steady less tau = 20000", "axis": "difference of states"}
    return {
        "relaxation": curve(times, label="slowest relaxation", axis="time [1/lambda]"),
        "distance": curve(distance, panel=1, **words),
    }


_ELEMENTS = "Sizes of the steady state's elements at Delta mu = "
_EFFICIENCY_FOR = "Steady-state efficiency for a mean potential of "

FIGURES: dict[str, Figure] = captioned(
    (
        (
            "2a",
            "Steady-state entanglement",
            "Steady-state concurrence against the detuning of charger and battery. Unequal "
            "potentials entangle on one side: Delta mu < 0 where the charger is higher, "
            "Delta mu > 0 mostly where it is lower.",
            partial(_steady, "concurrence", _OVER_DETUNING, mean_potential=2.0),
        ),
        *(
            (
                key,
                f"Steady state of most entanglement, Delta mu = {difference:g}",
                _ELEMENTS,
                partial(_bars, difference),
            )
            for key, difference in (("2b", -4.0), ("2c", 4.0))
        ),
        (
            "3a",
            "Efficiency in equilibrium against the potential",
            "Resonance and equal reservoirs. The efficiency dips at a potential between 0.75 and 1 "
            "that falls with temperature, and saturates near 0.447 on both sides.",
            partial(_steady, "efficiency", _OVER_POTENTIAL),
        ),
        (
            "3b",
            "Efficiency in equilibrium against the temperature",
            "Resonance and equal reservoirs. The efficiency is flat at low temperature for most "
            "potentials, not for 2, and falls towards 0 when it rises.",
            partial(_steady, "efficiency", _OVER_TEMPERATURE),
        ),
        *(
            (
                key,
                f"Efficiency out of equilibrium, mean potential {mean:g}",
                _EFFICIENCY_FOR,
                partial(_map, mean),
            )
            for key, mean in (("4a", 0.0), ("4b", 3.0), ("4c", 6.0), ("4d", -6.0))
        ),
        (
            "5a",
            "Efficiency against detuning",
            "Steady-state efficiency at the parameters of figure 2a. With unequal potentials it is "
            "largest at other detunings than the concurrence.",
            partial(_steady, "efficiency", _OVER_DETUNING, mean_potential=2.0),
        ),
        ("5b", "Efficiency against entanglement", "", _efficiency_over_concurrence),
        ("5lindblad", "Redfield beside Lindblad", "", _beside_lindblad),
        ("6a", "Charging power in equilibrium", "", _power_in_equilibrium),
        (
            "6b",
            "Charging power out of equilibrium",
            "Charging power from the empty state for a mean potential of ",
            _power_out_of_equilibrium,
        ),
        ("T", "Relaxation towards the steady state", "", _relaxation),
    )
)
