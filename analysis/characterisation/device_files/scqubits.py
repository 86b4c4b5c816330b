"""Files that scqubits writes of its objects: transmons, oscillators, and spaces that couple them.

`object.filewrite(name)` leaves HDF5 (attributes, with subsystems and interactions in groups), or
CSV for a single object. Energies are E / h in GHz, scqubits' default unit, which no file states.
"""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.characterisation.carried import Carried, CharacterisationError
from analysis.characterisation.device_files.device_file import DeviceFile
from analysis.data.counts import read_utf8, readable
from analysis.reality.models.device_levels import charge_basis_levels
from cqed_battery.errors import show_value
from cqed_battery.experiment import Experiment
from cqed_battery.files.foreign_netcdf import read_hdf5
from cqed_battery.operators import FloatArray
from cqed_battery.units import mhz_from_ghz

_HDF5 = b"\x89HDF"
_TRANSMONS = ("Transmon", "TunableTransmon")
_SUBSYSTEMS = "__lists/subsystem_list/__objects"
_INTERACTIONS = "__lists/interaction_list/__objects"
_OPERATORS = "__lists/operator_list/__lists"
_MOST_CHARGES = 500  # Cooper pairs of a cutoff; more is no transmon


class ScQubits(DeviceFile):
    """Transmon, TunableTransmon, Oscillator and HilbertSpace, by `__type`."""

    name = "file of scqubits"

    def content(self, path: Path) -> Any:
        """Return the objects of a file and their interactions.

        Args:
            path: of the file.

        Raises:
            DatasetError: the file cannot be read.
            CharacterisationError: it is no file of scqubits.
        """
        with readable(path, self.name).open("rb") as file:
            binary = file.read(len(_HDF5)) == _HDF5
        found = read_hdf5(path, _objects) if binary else _of_csv(path)
        if found is None:
            raise CharacterisationError(
                f"{path} is not a {self.name}, as its object's filewrite leaves it"
            )
        return found

    def qubits(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the transmons by their number, each with all objects and interactions.

        Args:
            content: of the file.
        """
        places = [n for n, o in enumerate(content["objects"]) if o["__type"] in _TRANSMONS]
        return {str(k): {**content, "place": place} for k, place in enumerate(places)}

    def values(
        self, entry: Any, qubit: str, experiment: Experiment
    ) -> tuple[list[Carried], list[str]]:
        """Return frequency and anharmonicity, and a coupled oscillator's frequency and coupling.

        Args:
            entry: objects, interactions, and which one is the transmon.
            qubit: its number, not used.
            experiment: not used.
        """
        transmon = entry["objects"][entry["place"]]
        energies, states = _levels(transmon)
        first, second = np.diff(energies).tolist()
        here = f"{transmon.get('id_str', transmon['__type'])}, {_energies(transmon)}"
        found = [
            Carried("transmon.frequency_GHz", first, None, f"levels of {here}"),
            Carried("transmon.anharmonicity_GHz", second - first, None, f"levels of {here}"),
        ]
        coupled, left = _resonators(entry, states)
        if len(coupled) == 1:
            found += coupled[0]
            left.append("the rest of the space: one transmon and one oscillator are an experiment")
        elif coupled:
            left.append(
                f"{len(coupled)} oscillators: write a space of the transmon and one of them to say"
                " which is the catalyst"
            )
        return found, [*left, "times of decay, which scqubits computes and no file keeps"]


def _objects(file: Any) -> dict[str, Any] | None:
    """Return the objects and interactions of an HDF5 file; None where it is another's."""
    kind = _text(file.attrs.get("__type"))
    if kind in (*_TRANSMONS, "Oscillator"):
        return {"objects": [_attributes(file)], "interactions": []}
    if kind != "HilbertSpace" or _SUBSYSTEMS not in file:
        return None
    objects = [_attributes(part) for part in _in_order(file[_SUBSYSTEMS])]
    terms = _in_order(file[_INTERACTIONS]) if _INTERACTIONS in file else []
    return {"objects": objects, "interactions": [_interaction(term) for term in terms]}


def _in_order(group: Any) -> list[Any]:
    return [group[name] for name in sorted(group, key=int)]


def _attributes(group: Any) -> dict[str, Any]:
    return {name: _text(value) for name, value in group.attrs.items()}


def _text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def _interaction(term: Any) -> dict[str, Any]:
    """Return strength, whether the adjoint is added, and operators by place of their object."""
    operators = {}
    if _OPERATORS in term:
        for part in _in_order(term[_OPERATORS]):
            operators[int(part.attrs["0"])] = _operator(part)
    return {
        "strength": complex(term.attrs.get("g_strength", 0.0)),
        "adjoint": bool(term.attrs.get("add_hc", False)),
        "operators": operators,
    }


def _operator(part: Any) -> FloatArray | None:
    """Return an operator's matrix, an attribute or a dataset; None where it is neither."""
    if "1" in part.attrs:
        return np.asarray(part.attrs["1"])
    if "1" in part and "__data" in part.file:
        kept = str(int(part["1"][0]))
        return np.asarray(part.file["__data"][kept]) if kept in part.file["__data"] else None
    return None


def _of_csv(path: Path) -> dict[str, Any] | None:
    rows = list(csv.reader(read_utf8(path, "file of scqubits").splitlines()))
    if len(rows) < 2 or "__type" not in rows[0]:
        return None
    values = dict(zip(rows[0], rows[1], strict=False))
    return {"objects": [{name: _number(text) for name, text in values.items()}], "interactions": []}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _levels(transmon: Mapping[str, Any]) -> tuple[FloatArray, FloatArray]:
    """Return the energies (3,) in GHz and the states over the charge."""
    charges = int(transmon["ncut"])
    if not 1 < charges <= _MOST_CHARGES:
        raise CharacterisationError(
            f"ncut must lie from 2 to {_MOST_CHARGES}, but is {show_value(charges)}"
        )
    return charge_basis_levels(
        _josephson(transmon), float(transmon["EC"]), float(transmon["ng"]), charges
    )


def _josephson(transmon: Mapping[str, Any]) -> float:
    """Return E_J in GHz, of a tunable transmon at its flux (Koch et al. 2007, eq. 2.18)."""
    if transmon["__type"] == "Transmon":
        return float(transmon["EJ"])
    turn = np.pi * float(transmon["flux"])
    return float(transmon["EJmax"]) * float(
        np.hypot(np.cos(turn), float(transmon["d"]) * np.sin(turn))
    )


def _energies(transmon: Mapping[str, Any]) -> str:
    at = "" if transmon["__type"] == "Transmon" else f" at flux {float(transmon['flux']):g}"
    return f"EJ = {_josephson(transmon):.6g}{at}, EC = {float(transmon['EC']):.6g} GHz"


def _resonators(
    entry: Mapping[str, Any], states: FloatArray
) -> tuple[list[list[Carried]], list[str]]:
    """Return the values of each oscillator that is coupled to the transmon, and what has none."""
    found, left = [], []
    for place, part in enumerate(entry["objects"]):
        if part["__type"] != "Oscillator":
            continue
        name, frequency = part.get("id_str", "Oscillator"), float(part["E_osc"])
        coupling = sum(_couplings(entry, place, states))
        if coupling == 0:
            left.append(f"{name}: no interaction of the file couples it to the transmon")
            continue
        found.append(
            [
                Carried("resonator.frequency_GHz", frequency, None, f"{name}, E_osc"),
                Carried(
                    "coupler.g_on_MHz",
                    mhz_from_ghz(abs(coupling)),
                    None,
                    f"{name}, between |1, 0> and |0, 1> of the interaction",
                ),
            ]
        )
    return found, left


def _couplings(entry: Mapping[str, Any], oscillator: int, states: FloatArray) -> Iterator[complex]:
    """Yield <1, 0| H |0, 1> of each interaction of the transmon with an oscillator, in GHz."""
    for term in entry["interactions"]:
        operators = term["operators"]
        if set(operators) != {entry["place"], oscillator}:
            continue
        charge, field = operators[entry["place"]], operators[oscillator]
        if charge is None or field is None or charge.shape != (len(states), len(states)):
            raise CharacterisationError(
                "an interaction's operators must be matrices, that of the transmon over its charge"
            )
        inner = states.T @ charge @ states
        element = term["strength"] * inner[1, 0] * field[0, 1]
        if term["adjoint"]:
            element += np.conj(term["strength"] * inner[0, 1] * field[1, 0])
        yield complex(element)


METHOD = ScQubits()
