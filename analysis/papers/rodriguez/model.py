"""Rodriguez et al. (2023): a laser-driven charger, a battery, and a catalyst between them.

H = omega (a'a + b'b) + omega_q q'q + g_aq (a q' + h.c.) + g_bq (b q' + h.c.) + F (a + a') in the
laser's rotating wave (Eq. 9), or a and b coupled directly (Eq. 1); loss of the charger, Eqs. 2
and 15. Energies and rates in units of omega, times in 1/omega, energies of states in quanta.
"""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal, TypeAlias

import numpy as np
import xarray as xr
from annotated_types import Ge, Le, Len
from pydantic import BeforeValidator, Field

from cqed_battery.device.section import as_tuple
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.theory.displaced import JoinedByQubit, quantities, snapshots
from cqed_battery.theory.gaussian import Moments, Oscillators, evolve, vacuum
from cqed_battery.theory.paper_model import PaperModel, coordinate, dataset

Coupling: TypeAlias = Annotated[float, Ge(0), Le(10)]
Couplings = Annotated[tuple[Coupling, ...], Len(1, 12), BeforeValidator(as_tuple)]

_WORDS = {
    "battery_energy": ("energy of the battery E_B", "omega"),
    "battery_ergotropy": ("ergotropy of the battery W_B", "omega"),
    "charger_energy": ("energy of the charger", "omega"),
    "catalyst_energy": ("energy of the catalyst E_C", "omega"),
    "plus_energy": ("energy of the super-mode C_+", "omega"),
    "minus_energy": ("energy of the super-mode C_-", "omega"),
    "qubit_purity": ("purity of the catalyst qubit", "1"),
    "total_correlation": ("sum of the entropies of the parts less that of the whole", "nat"),
    "cell_energy": ("energy of a cell", "omega"),
    "cell_ergotropy": ("ergotropy of a cell", "omega"),
}


def _over_time(
    times: FloatArray, values: dict[str, FloatArray], *others: xr.DataArray
) -> xr.Dataset:
    """Return named quantities, (time,) or over other coordinates besides, with their units."""
    return dataset(values, _WORDS, [coordinate("time", times, "time", "1/omega"), *others])


class Charging(PaperModel):
    """What all settings share: the laser on the charger, and the charger's loss."""

    section_name: ClassVar[str] = "rodriguez"

    drive: float = Field(default=0.1, ge=0, le=10, description="amplitude F of the laser")
    loss: float = Field(default=0.05, ge=0, le=10, description="loss rate gamma_a of the charger")
    occupation: float = Field(default=0.0, ge=0, le=20, description="N(T) of the environment")
    laser_detuning: float = Field(
        default=0.0, ge=-0.99, le=10, description="laser's frequency less that of the charger"
    )
    rate_convention: Literal["dissipator", "halved"] = Field(
        default="dissipator",
        description="the charger's amplitude decays at gamma/2 (Eq. 3, B1) or at half of that",
    )
    drive_sign: Literal["rotating", "as printed"] = Field(
        default="rotating",
        description="the laser's term rotates with the charger, or against it as in Eq. 1",
    )

    @property
    def detuning(self) -> float:
        """The charger's frequency in the frame in which the laser stands still."""
        if self.drive_sign == "rotating":
            return -self.laser_detuning
        return 2.0 + self.laser_detuning

    @property
    def rate_factor(self) -> float:
        """What the rates are multiplied with under the convention."""
        return 1.0 if self.rate_convention == "dissipator" else 0.5


class _OfOscillators(Charging):
    """A setting of oscillators only: charger first, battery second; exact moments."""

    @property
    @abstractmethod
    def oscillators(self) -> Oscillators:
        """The coupled oscillators in the laser's frame."""

    def moments(self, times: FloatArray) -> Moments:
        """Return the moments of all oscillators from the vacuum."""
        system = self.oscillators
        return evolve(system, vacuum(len(system.drive)), np.asarray(times, dtype=float))

    def _system(self, hamiltonian: ComplexArray, catalyst_loss: float = 0.0) -> Oscillators:
        count = len(hamiltonian)
        rates, drive = np.zeros(count), np.zeros(count, dtype=complex)
        rates[0], rates[-1] = self.rate_factor * self.loss, self.rate_factor * catalyst_loss
        drive[0] = self.drive
        return Oscillators(
            hamiltonian=hamiltonian,
            drive=drive,
            rates=rates,
            occupations=np.full(count, self.occupation),
        )


class BareBattery(_OfOscillators):
    """Charger and battery coupled directly (Eqs. 1-8, Figs. 3 and 4)."""

    coupling: float = Field(default=0.2, gt=0, le=10, description="coupling g")

    @property
    def oscillators(self) -> Oscillators:
        """Charger and battery in the laser's frame."""
        return self._system(_star(self.detuning, (self.coupling,), self.detuning))

    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return energies and ergotropy, super-modes (a +- b)/sqrt2 (Eq. 6) among them."""
        moments = self.moments(times)
        return _over_time(times, {**_stored(moments), **_supermodes(moments, (0.5**0.5, 0.5**0.5))})


class _Catalysed(Charging):
    charger_coupling: float = Field(default=0.2, gt=0, le=10, description="coupling g_aq")
    battery_coupling: float = Field(default=0.2, gt=0, le=10, description="coupling g_bq")
    splitting: float = Field(
        default=1.0, gt=0, le=100, description="energy splitting omega_q of the catalyst"
    )
    catalyst_loss: float = Field(
        default=0.0, ge=0, le=10, description="loss rate gamma_q of the catalyst"
    )


class OscillatorCatalyst(_Catalysed, _OfOscillators):
    """An oscillator between charger and battery (Eqs. 9-14, Appendix B)."""

    @property
    def oscillators(self) -> Oscillators:
        """Charger, battery and catalyst in the laser's frame."""
        couplings = (self.charger_coupling, self.battery_coupling)
        matrix = _star(self.detuning, couplings, self.detuning + self.splitting - 1.0)
        return self._system(matrix, self.catalyst_loss)

    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return energies, ergotropy and the super-modes of Eqs. 10 and 11."""
        moments = self.moments(times)
        total = np.hypot(self.charger_coupling, self.battery_coupling)
        angles = (self.charger_coupling / total, self.battery_coupling / total)
        catalyst = self.splitting * moments.energies()[:, 2]
        values = {**_stored(moments), "catalyst_energy": catalyst, **_supermodes(moments, angles)}
        return _over_time(times, values)


class QubitCatalyst(_Catalysed):
    """A qubit between charger and battery (Eq. 15, Figs. 6 and 7)."""

    qubit_operator: Literal["sigma_minus", "sigma_x - i sigma_y"] = Field(
        default="sigma_minus",
        description="q of Eq. 9; the second is 2 sigma_-, the splitting stays omega_q",
    )
    tolerance: float = Field(
        default=1e-4, ge=1e-9, le=1e-2, description="population allowed at the highest levels"
    )
    largest_photons: int = Field(
        default=42, ge=6, le=80, description="most photons of fluctuation that are tried"
    )

    @property
    def joined(self) -> JoinedByQubit:
        """The system in the laser's frame."""
        delta = self.detuning
        return JoinedByQubit(
            detunings=(delta, delta, delta + self.splitting - 1.0),
            couplings=(self.charger_coupling, self.battery_coupling),
            drive=self.drive,
            rates=(self.rate_factor * self.loss, self.rate_factor * self.catalyst_loss),
            occupation=self.occupation,
            scale=1.0 if self.qubit_operator == "sigma_minus" else 2.0,
        )

    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return energies, ergotropy, the qubit's purity and the parts' total correlation.

        Raises:
            CqedBatteryError: the fluctuations need more than `largest_photons`.
        """
        times = np.asarray(times, dtype=float)
        found = snapshots(
            self.joined, times, tolerance=self.tolerance, largest=self.largest_photons
        )
        rows = [(quantities(snapshot), snapshot.space.limit) for snapshot in found]
        columns = {name: np.array([row[name] for row, _ in rows]) for name in rows[0][0]}
        columns["catalyst_energy"] *= self.splitting
        return _over_time(times, columns).assign_attrs(photons_of_fluctuation=rows[-1][1])


class ManyCells(_OfOscillators):
    """Appendix A: several cells, joined to the charger by an oscillator catalyst or directly.

    A qubit instead joins the charger to one bright mode of the cells, so that QubitCatalyst with
    battery_coupling = (sum g_i^2)^(1/2) gives the sum over the cells.
    """

    charger_coupling: float = Field(default=0.2, gt=0, le=10, description="coupling g_0")
    couplings: Couplings = Field(default=(0.2,), description="couplings g_i of the cells")
    catalyst: bool = Field(default=True, description="whether the catalyst is there")

    @property
    def oscillators(self) -> Oscillators:
        """Charger, cells and, last, the catalyst in the laser's frame."""
        if self.catalyst:
            return self._system(
                _star(self.detuning, (self.charger_coupling, *self.couplings), self.detuning)
            )
        matrix = _star(self.detuning, self.couplings, self.detuning)
        return self._system(np.roll(matrix, (1, 1), axis=(0, 1)))

    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return energy and ergotropy of each cell, (time, cell), and the sum of energies."""
        moments, count = self.moments(times), len(self.couplings)
        energy = moments.energies()[:, 1 : 1 + count]
        values = {
            "battery_energy": energy.sum(axis=1),
            "cell_energy": energy,
            "cell_ergotropy": moments.ergotropies()[:, 1 : 1 + count],
        }
        return _over_time(times, values, coordinate("cell", np.arange(1, count + 1), "cell"))


def _star(detuning: float, couplings: tuple[float, ...], centre: float) -> ComplexArray:
    """Return h of outer oscillators at one detuning, each coupled to the last one, the centre."""
    matrix = np.diag([*(detuning for _ in couplings), centre]).astype(complex)
    matrix[:-1, -1] = matrix[-1, :-1] = couplings
    return matrix


def _stored(moments: Moments) -> dict[str, FloatArray]:
    energies, ergotropies = moments.energies(), moments.ergotropies()
    return {
        "battery_energy": energies[:, 1],
        "battery_ergotropy": ergotropies[:, 1],
        "charger_energy": energies[:, 0],
    }


def _supermodes(moments: Moments, angles: tuple[float, float]) -> dict[str, FloatArray]:
    """Return the photon numbers of sin a + cos b and cos a - sin b."""
    sine, cosine = angles
    means = moments.mean[:, :2]
    whole = moments.number[:, :2, :2] + means.conj()[:, :, None] * means[:, None, :]
    modes = {"plus_energy": (sine, cosine), "minus_energy": (cosine, -sine)}
    return {name: np.einsum("i,tij,j->t", v, whole, v).real for name, v in modes.items()}


MODEL = QubitCatalyst()
