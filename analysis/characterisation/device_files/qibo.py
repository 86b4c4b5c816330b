"""Qibo's calibration.json: frequencies in Hz, times in ns, each with its error where it has one."""

import math
from pathlib import Path
from typing import Any

from analysis.characterisation.carried import Carried, CharacterisationError, dephasing_mhz
from analysis.characterisation.device_files.device_file import DeviceFile
from cqed_battery.experiment import Experiment
from cqed_battery.units import ghz_from_hz, mk_from_kelvin, us_from_ns

_FILE = "calibration.json"


class Qibo(DeviceFile):
    """`single_qubits.NAME` with `qubit`, `readout`, `t1`, `t2`."""

    name = "calibration file of Qibo"
    entries = "single_qubits"

    def content(self, path: Path) -> Any:
        """Return the calibration, of a folder that of its platform.

        Args:
            path: of the file, or of a platform's or a Qibocal report's folder.
        """
        places = [path / name / _FILE for name in ("", "new_platform", "platform")]
        found = [place for place in places if place.is_file()] if path.is_dir() else [path]
        if not found:
            raise CharacterisationError(
                f"{path} holds no {_FILE}, as the folder of a platform or of a Qibocal report does"
            )
        return super().content(found[0])

    def values(
        self, entry: Any, qubit: str, experiment: Experiment
    ) -> tuple[list[Carried], list[str]]:
        """Return frequency, anharmonicity, lifetime, dephasing, temperature and readout errors.

        Args:
            entry: of a qubit.
            qubit: its name.
            experiment: whose convention of the dephasing holds.
        """
        found: list[Carried] = []
        first, second = (entry["qubit"].get(name) for name in ("frequency_01", "frequency_12"))
        if first:
            source = f"qubit.frequency_01, {first:.0f} Hz"
            found.append(Carried("transmon.frequency_GHz", ghz_from_hz(first), None, source))
        if first and second:
            source = "qubit.frequency_12 less frequency_01"
            gap = ghz_from_hz(second - first)
            found.append(Carried("transmon.anharmonicity_GHz", gap, None, source))
        found += _decay(entry, experiment)
        fidelity = entry.get("readout", {}).get("fidelity")
        if fidelity:
            source = f"readout.fidelity = {fidelity:.4f}, both errors taken as half of 1 less it"
            for key in ("readout.p1_given_0", "readout.p0_given_1"):
                found.append(Carried(key, (1 - fidelity) / 2, None, source))
        temperature = entry.get("readout", {}).get("effective_temperature")
        if temperature:
            source = f"readout.effective_temperature, {temperature:.4f} K"
            found.append(
                Carried("transmon.temperature_mK", mk_from_kelvin(temperature), None, source)
            )
        return found, [
            "the readout resonator: the battery's resonator is another one, whose frequency,"
            " linewidth and coupling stay those of the experiment file",
            "t2_spin_echo: the dephasing is that of t2; transmon.t2_us and transmon.t2_echo_us in"
            " its place tell the slow noise that an echo undoes apart",
        ]


def _decay(entry: Any, experiment: Experiment) -> list[Carried]:
    """Return lifetime and pure dephasing; without a lifetime no dephasing follows."""
    t1, t1_std = _pair(entry.get("t1"))
    t2, t2_std = _pair(entry.get("t2"))
    if not t1:
        return []
    error = None if t1_std is None else us_from_ns(t1_std)
    lifetime = us_from_ns(t1)
    found = [Carried("transmon.t1_us", lifetime, error, f"t1, {t1:.0f} ns")]
    if t2:
        convention = experiment.transmon.dephasing_convention
        rate, whole = (dephasing_mhz(t2, t1_us, convention) for t1_us in (lifetime, math.inf))
        source = f"t2, {t2:.0f} ns, by 1/T2 = 1/(2 T1) + rate"
        # The error of 1/T2 rules; that of 1/(2 T1), which is smaller, is left out.
        std = None if t2_std is None else whole * t2_std / t2
        found.append(Carried("transmon.dephasing_rate_MHz", rate, std, source))
    return found


def _pair(value: Any) -> tuple[float | None, float | None]:
    """Return a value and its error, which Qibo writes as a list of two."""
    if isinstance(value, list):
        return value[0], value[1] if len(value) > 1 else None
    return value, None


METHOD = Qibo()
