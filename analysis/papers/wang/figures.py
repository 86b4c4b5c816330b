"""The figures of Wang, Yu, Wang: a driven charger and battery in nonequilibrium reservoirs.

Energies in lambda. The text does not say which ranges the figures span; those here are ours.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from analysis.papers.figure import Figure, curve
from analysis.papers.wang.model import LONG, Wang
from cqed_battery.operators import FloatArray

_DIFFERENCES = np.array([-4.0, 0.0, 4.0])
_WIDE = np.linspace(-10.0, 10.0, 401)
_TIMES = np.linspace(0.0, 30.0, 301)
_EFFICIENCY = "efficiency R"
_POWER = "power E/tau [hbar w lambda]"


def _model(changes: Mapping[str, Any], **setting: Any) -> Wang:
    return Wang().replace({**setting, **changes})


def _values(changes: Mapping[str, Any], name: str, values: FloatArray) -> FloatArray:
    """Return the values of a parameter that a figure varies, or the user's one."""
    return np.array([float(changes[name])]) if name in changes else values


def _over_detuning(changes: Mapping[str, Any], **setting: Any) -> xr.Dataset:
    axes = {
        "potential_difference": _values(changes, "potential_difference", _DIFFERENCES),
        "detuning": _values(changes, "detuning", _WIDE),
    }
    return _model(changes, mean_potential=2.0, **setting).sweep(axes)


def _titled(figure: str, curves: Mapping[str, xr.DataArray], caption: str) -> xr.Dataset:
    return xr.Dataset(dict(curves), attrs={"title": _TITLES[figure], "caption": caption})


def _concurrence(changes: Mapping[str, Any]) -> xr.Dataset:
    values = _over_detuning(changes).concurrence
    return _titled(
        "2a",
        {"concurrence": curve(values, label="steady state", axis="concurrence")},
        "Steady-state concurrence against the detuning of charger and battery. Unequal potentials "
        "entangle on one side: Delta mu < 0 where the charger is higher, Delta mu > 0 mostly where "
        "it is lower.",
    )


def _bars(figure: str, difference: float, changes: Mapping[str, Any]) -> xr.Dataset:
    found = _over_detuning({"potential_difference": difference, **changes})
    found = found.isel(potential_difference=0)
    best = found.isel(detuning=int(found.concurrence.values.argmax()))
    size = np.hypot(*best.state.transpose("part", ...).values)[::-1, ::-1]
    levels = best.row.values[::-1]
    names = {"long_name": "charger and battery", "units": ""}
    axes = {side: xr.DataArray(levels, dims=side, attrs=names) for side in ("row", "column")}
    values = xr.DataArray(size, axes, ("row", "column"), attrs={"long_name": "size", "units": ""})
    at = f"Delta = {float(best.detuning):.3g}, where C = {float(best.concurrence):.3g} is largest"
    return _titled(
        figure,
        {"state": curve(values, label="steady state", axis="|element|", kind="bars")},
        f"Sizes of the steady state's elements at Delta mu = "
        f"{float(best.potential_difference):.3g} and {at} of all detunings in figure 2a.",
    )


def _efficiency_over_potential(changes: Mapping[str, Any]) -> xr.Dataset:
    axes = {
        "temperature": _values(changes, "temperature", np.array([0.2, 0.5, 1.0, 2.0])),
        "mean_potential": _values(changes, "mean_potential", np.linspace(-10.0, 10.0, 201)),
    }
    values = _model(changes).sweep(axes).efficiency
    return _titled(
        "3a",
        {"efficiency": curve(values, label="steady state", axis=_EFFICIENCY)},
        "Resonance and equal reservoirs. The efficiency dips at a potential between 0.75 and 1 "
        "that falls with temperature, and saturates near 0.447 on both sides.",
    )


def _efficiency_over_temperature(changes: Mapping[str, Any]) -> xr.Dataset:
    axes = {
        "mean_potential": _values(changes, "mean_potential", np.array([-4.0, -2.0, 0.0, 2.0, 4.0])),
        "temperature": _values(changes, "temperature", np.linspace(0.02, 8.0, 200)),
    }
    values = _model(changes).sweep(axes).efficiency
    return _titled(
        "3b",
        {"efficiency": curve(values, label="steady state", axis=_EFFICIENCY)},
        "Resonance and equal reservoirs. The efficiency is flat at low temperature for most "
        "potentials, not for 2, and falls towards 0 when it rises.",
    )


def _map(figure: str, mean: float, changes: Mapping[str, Any]) -> xr.Dataset:
    axes = {
        "detuning": _values(changes, "detuning", np.linspace(-5.0, 5.0, 61)),
        "potential_difference": _values(
            changes, "potential_difference", np.linspace(-10.0, 10.0, 61)
        ),
    }
    model = _model(changes, mean_potential=mean)
    values = model.sweep(axes).efficiency
    best = values.where(values == values.max(), drop=True)[0, 0]
    return _titled(
        figure,
        {"efficiency": curve(values, label=_EFFICIENCY, axis=_EFFICIENCY, kind="map")},
        f"Steady-state efficiency for a mean potential of {model.mean_potential:.3g}. The largest "
        f"is {float(best):.3f} at Delta = {float(best.detuning):.3g}, Delta mu = "
        f"{float(best.potential_difference):.3g}; at Delta = 0 it stays below 0.5.",
    )


def _efficiency_over_detuning(changes: Mapping[str, Any]) -> xr.Dataset:
    values = _over_detuning(changes).efficiency
    return _titled(
        "5a",
        {"efficiency": curve(values, label="steady state", axis=_EFFICIENCY)},
        "Steady-state efficiency at the parameters of figure 2a. With unequal potentials it is "
        "largest at other detunings than the concurrence.",
    )


def _efficiency_over_concurrence(changes: Mapping[str, Any]) -> xr.Dataset:
    found = _over_detuning(changes)
    curves = {}
    for number, one in enumerate(found.potential_difference.values):
        case = found.isel(potential_difference=number)
        name = f"concurrence_{number + 1}"
        words = {"long_name": "concurrence", "units": ""}
        places = xr.DataArray(case.concurrence.values, dims=name, attrs=words)
        values = xr.DataArray(
            case.efficiency.values, {name: places}, (name,), attrs=found.efficiency.attrs
        )
        curves[f"efficiency_{number + 1}"] = curve(
            values, label=f"Delta mu = {one:.3g}", axis=_EFFICIENCY
        )
    return _titled(
        "5b",
        curves,
        "Efficiency against concurrence while the detuning runs through the values of figure 5a. "
        "One concurrence has several efficiencies.",
    )


def _power_in_equilibrium(changes: Mapping[str, Any]) -> xr.Dataset:
    times = xr.DataArray(_TIMES, dims="time")
    curves: dict[str, xr.DataArray] = {}
    for name, values in (("mean_potential", [-4.0, 0.0, 4.0]), ("temperature", [0.2, 1.0, 4.0])):
        chosen = _values(changes, name, np.array(values))
        runs = [_model({**changes, name: float(v)}).simulate(times.values).power for v in chosen]
        words = {"long_name": name.replace("_", " "), "units": "lambda"}
        family = xr.concat(runs, xr.DataArray(chosen, dims=name, attrs=words))
        curves[f"power_{name}"] = curve(family, label="power", panel=len(curves), axis=_POWER)
    return _titled(
        "6a",
        curves,
        "Charging power from the empty state on resonance with equal reservoirs: on the left for "
        "several potentials at T = 1, on the right for several temperatures at potential 0.",
    )


def _power_out_of_equilibrium(changes: Mapping[str, Any]) -> xr.Dataset:
    chosen = _values(changes, "potential_difference", _DIFFERENCES)
    detuning = _values(changes, "detuning", np.array([-2.0]))
    model = _model(changes, detuning=float(detuning[0]))
    runs = [
        model.replace({"potential_difference": float(v)}).simulate(_TIMES).power for v in chosen
    ]
    words = {"long_name": "chemical potential difference Delta mu", "units": "lambda"}
    axis = xr.DataArray(chosen, dims="potential_difference", attrs=words)
    axes = {
        "potential_difference": chosen,
        "detuning": _values(changes, "detuning", np.linspace(-5.0, 5.0, 41)),
    }
    largest = model.largest_power(axes, _TIMES[5::5])
    return _titled(
        "6b",
        {
            "power": curve(xr.concat(runs, axis), label="power", axis=_POWER),
            "largest": curve(largest, label="largest power", panel=1, axis=_POWER),
        },
        f"Charging power from the empty state for a mean potential of {model.mean_potential:.3g}: "
        f"in time at Delta = {model.detuning:.3g}, and its largest value against the detuning.",
    )


def _beside_lindblad(changes: Mapping[str, Any]) -> xr.Dataset:
    kinds = (("redfield", "solid"), ("secular", "dashed"), ("lindblad", "dotted"))
    curves = {}
    for kind, style in kinds:
        found = _over_detuning({**changes, "equation": kind})
        for panel, name in enumerate(("efficiency", "concurrence")):
            curves[f"{name}_{kind}"] = curve(
                found[name], label=kind, panel=panel, axis=name, style=style
            )
    return _titled(
        "5lindblad",
        curves,
        "Figures 5a and 2a from the Redfield equation, its secular approximation and the plain "
        "Lindblad equation (Eq. 6, J at omega_d + Delta_i and N at Delta_i).",
    )


def _relaxation(changes: Mapping[str, Any]) -> xr.Dataset:
    axes = {
        "potential_difference": _values(changes, "potential_difference", _DIFFERENCES),
        "detuning": _values(changes, "detuning", _WIDE[::2]),
    }
    model = _model(changes, mean_potential=2.0)
    times = 1 / model.relaxation_rate(axes)
    times = times.assign_attrs(long_name="slowest relaxation time", units="1/lambda")
    steady, late = model.sweep(axes).state, model.sweep(axes, LONG).state
    distance = np.abs(steady - late).max(("part", "row", "column"))
    distance = distance.assign_attrs(long_name="largest difference of an element", units="")
    return _titled(
        "T",
        {
            "relaxation": curve(times, label="slowest relaxation", axis="time [1/lambda]"),
            "distance": curve(
                distance, label="steady less tau = 20000", panel=1, axis="difference of states"
            ),
        },
        "How long the steady state takes at the parameters of figure 2a, and how far from it the "
        "state at tau = 20000/lambda still is.",
    )


_TITLES = {
    "2a": "Steady-state entanglement",
    "2b": "Steady state of most entanglement, Delta mu = -4",
    "2c": "Steady state of most entanglement, Delta mu = 4",
    "3a": "Efficiency in equilibrium against the potential",
    "3b": "Efficiency in equilibrium against the temperature",
    "4a": "Efficiency out of equilibrium, mean potential 0",
    "4b": "Efficiency out of equilibrium, mean potential 3",
    "4c": "Efficiency out of equilibrium, mean potential 6",
    "4d": "Efficiency out of equilibrium, mean potential -6",
    "5a": "Efficiency against detuning",
    "5b": "Efficiency against entanglement",
    "5lindblad": "Redfield beside Lindblad",
    "6a": "Charging power in equilibrium",
    "6b": "Charging power out of equilibrium",
    "T": "Relaxation towards the steady state",
}
_COMPUTE: dict[str, Callable[[Mapping[str, Any]], xr.Dataset]] = {
    "2a": _concurrence,
    "2b": partial(_bars, "2b", -4.0),
    "2c": partial(_bars, "2c", 4.0),
    "3a": _efficiency_over_potential,
    "3b": _efficiency_over_temperature,
    "4a": partial(_map, "4a", 0.0),
    "4b": partial(_map, "4b", 3.0),
    "4c": partial(_map, "4c", 6.0),
    "4d": partial(_map, "4d", -6.0),
    "5a": _efficiency_over_detuning,
    "5b": _efficiency_over_concurrence,
    "5lindblad": _beside_lindblad,
    "6a": _power_in_equilibrium,
    "6b": _power_out_of_equilibrium,
    "T": _relaxation,
}
FIGURES = {
    key: Figure(key=key, title=title, compute=_COMPUTE[key]) for key, title in _TITLES.items()
}
