"""The driven charger and battery in nonequilibrium fermion reservoirs (Wang, Yu, Wang).

Energies, rates, temperatures and chemical potentials are in units of lambda where that is 1,
times in 1/lambda; potentials count from the drive's frequency, as Eq. 5 has it.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import xarray as xr
from pydantic import Field
from scipy.linalg import expm

from analysis.papers.wang.equations import (
    Equation,
    LindbladRates,
    Reservoir,
    generator,
    hamiltonian,
)
from analysis.papers.wang.quantities import LEVELS, coordinates, quantities, with_power
from cqed_battery.dynamics.hermitian import from_real, to_real
from cqed_battery.errors import CqedBatteryError
from cqed_battery.operators import ComplexArray, FloatArray
from cqed_battery.theory import redfield
from cqed_battery.theory.paper_model import PaperModel

LONG = 20000.0
"""The time, in 1/lambda, after which the paper takes the state for the steady one."""


class Wang(PaperModel):
    """The model of Wang et al.; `sweep` computes steady states or states at one time in maps."""

    section_name: ClassVar[str] = "wang"

    coupling: float = Field(default=1.0, ge=0, description="lambda, the unit of energy")
    drive: float = Field(default=0.5, ge=0, description="F, the drive on the charger, in lambda")
    detuning: float = Field(
        default=0.0, description="Delta = Delta_1 - Delta_2, charger less battery, in lambda"
    )
    mean_detuning: float = Field(
        default=0.0, description="both frequencies less the drive's, in lambda, besides Delta"
    )
    detuning_split: Literal["half each", "charger only", "battery only"] = Field(
        default="half each", description="who is detuned from the drive: +-Delta/2, or one alone"
    )
    mean_potential: float = Field(
        default=0.0, description="(mu_1 + mu_2)/2, from the drive's frequency, in lambda"
    )
    potential_difference: float = Field(
        default=0.0, description="Delta mu of the two reservoirs, in lambda"
    )
    difference_sign: Literal["charger less battery", "battery less charger"] = Field(
        default="charger less battery", description="Delta mu is mu_1 - mu_2, or mu_2 - mu_1"
    )
    temperature: float = Field(
        default=1.0, gt=0, description="(T_1 + T_2)/2 of the reservoirs, in lambda"
    )
    temperature_difference: float = Field(default=0.0, description="T_1 - T_2, in lambda")
    charger_damping: float = Field(default=0.1, ge=0, description="alpha_1 of J, no unit")
    battery_damping: float = Field(default=0.1, ge=0, description="alpha_2 of J, no unit")
    cutoff_frequency: float = Field(default=5.0, gt=0, description="omega_c of J, in lambda")
    equation: Equation = Field(
        default="redfield",
        description="redfield takes the energy-lowering part of sigma_-; raising reads Eq. 10 "
        "literally; as printed is Eqs. 15-16; lindblad is Eq. 6",
    )
    secular_cutoff: float = Field(
        default=0.5,
        ge=0,
        description="largest difference of frequencies that partly secular keeps, in lambda",
    )
    lindblad_rates: LindbladRates = Field(
        default="J at omega, N at Delta",
        description="the frequencies where Eq. 6 takes J and N: in the drive's frame or not",
    )
    drive_frequency: float = Field(
        default=5.0, ge=0, description="omega_d, of which only Eq. 6 may know, in lambda"
    )
    start: Literal["gg", "ge", "eg", "ee"] = Field(
        default="gg", description="charger and battery at time 0"
    )

    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return all quantities at times >= 0 in 1/lambda, dimension "time"."""
        times = np.asarray(times, dtype=float)
        vectors = expm(self.liouvillian({}) * times[:, None, None]) @ self.first_state()
        return with_power(self._dataset(vectors, {"time": times}))

    def steady_state(self) -> xr.Dataset:
        """Return all quantities in the steady state, from the null space of the generator."""
        return self.sweep({})

    def sweep(self, axes: Mapping[str, FloatArray], time: float | None = None) -> xr.Dataset:
        """Return all quantities over the product of some parameters' values.

        Args:
            axes: values of numeric parameters by name; they become the dimensions in order.
            time: in 1/lambda; without it the steady state.

        Raises:
            ExperimentError: a value is out of bounds.
            CqedBatteryError: the steady state is not unique.
        """
        return self._dataset(self._vectors(axes, time), axes)

    def states(self, axes: Mapping[str, FloatArray], time: float | None = None) -> ComplexArray:
        """Return the states alone of `sweep`, (..., 4, 4), their Hermitian parts."""
        return from_real(self._vectors(axes, time).real)

    def largest_power(self, axes: Mapping[str, FloatArray], times: FloatArray) -> xr.DataArray:
        """Return the largest charging power E/tau (Sec. V) among times > 0, over `axes`."""
        matrix, start = self.liouvillian(axes), self.first_state()
        excited = to_real(np.diag([0.0, 1.0, 0.0, 1.0]).astype(complex))  # the battery's
        powers = [(expm(matrix * t) @ start - start).real @ excited / t for t in times]
        words = {"long_name": "largest charging power E/tau", "units": "hbar w lambda"}
        return xr.DataArray(np.max(powers, axis=0), coordinates(axes), attrs=words)

    def relaxation_rate(self, axes: Mapping[str, FloatArray]) -> xr.DataArray:
        """Return the slowest rate of decay to the steady state, in lambda, over `axes`."""
        rates = redfield.relaxation_rates(self.liouvillian(axes))
        words = {"long_name": "slowest relaxation rate", "units": "lambda"}
        return xr.DataArray(rates, coordinates(axes), attrs=words)

    def hermiticity_defect(self) -> float:
        """Return how far the generator takes a Hermitian matrix from being one, relative."""
        return float(redfield.hermiticity_defect(self._complex_generator({})))

    def liouvillian(self, axes: Mapping[str, FloatArray]) -> ComplexArray | FloatArray:
        """Return the generator on states as real vectors, (..., 16, 16), over `axes`.

        Args:
            axes: values of numeric parameters by name.
        """
        matrix = self._complex_generator(axes)
        return matrix if self.equation == "as printed" else redfield.as_real(matrix)

    def first_state(self) -> FloatArray:
        """Return the state at time 0 as a real vector, (16,)."""
        state = np.zeros((4, 4), dtype=complex)
        state[(LEVELS.index(self.start),) * 2] = 1.0
        return to_real(state)

    def _vectors(
        self, axes: Mapping[str, FloatArray], time: float | None
    ) -> ComplexArray | FloatArray:
        matrix = self.liouvillian(axes)
        if time is None:
            return redfield.steady_vectors(matrix)
        return np.asarray(expm(matrix * time) @ self.first_state())

    def _dataset(
        self, vectors: ComplexArray | FloatArray, axes: Mapping[str, FloatArray]
    ) -> xr.Dataset:
        found = quantities(vectors, axes, excited_start=self.start in ("ge", "ee"))
        return found.assign_attrs(equation=self.equation, potential_difference=self.difference_sign)

    def _complex_generator(self, axes: Mapping[str, FloatArray]) -> ComplexArray:
        at = self._values(axes)
        detunings, reservoirs = self._detunings(at), self._reservoirs(at)
        return generator(
            self.equation,
            hamiltonian(detunings, at["coupling"], at["drive"]),
            reservoirs,
            cutoff=self.secular_cutoff,
            lindblad_places=self._lindblad_places(detunings, at["drive_frequency"]),
        )

    def _values(self, axes: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
        """Return all numeric parameters with the shape of the map, checked."""
        given = {k: v for k, v in self.model_dump().items() if isinstance(v, float)}
        swept = [np.atleast_1d(np.asarray(axes[name], dtype=float)) for name in axes]
        for name, values in zip(axes, swept, strict=True):
            if name not in given or name == "secular_cutoff":
                raise CqedBatteryError(f"{name} cannot be swept: it is no numeric parameter")
            self.replace({name: float(values.min())}), self.replace({name: float(values.max())})
        grids = np.meshgrid(*swept, indexing="ij", sparse=True)
        full = {**given, **dict(zip(axes, grids, strict=True))}
        return dict(zip(full, np.broadcast_arrays(*full.values()), strict=True))

    def _detunings(self, at: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        first = {"half each": 0.5, "charger only": 1.0, "battery only": 0.0}[self.detuning_split]
        mean = at["mean_detuning"]
        return mean + first * at["detuning"], mean + (first - 1) * at["detuning"]

    def _reservoirs(self, at: Mapping[str, FloatArray]) -> tuple[Reservoir, Reservoir]:
        sign = 1.0 if self.difference_sign == "charger less battery" else -1.0
        potential = sign * at["potential_difference"] / 2
        hotter = at["temperature_difference"] / 2
        if np.any(np.abs(hotter) >= at["temperature"]):
            raise CqedBatteryError(
                "temperature_difference must be smaller than twice the temperature, or one "
                "reservoir has none above 0: make it smaller"
            )

        def reservoir(of: str, side: int) -> Reservoir:
            mean, temperature = at["mean_potential"], at["temperature"]
            potentials, temperatures = mean + side * potential, temperature + side * hotter
            return Reservoir(at[f"{of}_damping"], potentials, temperatures, at["cutoff_frequency"])

        return reservoir("charger", 1), reservoir("battery", -1)

    def _lindblad_places(
        self, detunings: tuple[FloatArray, FloatArray], drive: FloatArray
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Return where Eq. 6 takes J and N, for the charger's reservoir and the battery's."""
        density = 0.0 if self.lindblad_rates == "Delta" else drive
        filled = drive if self.lindblad_rates == "omega" else 0.0
        return [(detuning + density, detuning + filled) for detuning in detunings]


MODEL = Wang()
