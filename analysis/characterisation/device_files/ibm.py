"""Properties of IBM's backends, `backend.properties().to_dict()` as JSON: values with units."""

from collections.abc import Mapping
from typing import Any

from analysis.characterisation.carried import Carried, CharacterisationError, dephasing_mhz
from analysis.characterisation.device_files.device_file import DeviceFile
from cqed_battery.experiment import Experiment
from cqed_battery.units import ghz_from_hz, ghz_from_mhz, ns_from_seconds, ns_from_us, us_from_ns

_NS = {"ns": float, "us": ns_from_us, "µs": ns_from_us, "s": ns_from_seconds}
_GHZ = {"GHz": float, "MHz": ghz_from_mhz, "Hz": ghz_from_hz}
_READOUT = {
    "readout.p1_given_0": "prob_meas1_prep0",
    "readout.p0_given_1": "prob_meas0_prep1",
}


class Ibm(DeviceFile):
    """`qubits`, a list of lists of {"name": ..., "value": ..., "unit": ...}."""

    name = "file of backend properties of IBM"

    def qubits(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the entries of the qubits by their number.

        Args:
            content: of the file.
        """
        found = content.get("qubits")
        return {str(n): entry for n, entry in enumerate(found)} if isinstance(found, list) else {}

    def values(
        self, entry: Any, qubit: str, experiment: Experiment
    ) -> tuple[list[Carried], list[str]]:
        """Return frequency, anharmonicity, lifetime, dephasing and readout errors.

        Args:
            entry: of a qubit.
            qubit: its name.
            experiment: whose convention of the dephasing holds.
        """
        held = {value["name"]: value for value in entry}
        here, found = f"qubits[{qubit}]", []
        for key, name in (
            ("transmon.frequency_GHz", "frequency"),
            ("transmon.anharmonicity_GHz", "anharmonicity"),
        ):
            if name in held:
                found.append(Carried(key, _in(held[name], _GHZ), None, f"{here} {name}"))
        if "T1" in held:
            lifetime = us_from_ns(_in(held["T1"], _NS))
            found.append(Carried("transmon.t1_us", lifetime, None, f"{here} T1"))
            if "T2" in held:
                convention = experiment.transmon.dephasing_convention
                rate = dephasing_mhz(_in(held["T2"], _NS), lifetime, convention)
                source = f"{here} T2, by 1/T2 = 1/(2 T1) + rate"
                found.append(Carried("transmon.dephasing_rate_MHz", rate, None, source))
        found += [
            Carried(key, float(held[name]["value"]), None, f"{here} {name}")
            for key, name in _READOUT.items()
            if name in held
        ]
        return found, [
            "the resonator and its coupling, of which backend properties say nothing: they stay"
            " those of the experiment file"
        ]


def _in(value: Mapping[str, Any], units: Mapping[str, Any]) -> float:
    unit = str(value.get("unit"))
    if unit not in units:
        raise CharacterisationError(
            f"the unit of {value['name']} must be {', '.join(units)}, but is {unit!r}"
        )
    return float(units[unit](float(value["value"])))


METHOD = Ibm()
