"""Figures 2 to 6 of Kamin et al. and one more, N: ergotropy of the battery's steady state."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import xarray as xr

from analysis.papers.figure import Changes, Curves, Figure, captioned, curve
from analysis.papers.kamin.model import Kamin
from cqed_battery.operators import FloatArray
from cqed_battery.theory.paper_model import coordinate

EQUILIBRIUM = Kamin(reservoirs="collective")
BIASED = Kamin(reservoirs="individual", potential=1.0, potential_difference=2.0)
GROWING = Kamin(reservoirs="individual", potential=0.0, potential_difference=4.0)

POTENTIALS = np.linspace(-2.0, 10.0, 73)
DIFFERENCES = np.linspace(0.0, 12.0, 121)
COUPLINGS = np.linspace(0.0, 6.0, 121)
TEMPERATURES = np.linspace(0.05, 12.0, 120)
SIZES = np.array([*range(1, 12), 13, 16, 20, 25, 30, 35, 40])
_AXIS = "W [capacity]"
_UNIT = "energy in units of gamma"
_WORDS = {
    "temperature": ("temperature T", _UNIT),
    "potential": ("chemical potential mu", _UNIT),
    "potential_difference": ("difference of chemical potentials Delta mu", _UNIT),
    "coupling": ("coupling J", _UNIT),
    "qubits": ("number of qubits N", "1"),
    "network": ("network", "1"),
}


def ergotropies(model: Kamin, along: str, values: FloatArray) -> FloatArray:
    """Return the steady state's ergotropy, in units of the capacity, along one parameter."""
    points = values.tolist()
    return np.array([float(model.replace({along: v}).steady_state().ergotropy) for v in points])


def _scan(
    model: Kamin,
    family: tuple[str, Sequence[Any]],
    along: tuple[str, FloatArray],
    changes: Changes,
) -> Curves:
    """Return curves of ergotropy over the last of two parameters, one for each of the first."""
    (name, members), (x, values) = family, along
    model = model.replace(changes)
    members = [getattr(model, name)] if name in changes else list(members)
    values = np.array([getattr(model, x)]) if x in changes else values
    curves = [ergotropies(model.replace({name: member}), x, values) for member in members]
    coords = [coordinate(key, given, *_WORDS[key]) for key, given in ((name, members), (x, values))]
    return {"ergotropy": curve(xr.DataArray(np.array(curves), coords), label="W", axis=_AXIS)}


FIGURES: dict[str, Figure] = captioned(
    (key, title, caption, partial(_scan, model, family, along))
    for key, title, caption, model, family, along in (
        (
            "2",
            "Equilibrium: ergotropy against the chemical potential",
            "One reservoir acts on three qubits together. The battery is empty up to mu = omega"
            " and fills to tanh((mu - omega) / 2 T), the later the hotter.",
            EQUILIBRIUM,
            ("temperature", (0.1, 0.5, 1.0, 2.0)),
            ("potential", POTENTIALS),
        ),
        (
            "3",
            "Non-equilibrium: ergotropy against the difference of chemical potentials",
            "Each of three qubits has its own reservoir, that of the battery at mu_1. Every curve"
            " rises to a plateau, which is near full charge for mu_1 = 8.",
            BIASED,
            ("potential", (0.0, 1.0, 2.0, 4.0, 8.0)),
            ("potential_difference", DIFFERENCES),
        ),
        (
            "4",
            "Non-equilibrium: ergotropy against the coupling",
            "Three qubits at mu = 1, Delta mu = 2. Ergotropy vanishes with J and levels off above"
            " J = 1; the chain, with the battery at its end, levels off later and higher.",
            BIASED,
            ("network", ("star", "chain")),
            ("coupling", COUPLINGS),
        ),
        (
            "5",
            "Non-equilibrium: ergotropy against the temperature",
            "Three qubits at mu = 1, Delta mu = 2. Here heat only harms; with --set potential=0"
            " and --set potential_difference=4 the ergotropy rises first.",
            BIASED,
            ("network", ("star", "chain")),
            ("temperature", TEMPERATURES),
        ),
        (
            "6",
            "Non-equilibrium: ergotropy for several numbers of qubits",
            "The battery's reservoir is at mu_1 = 0, so that it stays empty when alone. More"
            " ancillas need less bias and give more, each less than the one before from N = 3 on.",
            GROWING,
            ("qubits", (1, 2, 3, 4, 5, 10)),
            ("potential_difference", DIFFERENCES),
        ),
        (
            "N",
            "Non-equilibrium: ergotropy up to forty qubits",
            "Star with mu_1 = 0 and Delta mu = 4; not in the paper. At J = 1 each qubit adds to"
            " the ergotropy; at J = 3 and 10 there is a best number, N = 6.",
            GROWING,
            ("coupling", (0.3, 1.0, 3.0, 10.0)),
            ("qubits", SIZES),
        ),
    )
)
