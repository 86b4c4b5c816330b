"""The same device in the laboratory frame, without the rotating-wave approximation on the drive."""

from dataclasses import dataclass

import scipy.sparse as sp

from cqed_battery.device import Device
from cqed_battery.dynamics.generator import (
    linear_strengths,
    scaled_jumps,
    static_part,
    unit_terms,
)
from cqed_battery.operators import SparseMatrix


@dataclass(frozen=True)
class LabFrame:
    """The same device without the rotating-wave approximation on the drive.

    H = w_q b'b + (alpha/2) b'b'bb + w_c a'a + g C + Omega(t) sin(w_d t + phi) (b + b'), where C
    is b'a + b a', or (b + b')(a + a') with counter-rotating coupling.

    Args:
        levels: of the transmon.
        fock_levels: of the resonator.
        static: H without coupling and drive, (D, D), in rad/ns.
        coupling: C, (D, D), which multiplies g.
        drive: b + b', (D, D), which multiplies the real drive.
        moves: b'b and a'a, (D, D) each, which multiply the moves of the frequencies.
        pump: a + a', (D, D), which multiplies the real drive on the resonator.
        jumps: jump operators, (D, D) each, in 1/sqrt(ns).
        carrier_frequency: w_d / 2 pi in GHz.
    """

    levels: int
    fock_levels: int
    static: SparseMatrix
    coupling: SparseMatrix
    drive: SparseMatrix
    moves: tuple[SparseMatrix, ...]
    pump: SparseMatrix
    jumps: tuple[SparseMatrix, ...]
    carrier_frequency: float


def lab_frame(device: Device, fock_levels: int, *, counter_rotating: bool = False) -> LabFrame:
    """Return the terms in the laboratory frame, optionally with counter-rotating coupling.

    Args:
        device: with its kept levels resolved to a number.
        fock_levels: n of the resonator.
        counter_rotating: couple by (b + b')(a + a') instead of b'a + b a'.

    Raises:
        ExperimentError: transmon.levels is still "auto".
    """
    levels, units = (
        device.transmon.kept_levels,
        unit_terms(device.transmon.kept_levels, fock_levels),
    )
    strengths = linear_strengths(device)
    a, _, b, *_ = units.jumps
    position_b, position_a = b + b.conj().T, a + a.conj().T
    coupling = sp.csr_array(position_b @ position_a) if counter_rotating else units.controls[0]
    return LabFrame(
        levels=levels,
        fock_levels=fock_levels,
        static=sp.csr_array(static_part(strengths, units) + strengths[-1] * coupling),
        coupling=coupling,
        drive=sp.csr_array(position_b),
        moves=units.energies[:2],
        pump=sp.csr_array(position_a),
        jumps=scaled_jumps(strengths[3:-1], units.jumps),
        carrier_frequency=device.drive.frequency_GHz,
    )
