"""Rodriguez et al. (2023): couplings, or the catalyst's splitting, that fluctuate in time."""

from itertools import pairwise
from typing import ClassVar, Literal

import numpy as np
import xarray as xr
from pydantic import Field

from analysis.papers.rodriguez.model import BareBattery, Charging, OscillatorCatalyst
from cqed_battery.operators import FloatArray
from cqed_battery.theory.gaussian import Moments, Oscillators, evolve, vacuum
from cqed_battery.theory.paper_model import coordinate, dataset

_WORDS = {
    "battery_energy": ("mean energy of the battery", "omega"),
    "standard_error": ("standard error of the mean", "omega"),
    "catalyst_energy": ("mean energy of the catalyst", "omega"),
}


class FluctuatingCouplings(Charging):
    """Couplings g (1 + strength x noise), constant over a correlation time and then new.

    The moments of every realisation are exact; what is returned are averages. With noise
    "splitting" it is omega_q that becomes omega (1 + strength x noise).
    """

    section_name: ClassVar[str] = "rodriguez"

    coupling: float = Field(default=0.2, gt=0, le=10, description="mean of all couplings")
    catalyst: bool = Field(default=True, description="oscillator catalyst, or bare battery")
    noise: Literal["common", "independent", "splitting"] = Field(
        default="common", description="one noise for both couplings, one each, or of omega_q"
    )
    strength: float = Field(default=0.3, ge=0, le=1, description="standard deviation, relative")
    correlation_time: float = Field(
        default=5.0, gt=0, le=1e4, description="how long a value stays, in 1/omega"
    )
    realisations: int = Field(default=80, ge=2, le=1000, description="how many are averaged")
    seed: int = Field(default=1, ge=0, description="of the noise")

    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return the battery's mean energy, its standard error and the catalyst's mean energy."""
        times = np.asarray(times, dtype=float)
        streams = np.random.SeedSequence(self.seed).spawn(self.realisations)
        runs = np.array([self._energies(times, np.random.default_rng(s)) for s in streams])
        mean, spread = runs.mean(axis=0), runs.std(axis=0, ddof=1)
        columns = {
            "battery_energy": mean[:, 1],
            "standard_error": spread[:, 1] / self.realisations**0.5,
        }
        if self.catalyst:
            columns["catalyst_energy"] = mean[:, 2]
        return dataset(columns, _WORDS, [coordinate("time", times, "time", "1/omega")])

    def _energies(self, times: FloatArray, rng: np.random.Generator) -> FloatArray:
        """Return the energies of all oscillators in one realisation, (time, oscillator)."""
        pieces = max(1, int(np.ceil(times[-1] / self.correlation_time)))
        now: Moments = vacuum(3 if self.catalyst else 2)
        energies = np.zeros((len(times), len(now.mean)))
        for start, end in pairwise(self.correlation_time * np.arange(pieces + 1)):
            inside = (times > start) & (times <= end)
            moments = evolve(self._draw(rng), now, np.append(times[inside], end) - start)
            energies[inside] = moments.energies()[:-1]
            now = Moments(moments.mean[-1], moments.number[-1], moments.anomalous[-1])
        return energies

    def _draw(self, rng: np.random.Generator) -> Oscillators:
        first, second = 1 + self.strength * rng.standard_normal(2)
        common = {name: getattr(self, name) for name in Charging.model_fields}
        if not self.catalyst:
            return BareBattery(**common, coupling=_positive(self.coupling * first)).oscillators
        if self.noise == "splitting":
            couplings, splitting = (self.coupling, self.coupling), _positive(first)
        else:
            second = first if self.noise == "common" else second
            couplings, splitting = (self.coupling * first, self.coupling * second), 1.0
        return OscillatorCatalyst(
            **common,
            charger_coupling=_positive(couplings[0]),
            battery_coupling=_positive(couplings[1]),
            splitting=splitting,
        ).oscillators


def _positive(value: float) -> float:
    """Return a value that the models accept; what lies at or below 0 becomes almost 0."""
    return max(value, 1e-12)
