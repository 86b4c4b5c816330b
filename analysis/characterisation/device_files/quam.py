"""QUAM's state.json: frequencies in Hz, times in s, of each transmon under `qubits`.

The keys are those of transmons built for superconducting qubits: `f_01`, `f_12`, `anharmonicity`,
`T1`, `T2ramsey`, `resonator.confusion_matrix`; the drive's frequency is that of the channel `xy`.
Values that are references ("#./...") to what is computed are left out.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from analysis.characterisation.carried import Carried, dephasing_mhz
from analysis.characterisation.device_files.device_file import DeviceFile
from cqed_battery.experiment import Experiment
from cqed_battery.units import ghz_from_hz, ns_from_seconds, us_from_ns

_FILE = "state.json"
_ROUNDING = 1e-3  # by which a row of probabilities may miss 1
_CONVERTER = ("frequency_converter_up", "local_oscillator", "frequency")
_OSCILLATORS = (("LO_frequency",), ("frequency_converter_up", "LO_frequency"), _CONVERTER)
"""Where a channel may keep the frequency of its local oscillator."""


class Quam(DeviceFile):
    """`qubits.NAME` with frequencies, times and its channels."""

    name = "state of QUAM"

    def content(self, path: Path) -> Any:
        """Return the state, of a folder its state.json.

        Args:
            path: of the file or its folder.
        """
        return super().content(path / _FILE if path.is_dir() else path)

    def values(
        self, entry: Any, qubit: str, experiment: Experiment
    ) -> tuple[list[Carried], list[str]]:
        """Return frequencies, anharmonicity, lifetime, dephasing and readout errors.

        Args:
            entry: of a qubit.
            qubit: its name.
            experiment: whose convention of the dephasing holds.
        """
        here, found = f"qubits.{qubit}", []
        first = _number(entry.get("f_01"))
        if first:
            source = f"{here}.f_01, {first:.0f} Hz"
            found.append(Carried("transmon.frequency_GHz", ghz_from_hz(first), None, source))
        found += _anharmonicity(entry, here, first)
        driven = _channel_hz(entry.get("xy") or {})
        if driven:
            source = f"{here}.xy, {driven:.0f} Hz"
            found.append(Carried("drive.frequency_GHz", ghz_from_hz(driven), None, source))
        found += _decay(entry, here, experiment)
        found += _readout(entry.get("resonator") or {}, here)
        return found, [
            "the readout resonator: the battery's resonator is another one, whose frequency,"
            " linewidth and coupling stay those of the experiment file",
            "amplitudes of pulses, which are in units of the instrument",
            "T2echo: the dephasing is that of T2ramsey; transmon.t2_us and transmon.t2_echo_us in"
            " its place tell the slow noise that an echo undoes apart",
        ]


def _number(value: Any) -> float | None:
    """Return a number; None for nothing, and for a reference."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _anharmonicity(entry: Mapping[str, Any], here: str, first: float | None) -> list[Carried]:
    second, gap = _number(entry.get("f_12")), _number(entry.get("anharmonicity"))
    if first and second:
        value, source = ghz_from_hz(second - first), f"{here}.f_12 less f_01"
    elif gap:
        # Its sign differs between builders of QUAM; a transmon's is below 0.
        value = -ghz_from_hz(abs(gap))
        source = f"{here}.anharmonicity, {gap:.0f} Hz, below 0 as any transmon's"
    else:
        return []
    return [Carried("transmon.anharmonicity_GHz", value, None, source)]


def _channel_hz(channel: Mapping[str, Any]) -> float | None:
    """Return the frequency that a channel plays: its own, or oscillator and intermediate one."""
    whole = _number(channel.get("RF_frequency"))
    if whole:
        return whole
    between = _number(channel.get("intermediate_frequency"))
    for path in _OSCILLATORS:
        found: Any = channel
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        if between is not None and _number(found):
            return float(found) + between
    return None


def _decay(entry: Mapping[str, Any], here: str, experiment: Experiment) -> list[Carried]:
    """Return lifetime and pure dephasing; without a lifetime no dephasing follows."""
    t1, t2 = (_number(entry.get(name)) for name in ("T1", "T2ramsey"))
    if not t1:
        return []
    lifetime = us_from_ns(ns_from_seconds(t1))
    found = [Carried("transmon.t1_us", lifetime, None, f"{here}.T1, {t1:g} s")]
    if t2:
        convention = experiment.transmon.dephasing_convention
        rate = dephasing_mhz(ns_from_seconds(t2), lifetime, convention)
        source = f"{here}.T2ramsey, {t2:g} s, by 1/T2 = 1/(2 T1) + rate"
        found.append(Carried("transmon.dephasing_rate_MHz", rate, None, source))
    return found


def _readout(resonator: Mapping[str, Any], here: str) -> list[Carried]:
    """Return the assignment errors of a confusion matrix whose rows are the prepared levels."""
    matrix = np.array(resonator.get("confusion_matrix") or [], dtype=float)
    if matrix.shape != (2, 2) or np.abs(matrix.sum(axis=1) - 1).max() > _ROUNDING:
        return []
    source = f"{here}.resonator.confusion_matrix, its rows the prepared levels"
    return [
        Carried("readout.p1_given_0", float(matrix[0, 1]), None, source),
        Carried("readout.p0_given_1", float(matrix[1, 0]), None, source),
    ]


METHOD = Quam()
