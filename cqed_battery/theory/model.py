"""What the papers' models have in common: frozen parameters, and changes that are checked."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import xarray as xr

from cqed_battery.device.section import Section
from cqed_battery.operators import FloatArray


class Model(Section):
    """The parameters of a paper's model; `simulate` computes it.

    Energies and rates are in the paper's own unit, times in its inverse. A wrong value or an
    unknown name raises ExperimentError when the object is built.
    """

    section_name: ClassVar[str] = "model"

    @abstractmethod
    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return the model's quantities at the given times, increasing from 0, by name."""

    def replace(self, changes: Mapping[str, Any]) -> Self:
        """Return the model with some parameters changed and all checked again."""
        return type(self)(**{**self.model_dump(), **changes})
