"""The figures of Rodriguez et al.: bare battery, qubit catalyst, and what the text describes.

Energies in omega against g t, g the charger's coupling. The text does not give the range of the
axes: up to g t = 20 here. Figures A (cells), S (saturation) and F (fluctuating couplings) show
what the paper says in words.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from analysis.papers.figure import Changes, Curves, Figure, captioned, curve
from analysis.papers.rodriguez.model import (
    BareBattery,
    ManyCells,
    OscillatorCatalyst,
    QubitCatalyst,
)
from analysis.papers.rodriguez.noise import FluctuatingCouplings
from cqed_battery.theory.paper_model import coordinate

_GT = np.linspace(0.0, 20.0, 201)
_LONG_GT = np.linspace(0.0, 200.0, 1201)
_CELLS = (1, 2, 3, 4, 5, 6)
_AXIS = "energy [omega]"
_LINES = {
    "energy": ("battery_energy", "energy E_B", "dashed"),
    "ergotropy": ("battery_ergotropy", "ergotropy W_B", "dotted"),
    "catalyst": ("catalyst_energy", "energy of the catalyst E_C", "solid"),
}


def over_gt(data: xr.Dataset, coupling: float) -> xr.Dataset:
    """Return quantities (..., time) against g t instead, the coupling in omega."""
    scaled = data.assign_coords(time=data.time * coupling).rename(time="gt")
    scaled.gt.attrs.update(long_name="g t", units="1")
    return scaled


def _drawn(data: xr.Dataset, coupling: float) -> Curves:
    data = over_gt(data, coupling)
    return {
        key: curve(data[name].transpose(..., "gt"), label=label, axis=_AXIS, style=style)
        for key, (name, label, style) in _LINES.items()
        if name in data
    }


def _off_resonance(occupation: float, changes: Changes) -> Curves:
    model = BareBattery().replace({"occupation": occupation, **changes})
    return _drawn(model.simulate(_GT / model.coupling), model.coupling)


def _on_resonance(occupation: float, changes: Changes) -> Curves:
    model = BareBattery().replace({"occupation": occupation, **changes})
    both = [model.coupling, -model.coupling]
    lasers = [model.laser_detuning] if "laser_detuning" in changes else both
    times = _GT / model.coupling
    runs = [model.replace({"laser_detuning": laser}).simulate(times) for laser in lasers]
    axis = coordinate("laser", lasers, "laser's frequency less omega", "omega")
    return _drawn(xr.concat(runs, dim=axis, combine_attrs="drop"), model.coupling)


def _catalysed(setting: Mapping[str, float], changes: Changes) -> Curves:
    model = QubitCatalyst().replace({**setting, **changes})
    return _drawn(model.simulate(_GT[::2] / model.charger_coupling), model.charger_coupling)


def _cells(changes: Changes) -> Curves:
    """Appendix A with an oscillator as catalyst: k cells, each coupled as strongly as the
    charger, and the same cells coupled to the charger directly. The catalyst keeps the laser
    resonant for every k, but what the cells hold together falls as k grows.
    """
    given = [tuple(changes["couplings"])] if "couplings" in changes else None
    families = given or [(0.2,) * k for k in _CELLS]
    number = coordinate("cells", [len(family) for family in families], "number of cells k")
    curves: dict[str, xr.DataArray] = {}
    for catalyst in (bool(changes["catalyst"]),) if "catalyst" in changes else (True, False):
        model = ManyCells().replace({**changes, "catalyst": catalyst})
        times = _GT / model.charger_coupling
        runs = [
            model.replace({"couplings": one}).simulate(times).battery_energy for one in families
        ]
        data = xr.concat(runs, dim=number).to_dataset()
        total = over_gt(data, model.charger_coupling).battery_energy
        kind = "with catalyst" if catalyst else "without catalyst"
        drawn = {f"per cell, {kind}": total / number} if catalyst else {}
        for label, values in {**drawn, f"all cells, {kind}": total}.items():
            words: dict[str, Any] = {"panel": len(curves), "axis": f"energy, {label} [omega]"}
            family = values.transpose("cells", "gt")
            curves[f"panel_{len(curves)}"] = curve(family, label=label, **words)
    return curves


def _saturation(changes: Changes) -> Curves:
    """The battery's energy up to g t = 200. With the charger's loss both settings level off
    at 4 (F/gamma)^2 = 16 quanta, so that the growth in Figs. 4 and 6 has an end. The catalyst
    holds up to a fifth of a quantum at first and nothing later.
    """
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
    return curves


def _fluctuating(changes: Changes) -> Curves:
    """Mean energy of the battery when couplings, or the catalyst's splitting, change at
    random by 30 % every 5/omega. One noise of both couplings costs almost nothing, that of
    the splitting little; a noise of each coupling costs more, as does g's without a catalyst.
    """
    model = FluctuatingCouplings().replace(changes)
    noises = {
        "common": "one noise of both couplings",
        "independent": "a noise of each coupling",
        "splitting": "noise of its splitting",
    }
    rows: list[tuple[str, dict[str, Any], str, str]] = [
        (noise, {"catalyst": True, "noise": noise}, f"catalyst, {words}", "solid")
        for noise, words in noises.items()
    ]
    tuned = {"catalyst": False, "laser_detuning": model.coupling}
    rows.append(("bare", tuned, "no catalyst, laser tuned to omega + g, noise of g", "dashed"))
    curves = {}
    for key, setting, label, style in rows:
        if any(name in changes and changes[name] != value for name, value in setting.items()):
            continue
        data = model.replace(setting).simulate(_GT[::2] / model.coupling)
        energy = over_gt(data, model.coupling).battery_energy
        curves[key] = curve(energy, label=label, axis=_AXIS, style=style)
    return curves


FIGURES: dict[str, Figure] = captioned(
    (
        (
            "3a",
            "Bare battery, resonant with the parts, N(T) = 0",
            "Energy and ergotropy of the battery with omega_f = omega. Both coincide, and stay "
            "below one quantum: the laser misses the super-modes.",
            partial(_off_resonance, 0.0),
        ),
        (
            "3b",
            "Bare battery, resonant with the parts, N(T) = 1",
            "As in 3a with one thermal photon in the environment. The energy rises above one "
            "quantum by heat; the ergotropy is that of 3a.",
            partial(_off_resonance, 1.0),
        ),
        (
            "4a",
            "Bare battery, laser tuned to a super-mode, N(T) = 0",
            "Energy and ergotropy with omega_f = omega + g and omega - g, which give the same "
            "curves. Both grow over the whole range.",
            partial(_on_resonance, 0.0),
        ),
        (
            "4b",
            "Bare battery, laser tuned to a super-mode, N(T) = 1",
            "As in 4a with one thermal photon in the environment: the ergotropy is that of 4a, the "
            "energy lies above it by the heat.",
            partial(_on_resonance, 1.0),
        ),
        (
            "6a",
            "Qubit catalyst, loss of the charger, N(T) = 0",
            "Energy and ergotropy of the battery, and the energy of the qubit between it and the "
            "charger. The battery's rise, with ripples that fade; the qubit takes up to 0.17 "
            "early on and little later.",
            partial(_catalysed, {}),
        ),
        (
            "6b",
            "Qubit catalyst, loss of the charger, N(T) = 1",
            "As in 6a with one thermal photon in the environment. Energy and ergotropy part by a "
            "quantum of heat, and the qubit's energy rises to a third of omega.",
            partial(_catalysed, {"occupation": 1.0}),
        ),
        (
            "7",
            "Qubit catalyst, loss of charger and catalyst, N(T) = 0",
            "As in 6a with loss of the qubit at the same rate. The battery's curves move by a few "
            "per cent.",
            partial(_catalysed, {"catalyst_loss": 0.05}),
        ),
        ("A", "Several cells (Appendix A)", "", _cells),
        ("S", "Long times: where the growth ends", "", _saturation),
        ("F", "Fluctuating couplings", "", _fluctuating),
    )
)
