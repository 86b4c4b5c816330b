"""Calibration files of other stacks, one file each, to keys of an experiment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args

from analysis.characterisation.carried import CharacterisationError, Characterised, carry
from analysis.characterisation.device_files.device_file import DeviceFile
from cqed_battery.experiment import Experiment
from protocols.registry import Registry

__all__ = ["DEVICE_FILES", "DeviceFile", "read_device"]

Stack = Literal["qibo", "ibm", "scqubits", "quam"]
"""The stacks whose files are read."""

DEVICE_FILES: Registry[DeviceFile] = Registry("`stack`", __name__, get_args(Stack))
"""The readers by stack."""


def read_device(
    path: Path, stack: str, qubit: str, experiment: Experiment | None = None
) -> Characterised:
    """Return an experiment with the values of a calibration file, each with its source.

    Args:
        path: of the file, or of the folder that its stack writes.
        stack: whose file it is, a key of `DEVICE_FILES`.
        qubit: which one, as the file names it.
        experiment: whose other values are kept, by default those of a new file.

    Raises:
        DatasetError: the file cannot be read.
        CharacterisationError: it is no such file, or has no such qubit.
    """
    reader = DEVICE_FILES[stack]
    content = reader.content(path)
    if not isinstance(content, Mapping):
        raise CharacterisationError(f"{path} is JSON, but not a {reader.name}")
    qubits: Mapping[str, Any] = reader.qubits(content)
    if not qubits:
        raise CharacterisationError(f"{path} has no qubits; it is not a {reader.name}")
    if qubit not in qubits:
        raise CharacterisationError(
            f"`qubit` must be one of {path}, {', '.join(qubits)}, but is {qubit}"
        )
    try:
        found, left_out = reader.values(qubits[qubit], qubit, experiment or Experiment())
    except (
        ArithmeticError,
        AttributeError,
        IndexError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        if isinstance(error, CharacterisationError):
            raise
        raise CharacterisationError(
            f"qubit {qubit} of {path} is not laid out as in a {reader.name}"
            f" ({type(error).__name__}: {error})"
        ) from None
    if not found:
        raise CharacterisationError(f"qubit {qubit} of {path} has no value that has a key here")
    return carry(experiment or Experiment(), found, left_out)
