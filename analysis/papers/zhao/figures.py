"""Figures 2 and 3 of both versions of Zhao's paper: ergotropy and heat current.

Both versions print the same panels; Table I is that of 2026. It leaves the values of each
panel's own parameter open, so the families below are a choice.
"""

from functools import partial

import numpy as np
import xarray as xr

from analysis.papers.figure import Changes, Figure, curve
from analysis.papers.zhao.model import MODEL_Z1, MODEL_Z2, Zhao
from analysis.papers.zhao.quantities import current_name
from cqed_battery.theory.paper_model import coordinate

TIMES = np.linspace(0.0, 60.0, 601)
FAMILIES: dict[str, tuple[str, tuple[float, ...]]] = {
    "a": ("omega_c", (0.01, 0.5, 1.0, 2.0)),
    "b": ("g", (0.25, 0.5, 0.75, 1.0)),
    "c": ("kappa", (0.05, 0.2, 0.5, 1.0)),
    "d": ("gamma_D", (0.01, 0.05, 0.1, 0.2)),
}
_WORDS = {
    "omega_c": "catalyst's frequency omega_c",
    "g": "coupling g",
    "kappa": "catalyst's damping rate kappa",
    "gamma_D": "qubit's dephasing rate gamma_D",
}
_PANEL_A = {"kappa": 0.5}


def panel_model(base: Zhao, panel: str, changes: Changes) -> Zhao:
    """Return the model of a panel: Table I's row for it, then the user's changes."""
    return base.replace({**(_PANEL_A if panel == "a" else {}), **changes})


def _family(base: Zhao, panel: str, changes: Changes) -> tuple[xr.Dataset, xr.Dataset]:
    """Return the panel's trajectories along its parameter, and the one without catalyst."""
    name, values = FAMILIES[panel]
    model = panel_model(base, panel, changes)
    values = (getattr(model, name),) if name in changes else values
    runs = [model.replace({name: value}).simulate(TIMES) for value in values]
    axis = coordinate(name, values, _WORDS[name], "u")
    alone = model.replace({"catalyst": False}).simulate(TIMES)
    return xr.concat(runs, dim=axis, combine_attrs="drop"), alone


def _ergotropy(base: Zhao, panel: str, changes: Changes) -> xr.Dataset:
    family, alone = _family(base, panel, changes)
    energy, photons = partial(curve, axis="energy [u]"), "photons in the catalyst [1]"
    return xr.Dataset(
        {
            "ergotropy": energy(family.ergotropy, label="with catalyst"),
            "ergotropy_alone": energy(alone.ergotropy, label="without catalyst", style="dashed"),
            "catalyst_energy": energy(
                family.catalyst_energy, label="energy of the catalyst", style="dotted"
            ),
            "photon_number": curve(
                family.photon_number, label="photons", axis=photons, panel=1, style="dotted"
            ),
        },
        attrs={
            "title": f"Ergotropy for several values of the {_WORDS[FAMILIES[panel][0]]}",
            "caption": "Ergotropy of the battery with the catalyst (solid) and without it (dashed)"
            ", and the catalyst's energy (dotted). The lower panel shows its photons, which an"
            " energy omega_c a'a hides where omega_c is small. With the default parameters every"
            " curve with the catalyst has the lower peak and the lower mean."
            + _reading(base, panel),
        },
    )


def _heat_current(base: Zhao, panel: str, changes: Changes) -> xr.Dataset:
    family, alone = _family(base, panel, changes)
    current = panel_model(base, panel, changes).current
    drawn, axis = current_name(current), "J [u^2]"
    return xr.Dataset(
        {
            "J": curve(family[drawn], label="with catalyst", axis=axis),
            "J_alone": curve(alone[drawn], label="without catalyst", axis=axis, style="dashed"),
        },
        attrs={
            "title": f"Heat current for several values of the {_WORDS[FAMILIES[panel][0]]}",
            "caption": f"J in the reading '{current}', with the catalyst (solid) and without it"
            " (dashed). J below 0 is energy that leaves the battery; the paper calls it inward."
            + _reading(base, panel),
        },
    )


def _reading(base: Zhao, panel: str) -> str:
    decay = "2 gamma_D" if base.dephasing == "sigma_z" else "gamma_D"
    alone = " The curve without catalyst has gamma_D = 0.05." if panel == "d" else ""
    return f" By default the coherence decays at {decay}.{alone}"


def _figures(base: Zhao, version: str) -> dict[str, Figure]:
    kinds = (("2", "Ergotropy", _ergotropy), ("3", "Heat current", _heat_current))
    return {
        f"{number}{panel}": Figure(
            key=f"{number}{panel}",
            title=f"{title} against time, varied {FAMILIES[panel][0]} ({version})",
            compute=partial(draw, base, panel),
        )
        for number, title, draw in kinds
        for panel in FAMILIES
    }


FIGURES_Z1: dict[str, Figure] = _figures(MODEL_Z1, "Z1")
FIGURES_Z2: dict[str, Figure] = _figures(MODEL_Z2, "Z2")
