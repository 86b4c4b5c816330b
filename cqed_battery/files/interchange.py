"""States and operators as those of QuTiP and Qiskit, and back.

Level 0 is the empty battery and comes first, the transmon's index runs slowest, and everything
stands in the frame that rotates at the drive's frequency. In QuTiP `basis(d, 0)` is the ground
state, as in `destroy`; sigma_z there, and Z in Qiskit, have the opposite sign to the battery's z,
and so has y. Qiskit counts subsystems from the fastest index: 0 is the resonator, 1 the transmon.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, Literal

import numpy as np

from cqed_battery.device import Device
from cqed_battery.dynamics.generator import drive_envelope, driven, rotating_frame
from cqed_battery.dynamics.waveforms import Controls
from cqed_battery.errors import CqedBatteryError, show_value
from cqed_battery.operators import ComplexArray, SparseMatrix, as_matrix, as_state
from cqed_battery.units import angular_from_mhz

Dims = Sequence[int]
Library = Literal["qutip", "qiskit"]


class InterchangeError(CqedBatteryError):
    """Something that another library cannot be given."""


@dataclass(frozen=True)
class MasterEquation:
    """drho/dt = -i [H, rho] + sum_j (L rho L' - {L'L, rho}/2), as another library's operators.

    Args:
        hamiltonian: H, (D, D), in rad/ns, so that times are in ns.
        jumps: L, (D, D) each, in 1/sqrt(ns), the square root of the rate inside.
    """

    hamiltonian: Any
    jumps: tuple[Any, ...]


def to_qobj(matrix: Any, dims: Dims | None = None) -> Any:
    """Return a matrix (D, D), a state or an operator, as a `qutip.Qobj`.

    Args:
        matrix: array, sparse matrix, or an object of Qiskit's.
        dims: sizes of the parts, the slowest first: (levels, fock_levels). By default one part.

    Raises:
        InterchangeError: QuTiP is not installed, or the matrix does not have these dims.

    >>> from cqed_battery.energetics import bloch_state
    >>> full = to_qobj(bloch_state((0.0, 0.0, 1.0)))
    >>> print(full.diag())
    [0. 1.]
    """
    try:
        import qutip
    except ImportError:
        raise InterchangeError(
            "to_qobj needs QuTiP, which is not installed: pip install qutip"
        ) from None
    values = _checked(as_state(matrix), dims)
    sizes = [*(dims or values.shape[:1])]
    return qutip.Qobj(values, dims=[sizes, sizes])


def to_density_matrix(state: Any, dims: Dims | None = None) -> Any:
    """Return a state (D, D) as a `qiskit.quantum_info.DensityMatrix`.

    Args:
        state: array, or an object of QuTiP's; kets become density matrices.
        dims: sizes of the parts, the slowest first: (levels, fock_levels). By default one part.

    Raises:
        InterchangeError: the matrix does not have these dims.
    """
    from qiskit.quantum_info import DensityMatrix

    values = _checked(as_state(state), dims)
    return DensityMatrix(values, dims=_reversed(dims))


def to_operator(matrix: Any, dims: Dims | None = None) -> Any:
    """Return an operator (D, D) as a `qiskit.quantum_info.Operator`; see `to_density_matrix`.

    Args:
        matrix: array, sparse matrix, or an object of QuTiP's.
        dims: sizes of the parts, the slowest first. By default one part.

    Raises:
        InterchangeError: the matrix does not have these dims.
    """
    from qiskit.quantum_info import Operator

    values = _checked(as_matrix(matrix), dims)
    sizes = _reversed(dims)
    return Operator(values, input_dims=sizes, output_dims=sizes)


def master_equation(
    device: Device,
    fock_levels: int,
    library: Library = "qutip",
    *,
    controls: Controls | None = None,
) -> MasterEquation:
    """Return the device's master equation under constant controls, for another solver.

    In the rotating frame, with the terms of `cqed_battery.dynamics.generator`. A pulse is one of
    these for each segment of its waveform.

    Args:
        device: transmon, resonator, coupler and drive.
        fock_levels: levels kept of the resonator.
        library: "qutip" for `Qobj`, "qiskit" for `Operator`.
        controls: coupling, moves and drives in rad/ns, without counter-rotating parts; by default
            those of charging, coupler open.

    Raises:
        InterchangeError: the library is neither, or it is not installed.
    """
    makers = {"qutip": to_qobj, "qiskit": to_operator}
    if library not in makers:
        raise InterchangeError(
            f'library must be "qutip" or "qiskit", but is {show_value(library)}: name one of them'
        )
    terms = rotating_frame(device, fock_levels)
    opened = Controls(angular_from_mhz(device.coupler.opened_MHz))
    held = controls or driven(device, opened, drive_envelope(device))
    dims = (terms.levels, terms.fock_levels)

    def made(operator: SparseMatrix) -> Any:
        return makers[library](operator.toarray(), dims)

    jumps = tuple(made(jump) for jump in terms.jumps)
    return MasterEquation(made(terms.hamiltonian(held)), jumps)


def _checked(matrix: ComplexArray, dims: Dims | None) -> ComplexArray:
    """Return the matrix if it is one square matrix of the size that the dims make."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InterchangeError(
            f"the matrix must be one of shape (D, D), but has the shape {matrix.shape}: give one"
            " state at a time, a Bloch vector as bloch_state(vector)"
        )
    if dims is not None and prod(dims) != len(matrix):
        raise InterchangeError(
            f"dims must multiply to the matrix's {len(matrix)} levels, but are {tuple(dims)}"
        )
    return np.asarray(matrix, dtype=complex)


def _reversed(dims: Dims | None) -> tuple[int, ...] | None:
    """Return the dims in the order in which Qiskit counts subsystems."""
    return None if dims is None else tuple(reversed(dims))
