"""A transmon far from the resonator: each photon shifts it by 2 chi, nothing is exchanged.

H = 2 chi n b'b + (alpha/2) b'b'bb + [eps b' + eps* b]/2 in the frame of the transmon beside an
empty resonator; where the actual device's transmon is off that frequency, its offset times b'b
is added. The photon number changes only by decay and heating, so a state without
coherence between photon numbers is one transmon matrix rho_n for each n:

    d rho_n/dt = L_n rho_n + sum_m R_nm rho_m

with the transmon's own Lindbladian L_n at the shift 2 chi n and the resonator's rates R.

chi is half the shift by a photon, as in chi n sigma_z: 2 chi = 2 g^2 |alpha| / (|Delta| (|Delta| +
|alpha|)) for a transmon |Delta| below the resonator (Koch et al., Phys. Rev. A 76, 042319). The
key `vacuum.shift_per_photon_MHz` is 2 chi / 2 pi.
"""

from abc import abstractmethod
from functools import lru_cache
from math import exp

import numpy as np
import scipy.sparse as sp

from cqed_battery.device import Device, DriveLine, Transmon
from cqed_battery.dynamics import chebyshev
from cqed_battery.dynamics.evolution import Liouvillian
from cqed_battery.dynamics.generator import dephasing_rate, jump_operators
from cqed_battery.dynamics.qiskit_models import lindblad_parts
from cqed_battery.dynamics.sparse import aligned, with_data
from cqed_battery.dynamics.waveforms import Controls, Waveform
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, SparseMatrix, lowering
from cqed_battery.units import (
    angular_from_ghz,
    angular_from_mhz,
    rate_from_t1_us,
)
from protocols.faults.drive_line import IDEAL, Line
from protocols.resonator.dispersive_shift import check_mixing
from protocols.resonator.emptied import EmptyingMeasurement, birth_death
from protocols.sequence.step import Step
from protocols.stages.bias import idle_flux, idle_frequency

LEAST_COHERENCE = 0.5  # with less of it, the pulses show the transmon's decay more than photons
_TOLERANCE = 1e-12  # of the Chebyshev series


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
        pull = angular_from_mhz(experiment.vacuum.shift_per_photon_MHz)
        every, matrix = sp.eye_array(fock_levels), sp.eye_array(self.levels**2)
        thermal = experiment.resonator.thermal_photons
        rates = birth_death(linewidth_off(experiment), thermal, fock_levels)
        own = sp.kron(every, static) + pull * sp.kron(photons, shift) + sp.kron(rates, matrix)
        self._parts = aligned([own.T, *(sp.kron(every, turn).T for turn in turns)])
        losses = [abs(jump.conj().T @ jump).sum() for jump in jumps]
        self._loss = float(sum(losses) + abs(rates.diagonal()).max())
        energies = np.arange(self.levels)
        highest = abs(alpha) / 2 * energies * (energies - 1)
        highest = highest + (pull * fock_levels + abs(offset)) * energies
        self._spread = float(highest.max())

    def every(self, effect: FloatArray) -> FloatArray:
        """Return a transmon operator, a real vector (d^2,), at every photon number, (n d^2,).

        Args:
            effect: a transmon operator as a real vector (d^2,).
        """
        return np.tile(effect, self.fock_levels)

    def carry(self, effects: FloatArray, waveform: Waveform) -> FloatArray:
        """Carry measurement operators (n d^2, m) to the beginning of a waveform.

        Args:
            effects: at the waveform's end, (n d^2, m).
            waveform: drive eps in rad/ns; its coupling is not used.
        """
        for segment in reversed(waveform.segments):
            bounds = self._bounds(segment.controls)
            matrix = self._adjoint(segment.controls)
            effects = chebyshev.propagate(matrix, bounds, effects, segment.duration, _TOLERANCE)
        return effects

    def on_emptied(self, effects: FloatArray) -> FloatArray:
        """Return the operators' values in |0><0| with n photons, (n, m), of (n d^2, m).

        Args:
            effects: measurement operators, (n d^2, m).
        """
        return effects[:: self.levels**2]

    def _adjoint(self, controls: Controls) -> SparseMatrix:
        data, pattern = self._parts
        return with_data(pattern, np.array([1.0, controls.eps.real, controls.eps.imag]) @ data)

    def _bounds(self, controls: Controls) -> tuple[float, float]:
        swing = abs(controls.eps) * 2 * np.sqrt(self.levels)
        return self._spread + float(swing) + 2 * self._loss, 2 * self._loss


def linewidth_off(experiment: Experiment) -> float:
    """Return the resonator's decay rate during the dispersive methods, in 1/ns.

    Args:
        experiment: the experiment file's content.
    """
    switched = experiment.vacuum.kappa_off_MHz
    stated = experiment.resonator.linewidth_MHz if switched is None else switched
    return angular_from_mhz(stated)


class DispersiveMeasurement(EmptyingMeasurement):
    """A measurement through the shift 2 chi, at a linewidth that may be switched lower."""

    own_keys = (*EmptyingMeasurement.own_keys, "vacuum.shift_per_photon_MHz")

    way_out = "set vacuum.kappa_off_MHz, the linewidth while measuring, lower, if it switches"

    @abstractmethod
    def photon_response(
        self, experiment: Experiment, fock_levels: int, line: Line, actual: Device
    ) -> FloatArray:
        """Return P(1) for n photons beside the emptied transmon, (2, K, n).

        Args:
            experiment: what is done; coupler, charging, and drive but its clock do not matter.
            fock_levels: number of photon numbers n.
            line: through which the pulses go.
            actual: the device; its transmon alone matters.
        """

    def response(
        self,
        experiment: Experiment,
        liouvillian: Liouvillian,
        line: Line = IDEAL,
        actual: Device | None = None,
    ) -> FloatArray:
        """Return P(1) for n photons, (2, K, n), read-only: it is kept for devices that share it."""
        fock_levels = liouvillian.generator.fock_levels
        transmon = (actual or experiment.device).transmon
        matters = _what_matters(experiment), fock_levels, line.for_pulses, transmon
        return _kept_response(self, *matters)

    @abstractmethod
    def check_shift(self, experiment: Experiment) -> None:
        """Refuse a shift that the method's own pulses cannot use.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: says what the pulses need.
        """

    def pulse_linewidth(self, experiment: Experiment) -> float:
        """Return the resonator's decay rate while measuring, in 1/ns.

        Args:
            experiment: the experiment file's content.
        """
        return linewidth_off(experiment)

    def check(self, experiment: Experiment) -> None:
        """Refuse a shift that is not dispersive, not usable, or too slow; and photons that decay.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: says what is needed.
        """
        check_mixing(experiment)
        self.check_shift(experiment)
        self._check_coherence(experiment)
        super().check(experiment)

    def _check_coherence(self, experiment: Experiment) -> None:
        """Refuse pulses and waits over which exp(-t/T2) is too small."""
        length = self.lengths_ns(experiment)[1]
        relaxation = rate_from_t1_us(experiment.transmon.t1_us)
        relaxation *= 2 * experiment.transmon.thermal_photons + 1
        lasting = exp(-(dephasing_rate(experiment.device) + relaxation / 2) * length)
        if lasting < LEAST_COHERENCE:
            vacuum = experiment.vacuum
            raise ExperimentError(
                f"vacuum.shift_per_photon_MHz = {vacuum.shift_per_photon_MHz:g} makes"
                f' vacuum.method = "{vacuum.method}" take {length:.0f} ns, of which the'
                f" transmon's coherence survives {lasting:.2f} (at least {LEAST_COHERENCE:g} must):"
                " raise vacuum.shift_per_photon_MHz, shorten vacuum.selective_pulse_ns, or lower"
                " transmon.dephasing_rate_MHz"
            )


def dispersive_step(
    experiment: Experiment,
    name: str,
    controls: Waveform,
    *,
    resonator_drive: float = 0.0,
    swept: bool = False,
) -> Step:
    """Return a step far from the resonator, in the frame of the transmon, the linewidth switched.

    Args:
        experiment: the experiment file's content.
        name: of the step.
        controls: the drive's envelope, in rad/ns; the shift stands for the coupling.
        resonator_drive: rate at which the resonator is displaced meanwhile, in rad/ns.
        swept: whether its length is what the settings sweep.
    """
    frame, beside = idle_frequency(experiment), idle_flux(experiment)
    if resonator_drive:
        beside["resonator drive"] = resonator_drive
    if experiment.vacuum.kappa_off_MHz is not None:
        beside["linewidth"] = linewidth_off(experiment)
    return Step(
        name=name,
        controls=controls,
        carrier=frame,
        frame=frame,
        swept=swept,
        beside=beside,
        shift=None,
    )


def _what_matters(experiment: Experiment) -> Experiment:
    """Return the experiment with all that no response depends on at its default."""
    kept = ("transmon", "readout", "dispersive", "tomography", "vacuum")
    resonator = experiment.resonator
    sections: dict[str, object] = {name: getattr(experiment, name) for name in kept}
    sections["resonator"] = resonator.model_copy(update={"fock_levels": 2})
    drive = experiment.drive
    sections["drive"] = DriveLine(clock_GHz=drive.clock_GHz, timing=drive.timing)
    return Experiment().model_copy(update=sections)


@lru_cache(maxsize=32)
def _kept_response(
    method: DispersiveMeasurement,
    experiment: Experiment,
    fock_levels: int,
    line: Line,
    transmon: Transmon,
) -> FloatArray:
    actual = experiment.device.model_copy(update={"transmon": transmon})
    found = method.photon_response(experiment, fock_levels, line, actual)
    found.flags.writeable = False
    return found
