"""What the papers' models have in common: frozen parameters, and datasets with names and units."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from cqed_battery.device.section import Section
from cqed_battery.operators import FloatArray


class PaperModel(Section):
    """The parameters of a paper's model; `simulate` computes it.

    Energies and rates are in the paper's own unit, times in its inverse. A wrong value or an
    unknown name raises ExperimentError when the object is built.
    """

    section_name: ClassVar[str] = "model"

    @abstractmethod
    def simulate(self, times: FloatArray) -> xr.Dataset:
        """Return the model's quantities at the given times, increasing from 0, by name.

        Args:
            times: in the inverse of the model's unit of energy, (T,).
        """

    def replace(self, changes: Mapping[str, Any]) -> Self:
        """Return the model with some parameters changed and all checked again.

        Args:
            changes: new values by the name of the parameter.

        Raises:
            ExperimentError: a name is unknown, or a value is refused.
        """
        return type(self)(**{**self.model_dump(), **changes})


def coordinate(name: str, values: ArrayLike, long_name: str, units: str = "1") -> xr.DataArray:
    """Return the values (N,) of a dimension, with what they are called and their unit.

    Args:
        name: of the dimension.
        values: along it, (N,).
        long_name: what a plot writes.
        units: what a plot writes behind it; "1" without a dimension.
    """
    return xr.DataArray(
        np.asarray(values), dims=name, name=name, attrs={"long_name": long_name, "units": units}
    )


def dataset(
    values: Mapping[str, object],
    words: Mapping[str, tuple[str, str]],
    coordinates: Sequence[xr.DataArray],
) -> xr.Dataset:
    """Return quantities as a dataset.

    Args:
        values: numbers or arrays by name, each over the first of the coordinates' dimensions.
        words: long name and unit of each, by the same name.
        coordinates: of all dimensions, in the order of the arrays' axes.
    """
    dims = tuple(str(one.name) for one in coordinates)
    variables = {}
    for name, value in values.items():
        array, (long_name, units) = np.asarray(value), words[name]
        attrs = {"long_name": long_name, "units": units}
        variables[name] = (dims[: array.ndim], array, attrs)
    return xr.Dataset(variables, coords={one.name: one.variable for one in coordinates})
