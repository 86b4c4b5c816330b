"""The figures of Rodriguez et al.: bare battery, qubit catalyst, and what the text describes.

Energies in omega against g t, g the charger's coupling. The text does not give the range of the
axes: up to g t = 20 here. Figures A (cells), S (saturation) and F (fluctuating couplings) show
what the paper says in words.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from analysis.papers.figure import Figure, curve
from analysis.papers.rodriguez.model import (
    BareBattery,
    ManyCells,
    OscillatorCatalyst,
    QubitCatalyst,
)
from analysis.papers.rodriguez.noise import FluctuatingCouplings
from cqed_battery.operators import FloatArray

_GT = np.linspace(0.0, 20.0, 201)
_LONG_GT = np.linspace(0.0, 200.0, 1201)
_CELLS = (1, 2, 3, 4, 5, 6)
_AXIS = "energy [omega]"
_ENERGY = {
    "energy": ("battery_energy", "energy E_B", "dashed"),
    "ergotropy": ("battery_ergotropy", "ergotropy W_B", "dotted"),
}
_CATALYST = {"catalyst": ("catalyst_energy", "energy of the catalyst E_C", "solid")}

Curves = Mapping[str, tuple[str, str, str]]


def over_gt(data: xr.Dataset, coupling: float) -> xr.Dataset:
    """Return quantities (..., time) against g t instead, the coupling in omega."""
    scaled = data.assign_coords(time=data.time * coupling).rename(time="gt")
    scaled.gt.attrs.update(long_name="g t", units="1")
    return scaled


def _drawn(data: xr.Dataset, curves: Curves) -> dict[str, xr.DataArray]:
    return {
        key: curve(data[name].transpose(..., "gt"), label=label, axis=_AXIS, style=style)
        for key, (name, label, style) in curves.items()
    }


def _titled(figure: str, curves: Mapping[str, xr.DataArray], caption: str) -> xr.Dataset:
    return xr.Dataset(dict(curves), attrs={"title": _TITLES[figure], "caption": caption})


def _off_resonance(
    figure: str, occupation: float, caption: str, changes: Mapping[str, Any]
) -> xr.Dataset:
    model = BareBattery().replace({"occupation": occupation, **changes})
    data = over_gt(model.simulate(_GT / model.coupling), model.coupling)
    return _titled(figure, _drawn(data, _ENERGY), caption)


def _on_resonance(
    figure: str, occupation: float, caption: str, changes: Mapping[str, Any]
) -> xr.Dataset:
    model = BareBattery().replace({"occupation": occupation, **changes})
    both = [model.coupling, -model.coupling]
    lasers = [model.laser_detuning] if "laser_detuning" in changes else both
    words = {"long_name": "laser's frequency less omega", "units": "omega"}
    times = _GT / model.coupling
    runs = [model.replace({"laser_detuning": laser}).simulate(times) for laser in lasers]
    axis = xr.DataArray(lasers, dims="laser", name="laser", attrs=words)
    data = over_gt(xr.concat(runs, dim=axis, combine_attrs="drop"), model.coupling)
    return _titled(figure, _drawn(data, _ENERGY), caption)


def _catalysed(
    figure: str, setting: Mapping[str, Any], caption: str, changes: Mapping[str, Any]
) -> xr.Dataset:
    model = QubitCatalyst().replace({**setting, **changes})
    times = _GT[::2] / model.charger_coupling
    data = over_gt(model.simulate(times), model.charger_coupling)
    return _titled(figure, _drawn(data, {**_ENERGY, **_CATALYST}), caption)


def _cell_couplings(changes: Mapping[str, Any]) -> list[tuple[float, ...]]:
    return [tuple(changes["couplings"])] if "couplings" in changes else [(0.2,) * k for k in _CELLS]


def _cells(changes: Mapping[str, Any]) -> xr.Dataset:
    families = _cell_couplings(changes)
    number = xr.DataArray(
        [len(family) for family in families],
        dims="cells",
        name="cells",
        attrs={"long_name": "number of cells k", "units": "1"},
    )
    arms = (True, False) if "catalyst" not in changes else (bool(changes["catalyst"]),)
    curves: dict[str, xr.DataArray] = {}
    for catalyst in arms:
        total = _energy_of_cells({**changes, "catalyst": catalyst}, families, number)
        kind = "with catalyst" if catalyst else "without catalyst"
        drawn = {f"all cells, {kind}": total}
        if catalyst:
            drawn = {f"per cell, {kind}": total / number, **drawn}
        for label, values in drawn.items():
            axis = f"energy, {label} [omega]"
            family = values.transpose("cells", "gt")
            curves[f"panel_{len(curves)}"] = curve(
                family, label=label, panel=len(curves), axis=axis
            )
    return _titled(
        "A",
        curves,
        "Appendix A with an oscillator as catalyst: k cells, each coupled as strongly as the "
        "charger, and the same cells coupled to the charger directly. The catalyst keeps the "
        "laser resonant for every k, but what the cells hold together falls as k grows.",
    )


def _energy_of_cells(
    changes: Mapping[str, Any], families: list[tuple[float, ...]], number: xr.DataArray
) -> xr.DataArray:
    model = ManyCells().replace(changes)
    times = _GT / model.charger_coupling
    runs = [
        model.replace({"couplings": family}).simulate(times).battery_energy for family in families
    ]
    return over_gt(xr.concat(runs, dim=number).to_dataset(), model.charger_coupling).battery_energy


def _saturation(changes: Mapping[str, Any]) -> xr.Dataset:
    alone = {key: value for key, value in changes.items() if key in BareBattery.model_fields}
    shared = {key: value for key, value in changes.items() if key != "coupling"}
    bare = BareBattery().replace(alone)
    if "laser_detuning" not in changes:
        bare = bare.replace({"laser_detuning": bare.coupling})
    runs = {
        "catalysed": (OscillatorCatalyst().replace(shared), "oscillator catalyst", "solid"),
        "tuned": (bare, "no catalyst, laser tuned to omega + g", "dashed"),
    }
    curves = {}
    for key, (model, label, style) in runs.items():
        data = over_gt(model.simulate(_LONG_GT / bare.coupling), bare.coupling)
        curves[key] = curve(data.battery_energy, label=label, axis=_AXIS, style=style)
        if "catalyst_energy" in data:
            axis = "energy of the catalyst E_C [omega]"
            curves["catalyst"] = curve(data.catalyst_energy, label=label, panel=1, axis=axis)
    return _titled(
        "S",
        curves,
        "The battery's energy up to g t = 200. With the charger's loss both settings level off "
        "at 4 (F/gamma)^2 = 16 quanta, so that the growth in Figs. 4 and 6 has an end. The "
        "catalyst holds up to a fifth of a quantum at first and nothing later.",
    )


def _fluctuating(changes: Mapping[str, Any]) -> xr.Dataset:
    model = FluctuatingCouplings().replace(changes)
    settings: dict[str, tuple[dict[str, Any], str, str]] = {
        "common": (
            {"catalyst": True, "noise": "common"},
            "catalyst, one noise of both couplings",
            "solid",
        ),
        "independent": (
            {"catalyst": True, "noise": "independent"},
            "catalyst, a noise of each coupling",
            "solid",
        ),
        "splitting": (
            {"catalyst": True, "noise": "splitting"},
            "catalyst, noise of its splitting",
            "solid",
        ),
        "bare": (
            {"catalyst": False, "laser_detuning": model.coupling},
            "no catalyst, laser tuned to omega + g, noise of g",
            "dashed",
        ),
    }
    gt: FloatArray = _GT[::2]
    curves = {}
    for key, (setting, label, style) in settings.items():
        if any(name in changes and changes[name] != value for name, value in setting.items()):
            continue
        data = model.replace(setting).simulate(gt / model.coupling)
        energy = over_gt(data, model.coupling).battery_energy
        curves[key] = curve(energy, label=label, axis=_AXIS, style=style)
    return _titled(
        "F",
        curves,
        "Mean energy of the battery when couplings, or the catalyst's splitting, change at random "
        "by 30 % every 5/omega. One noise of both couplings costs almost nothing, that of the "
        "splitting little; a noise of each coupling costs more, as does g's without a catalyst.",
    )


_TITLES = {
    "3a": "Bare battery, resonant with the parts, N(T) = 0",
    "3b": "Bare battery, resonant with the parts, N(T) = 1",
    "4a": "Bare battery, laser tuned to a super-mode, N(T) = 0",
    "4b": "Bare battery, laser tuned to a super-mode, N(T) = 1",
    "6a": "Qubit catalyst, loss of the charger, N(T) = 0",
    "6b": "Qubit catalyst, loss of the charger, N(T) = 1",
    "7": "Qubit catalyst, loss of charger and catalyst, N(T) = 0",
    "A": "Several cells (Appendix A)",
    "S": "Long times: where the growth ends",
    "F": "Fluctuating couplings",
}
_COMPUTE: dict[str, Callable[[Mapping[str, Any]], xr.Dataset]] = {
    "3a": partial(
        _off_resonance,
        "3a",
        0.0,
        "Energy and ergotropy of the battery with omega_f = omega. Both coincide, and stay below "
        "one quantum: the laser misses the super-modes.",
    ),
    "3b": partial(
        _off_resonance,
        "3b",
        1.0,
        "As in 3a with one thermal photon in the environment. The energy rises above one "
        "quantum by heat; the ergotropy is that of 3a.",
    ),
    "4a": partial(
        _on_resonance,
        "4a",
        0.0,
        "Energy and ergotropy with omega_f = omega + g and omega - g, which give the same curves. "
        "Both grow over the whole range.",
    ),
    "4b": partial(
        _on_resonance,
        "4b",
        1.0,
        "As in 4a with one thermal photon in the environment: the ergotropy is that of 4a, the "
        "energy lies above it by the heat.",
    ),
    "6a": partial(
        _catalysed,
        "6a",
        {},
        "Energy and ergotropy of the battery, and the energy of the qubit between it and the "
        "charger. The battery's rise, with ripples that fade; the qubit takes up to 0.17 "
        "early on and little later.",
    ),
    "6b": partial(
        _catalysed,
        "6b",
        {"occupation": 1.0},
        "As in 6a with one thermal photon in the environment. Energy and ergotropy part by a "
        "quantum of heat, and the qubit's energy rises to a third of omega.",
    ),
    "7": partial(
        _catalysed,
        "7",
        {"catalyst_loss": 0.05},
        "As in 6a with loss of the qubit at the same rate. The battery's curves move by a few per "
        "cent.",
    ),
    "A": _cells,
    "S": _saturation,
    "F": _fluctuating,
}
FIGURES: dict[str, Figure] = {
    key: Figure(key=key, title=_TITLES[key], compute=compute) for key, compute in _COMPUTE.items()
}
