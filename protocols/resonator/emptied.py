"""The transmon is emptied after charging: what the resonator then holds.

The coupler closes and the transmon is reset within `vacuum.reset_ns`, during which the
resonator decays. The reset is fast and unconditional, modelled as an ideal emptying at its end;
that holds where it is much shorter than 1/kappa. What follows starts in |0><0| x rho and reads
no coherence between photon numbers (each method says why): only p_n counts.
"""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.optimize import nnls

from cqed_battery.device import Device
from cqed_battery.dynamics.evolution import Liouvillian, backward, forward
from cqed_battery.dynamics.hermitian import photon_rows
from cqed_battery.dynamics.waveforms import Waveform, flat
from cqed_battery.errors import ExperimentError
from cqed_battery.experiment import Experiment
from cqed_battery.operators import FloatArray, SparseMatrix
from cqed_battery.units import mhz_from_angular
from protocols.faults.drive_line import IDEAL, Line
from protocols.resonator.method import ResonatorMeasurement
from protocols.sequence.step import Step, arriving
from protocols.stages.bias import idle_bias
from protocols.stages.tomography import closing_step, coupled_step

MOST_LOST = 0.5  # with more photons gone, what is measured is mostly their decay
_SURE = 1e3  # how much closer the populations add up to 1 than any point is met


class EmptyingMeasurement(ResonatorMeasurement):
    """A measurement after a reset of the transmon: a response to the photon number."""

    own_keys = (*ResonatorMeasurement.own_keys, "vacuum.reset_ns")
    empties_transmon = True
    way_out: ClassVar[str] = 'shorten vacuum.reset_ns, or set vacuum.method to "vacuum-rabi"'
    """What to do where too many photons decay."""

    played_keys: ClassVar[tuple[str, ...]] = ("reset_ns",)
    """Keys of [vacuum] that state how long a step lasts."""

    @abstractmethod
    def response(
        self,
        experiment: Experiment,
        liouvillian: Liouvillian,
        line: Line = IDEAL,
        actual: Device | None = None,
    ) -> FloatArray:
        """Return P(1) at tau_k for n photons beside the emptied transmon, (2, K, n).

        Args:
            experiment: the experiment file's content.
            liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
            line: the drive line that the pulses pass; ideal by default.
            actual: the device on which the pulses act; by default the experiment's.
        """

    def probabilities(
        self,
        experiment: Experiment,
        liouvillian: Liouvillian,
        state: FloatArray,
        line: Line = IDEAL,
        ringing: complex = 0.0,
        actual: Device | None = None,
    ) -> FloatArray:
        """Return the response times the photon distribution, (2, K).

        Args:
            experiment: the experiment file's content.
            liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
            state: of transmon and resonator at the end of charging, a real vector (D^2,).
            line: the drive line that the pulses pass; ideal by default.
            ringing: what the line still holds of the charging drive, in rad/ns; 0 without a filter.
            actual: the device on which the pulses act; by default the experiment's.
        """
        photons = emptied_photons(experiment, liouvillian, state, line, ringing)
        return self.response(experiment, liouvillian, line, actual) @ photons

    def effects(self, experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
        """Return the operators of reading 1, real vectors (2, K, D^2), on an ideal line.

        Args:
            experiment: the experiment file's content.
            liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
        """
        photons = photon_effects(experiment, liouvillian)
        return np.tensordot(self.response(experiment, liouvillian), photons, axes=1)

    def check(self, experiment: Experiment) -> None:
        """Refuse a device whose photons decay before the pulse ends, and lengths off the clock.

        Args:
            experiment: the experiment file's content.

        Raises:
            ExperimentError: more than half of them do, or the clock cannot play a length.
        """
        for key in self.played_keys:
            reason = experiment.drive.off_clock(f"vacuum.{key}", getattr(experiment.vacuum, key))
            if reason is not None:
                raise ExperimentError(reason)
        found, resonator = self.needs(experiment), experiment.resonator
        if found.lost <= MOST_LOST:
            return
        at = mhz_from_angular(self.pulse_linewidth(experiment))
        raise ExperimentError(
            f'vacuum.method = "{experiment.vacuum.method}" takes {found.before_ns:.3g} ns at'
            f" resonator.linewidth_MHz = {resonator.linewidth_MHz:g} and {found.pulse_ns:.3g} ns at"
            f" {at:g} MHz, so {100 * found.lost:.0f} % of the photons are gone before its pulse"
            f" ends (at most {100 * MOST_LOST:.0f} % may be): {self.way_out}"
        )


def emptying_steps(experiment: Experiment) -> tuple[Step, Step]:
    """Return what precedes the emptied transmon: closing ramp, then the reset's time.

    Args:
        experiment: the experiment file's content, for the coupler's ramp and `vacuum.reset_ns`.
    """
    resets = flat(experiment.vacuum.reset_ns, idle_bias(experiment))
    return closing_step(experiment, "catalysed"), coupled_step(
        experiment, "transmon is emptied", resets
    )


def emptying(experiment: Experiment) -> Waveform:
    """Return coupling and drive of `emptying_steps`, in rad/ns.

    Args:
        experiment: the experiment file's content.
    """
    return arriving(emptying_steps(experiment), IDEAL, 1 / experiment.drive.clock_GHz)


def emptied_photons(
    experiment: Experiment,
    liouvillian: Liouvillian,
    state: FloatArray,
    line: Line = IDEAL,
    ringing: complex = 0.0,
) -> FloatArray:
    """Return p_n beside the emptied transmon, (n,), of a state at the end of charging, (D^2,).

    `ringing` (rad/ns) is what the line still holds of the charging drive.

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
        state: of transmon and resonator at the end of charging, a real vector (D^2,).
        line: the drive line, which rings down meanwhile; ideal by default.
        ringing: what the line still holds of the charging drive, in rad/ns; 0 without a filter.
    """
    terms = liouvillian.generator
    sequence = line.ring_down(emptying(experiment), ringing, 1 / experiment.drive.clock_GHz)
    after = forward(liouvillian, state, sequence)
    return np.asarray(photon_rows(terms.levels, terms.fock_levels) @ after)


def photon_effects(experiment: Experiment, liouvillian: Liouvillian) -> FloatArray:
    """Return the operators of p_n beside the emptied transmon, real vectors (n, D^2).

    Their inner product with the state at the end of charging is `emptied_photons`.

    Args:
        experiment: the experiment file's content.
        liouvillian: the equation of motion; it knows the numbers of transmon and Fock levels.
    """
    terms = liouvillian.generator
    rows = photon_rows(terms.levels, terms.fock_levels).toarray()
    return backward(liouvillian, rows.T.copy(), emptying(experiment)).T


def birth_death(rate: float, thermal: float, levels: int) -> SparseMatrix:
    """Return R of dp/dt = R p, (n, n), for kappa = rate (1/ns) and a bath of `thermal` photons.

    R p_n = kappa (n_c+1) [(n+1) p_{n+1} - n p_n] + kappa n_c [n p_{n-1} - (n+1) p_n].

    Args:
        rate: kappa in 1/ns, at least 0.
        thermal: mean photons n_c of the bath, at least 0.
        levels: Fock levels n of the resonator.
    """
    down = rate * (thermal + 1) * np.arange(1.0, levels)
    up = rate * thermal * np.arange(1.0, levels)
    loss = np.append(0.0, down) + np.append(up, 0.0)
    return sp.csr_array(sp.diags_array([up, -loss, down], offsets=[-1, 0, 1]))


def closest_populations(curves: FloatArray, points: FloatArray) -> FloatArray:
    """Return p_n >= 0 of sum 1, (n,), whose curves (K, n) come closest to the points (K,).

    Args:
        curves: what one photon number alone would give, (K, n).
        points: what was measured, (K,).
    """
    rows = np.vstack([curves, np.full(curves.shape[1], _SURE)])
    return np.asarray(nnls(rows, np.append(points, _SURE))[0])
