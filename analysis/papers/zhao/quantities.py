"""What is read off the states of Zhao's model: energy, ergotropy, and a flux for each reading.

The texts use one letter J for four things, which are named apart here:

    J_energy_rate  Z2, Eqs. 15 and A8: d<H_QB>/dt, the drive's work included
    J_reduced      Z1, Eq. 11; Z2, Eqs. 14 and 23: Tr[drho_QB/dt (H_QB + H_drive)]
    J_composite    Z1, Eq. 8: Tr[drho/dt H_0], H_0 = H_QB + H_int + H_drive
    J_laboratory   Z2, Sec. V: dE/dt - P, E from sigma_z and P = Tr[rho_QB dH_drive/dt]

H_drive is [e(t) sigma_+ + h.c.]/2 in the frame that turns at the drive's frequency. J < 0 is
energy that leaves the battery.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from analysis.papers.zhao.parameters import Parameters
from cqed_battery.dynamics.hermitian import from_real, photon_rows, to_real, transmon_rows
from cqed_battery.energetics import bloch_vector
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.theory.driven import DrivenQubit
from cqed_battery.theory.paper_model import coordinate, dataset

CURRENTS = ("J_energy_rate", "J_reduced", "J_composite", "J_laboratory")

_LABELS = {
    "energy": ("energy of the battery", "u"),
    "ergotropy": ("ergotropy of the battery", "u"),
    "J_energy_rate": ("J as the rate of the battery's energy", "u^2"),
    "J_reduced": ("J of the reduced state", "u^2"),
    "J_composite": ("J of the composite state", "u^2"),
    "J_laboratory": ("J as a laboratory infers it", "u^2"),
    "coupling_flow": ("energy flow from the catalyst", "u^2"),
    "power": ("power of the drive", "u^2"),
    "dissipated_reduced": ("energy of H_QB + H_drive that the dissipators bring", "u^2"),
    "dissipated_composite": ("energy of H_0 that the dissipators bring", "u^2"),
    "catalyst_energy": ("energy of the catalyst", "u"),
    "photon_number": ("photons in the catalyst", "1"),
    "vacuum_fidelity": ("vacuum fidelity of the catalyst", "1"),
    "trace": ("trace of the state", "1"),
    "purity": ("purity of the battery", "1"),
    "bloch": ("Bloch vector", "1"),
}


def current_name(current: str) -> str:
    """Return the name in the dataset of a reading of J, "energy rate" or another."""
    return f"J_{current.replace(' ', '_')}"


@dataclass(frozen=True)
class Trajectory:
    """States and their rates (T, D^2) with the drive's envelopes (T,), in the turning frame."""

    system: DrivenQubit
    states: FloatArray
    rates: FloatArray
    envelopes: ComplexArray


def quantities(model: Parameters, found: Trajectory, times: FloatArray) -> xr.Dataset:
    """Return every quantity of the model by name, from its trajectory at the times (T,)."""
    bloch, rate = (_bloch(found.system, v) for v in (found.states, found.rates))
    photons = found.states @ photon_rows(2, found.system.fock_levels).T
    number = photons @ np.arange(photons.shape[1])
    trace, length = photons.sum(axis=1), np.linalg.norm(bloch, axis=1)
    values = {
        "energy": model.omega_a / 2 * bloch[:, 2],
        "ergotropy": model.omega_a / 2 * (bloch[:, 2] + _passive_sign(model) * length),
        **_currents(model, found, times, bloch, rate),
        "catalyst_energy": model.omega_c * number,
        "photon_number": number,
        "vacuum_fidelity": photons[:, 0],
        "trace": trace,
        "purity": (trace**2 + length**2) / 2,
        "bloch": bloch,
    }
    time = coordinate("time", times, "time", "1/u")
    return dataset(values, _LABELS, [time, coordinate("component", list("xyz"), "Bloch component")])


def _passive_sign(model: Parameters) -> int:
    """Return 1 for the passive energy -(w_a/2) r, -1 where the larger population lies above."""
    return 1 if model.passive_order == "ground first" else -1


def _bloch(system: DrivenQubit, vectors: FloatArray) -> FloatArray:
    return bloch_vector(from_real(vectors @ transmon_rows(2, system.fock_levels).T))


def _currents(
    model: Parameters, found: Trajectory, times: FloatArray, bloch: FloatArray, rate: FloatArray
) -> dict[str, FloatArray]:
    """Return the four fluxes, the power and the flow through the coupling, (T,) each."""
    envelopes, turn = found.envelopes, 1j * model.omega_d
    energy_rate = model.omega_a / 2 * rate[:, 2]
    # d rho/dt of the laboratory frame, in the turning one: the frame's turning is undone
    drive_part = _on_plus(envelopes, rate) + _on_plus(turn * envelopes, bloch)
    power = _on_plus(_laboratory_slope(model, times), bloch)
    exchange, flow = (
        to_real(operator) for operator in (found.system.exchange, found.system.exchange_flow)
    )
    interaction = found.system.coupling * (found.rates @ exchange)
    # pure dephasing lets coherences decay, damping at kappa those of a besides
    system, decay = found.system, model.coherence_decay
    driven, joint = _on_plus(envelopes, bloch), system.coupling * (found.states @ exchange)
    growth = model.trace_growth
    of_reduced = growth * (model.omega_a / 2 * bloch[:, 2] + driven) - decay * driven
    of_interaction = (growth - decay - system.linewidth / 2) * joint
    return {
        "J_energy_rate": energy_rate,
        "J_reduced": energy_rate + drive_part,
        "J_composite": energy_rate + drive_part + interaction,
        "J_laboratory": energy_rate - power,
        "coupling_flow": 2 * model.omega_a * found.system.coupling * (found.states @ flow),
        "power": power,
        "dissipated_reduced": of_reduced,
        "dissipated_composite": of_reduced + of_interaction,
    }


def _laboratory_slope(model: Parameters, times: FloatArray) -> ComplexArray:
    """Return de/dt of the laboratory frame, turned: of 2 Omega sin(w_d t), or of its half."""
    slope = np.full(len(times), model.omega_d * model.Omega, dtype=complex)
    if model.drive == "full":
        slope = slope * (1 + np.exp(2j * model.omega_d * times))
    return slope


def _on_plus(envelopes: ComplexArray, bloch: FloatArray) -> FloatArray:
    """Return <[e sigma_+ + h.c.]/2> of Bloch vectors (T, 3)."""
    return (envelopes.real * bloch[:, 0] - envelopes.imag * bloch[:, 1]) / 2
