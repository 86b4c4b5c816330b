"""A transmon far from the resonator: each photon shifts it by chi, nothing is exchanged.

H = chi n b'b + (alpha/2) b'b'bb + [eps b' + eps* b]/2 in the frame of the transmon beside an
empty resonator; where the actual device's transmon is off that frequency, its offset times b'b
is added. The photon number changes only by decay and heating, so a state without
coherence between photon numbers is one transmon matrix rho_n for each n:

    d rho_n/dt = L_n rho_n + sum_m R_nm rho_m

with the transmon's own Lindbladian L_n at the shift chi n and the resonator's rates R.
"""

import numpy as np
import scipy.sparse as sp

from cqed_battery.device import Device
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.evolution import lindblad_parts
from cqed_battery.dynamics.generator import jump_operators
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, SparseMatrix, lowering
from cqed_battery.units import angular_from_ghz, angular_from_mhz
from protocols.resonator.emptied import birth_death

_TOLERANCE = 1e-12


def linewidth_off(experiment: Experiment) -> float:
    """Return the resonator's decay rate during the dispersive methods, in 1/ns."""
    switched = experiment.vacuum.kappa_off_MHz
    stated = experiment.resonator.linewidth_MHz if switched is None else switched
    return angular_from_mhz(stated)


class Dispersive:
    """The master equation of rho_n, real vectors of all n in turn, (n d^2,), in 1/ns."""

    def __init__(
        self, experiment: Experiment, fock_levels: int, actual: Device | None = None
    ) -> None:
        device = actual or experiment.device
        self.levels, self.fock_levels = experiment.transmon.kept_levels, fock_levels
        b = lowering(self.levels)
        up = b.conj().T
        alpha = angular_from_ghz(device.transmon.anharmonicity_GHz)
        offset = angular_from_ghz(device.transmon.frequency_GHz)
        offset -= angular_from_ghz(experiment.transmon.frequency_GHz)
        ladder = sp.csr_array(alpha / 2 * (up @ up @ b @ b) + offset * (up @ b))
        drives = (sp.csr_array((up + b) / 2), sp.csr_array(1j * (up - b) / 2))
        alone = jump_operators(device, b, sp.csr_array(b.shape, dtype=complex))
        jumps = [jump for jump in alone if jump.nnz]
        static, shift, *turns = lindblad_parts(ladder, (sp.csr_array(up @ b), *drives), jumps)
        photons = sp.diags_array(np.arange(float(fock_levels)))
        chi = angular_from_mhz(experiment.vacuum.chi_MHz)
        every, matrix = sp.eye_array(fock_levels), sp.eye_array(self.levels**2)
        thermal = experiment.resonator.thermal_photons
        rates = birth_death(linewidth_off(experiment), thermal, fock_levels)
        self._static = _sum(
            sp.kron(every, static), chi * sp.kron(photons, shift), sp.kron(rates, matrix)
        )
        self._turns = [sp.csr_array(sp.kron(every, turn)) for turn in turns]
        losses = [abs(jump.conj().T @ jump).sum() for jump in jumps]
        self._loss = float(sum(losses) + abs(rates.diagonal()).max())
        energies = np.arange(self.levels)
        highest = abs(alpha) / 2 * energies * (energies - 1)
        highest = highest + (chi * fock_levels + abs(offset)) * energies
        self._spread = float(highest.max())

    def every(self, effect: FloatArray) -> FloatArray:
        """Return a transmon operator, a real vector (d^2,), at every photon number, (n d^2,)."""
        return np.tile(effect, self.fock_levels)

    def carry(self, effects: FloatArray, waveform: Waveform) -> FloatArray:
        """Carry measurement operators (n d^2, m) to the beginning of a waveform."""
        for segment in reversed(waveform.segments):
            bounds = self._bounds(segment.controls)
            matrix = self._adjoint(segment.controls)
            effects = chebyshev.propagate(matrix, bounds, effects, segment.duration, _TOLERANCE)
        return effects

    def on_emptied(self, effects: FloatArray) -> FloatArray:
        """Return the operators' values in |0><0| with n photons, (n, m), of (n d^2, m)."""
        return effects[:: self.levels**2]

    def _adjoint(self, controls: Controls) -> SparseMatrix:
        parts = (controls.eps.real * self._turns[0], controls.eps.imag * self._turns[1])
        return sp.csr_array(_sum(self._static, *parts).T)

    def _bounds(self, controls: Controls) -> tuple[float, float]:
        swing = abs(controls.eps) * 2 * np.sqrt(self.levels)
        return self._spread + float(swing) + 2 * self._loss, 2 * self._loss


def _sum(*parts: SparseMatrix) -> SparseMatrix:
    return sp.csr_array(sum(parts[1:], start=parts[0]))
