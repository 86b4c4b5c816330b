"""How another laboratory names things, in a small TOML file.

Names are given ours = "theirs", labels theirs = "ours". All of it is optional:

    [variables]                # netCDF: counts, calibration_counts, vacuum_counts
    counts = "n_counts"
    [dims]                     # netCDF: arm, time, basis, outcome, prepared, pulse, exchange_time
    arm = "configuration"
    [coords]                   # netCDF: coordinates that are not named like their dim
    time = "charge_duration"
    [columns]                  # table: arm, time_ns, basis, outcome, count, prepared, pulse,
    time_ns = "t_us"           #        exchange_time_ns
    [units]                    # of time and exchange_time: "ns", "us" or "s"
    time = "us"
    [labels.arm]               # also labels.basis, .outcome, .prepared, .pulse
    with_resonator = "catalysed"

Labels are compared without blanks around them and in small letters.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from analysis.data.counts import LABELS, NANOSECONDS, VARIABLES, read_utf8, spelled
from cqed_battery.errors import explain_unknown_key, join_words, show_value
from cqed_battery.experiment.file import parse
from cqed_battery.files.datasets import DatasetError

TIME_DIMS = ("time", "exchange_time")

COLUMNS = (
    "arm",
    "time_ns",
    "basis",
    "outcome",
    "count",
    "prepared",
    "pulse",
    "exchange_time_ns",
)
"""The columns of a table, in the order in which `export` writes them."""

TABLE_ARMS = (*LABELS["arm"], "calibration", "vacuum")
"""What the column `arm` of a table may say."""

_DIMS = (*LABELS, *TIME_DIMS)
_KEYS: dict[str, Collection[str]] = {
    "variables": tuple(VARIABLES),
    "dims": _DIMS,
    "coords": _DIMS,
    "columns": COLUMNS,
    "units": TIME_DIMS,
    "labels": tuple(LABELS),
}


def _key_of(section: str) -> AfterValidator:
    def check(key: str) -> str:
        if key not in _KEYS[section]:
            raise ValueError(explain_unknown_key(section, key, {"": tuple(_KEYS), **_KEYS}))
        return key

    return AfterValidator(check)


_Name = Annotated[str, Field(min_length=1)]
_Label = Annotated[str, BeforeValidator(spelled)]


class LabNames(BaseModel):
    """Another laboratory's names; a name that is not given is ours.

    Args:
        variables, dims, coords, columns: their name for each of ours.
        units: "ns", "us" or "s" for time and exchange_time.
        labels: for each dim, our label for each of theirs; kept without blanks around them and in
            small letters.

    Raises:
        DatasetError: a section, key, unit or label is unknown, or a name is no text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    variables: dict[Annotated[str, _key_of("variables")], _Name] = {}
    dims: dict[Annotated[str, _key_of("dims")], _Name] = {}
    coords: dict[Annotated[str, _key_of("coords")], _Name] = {}
    columns: dict[Annotated[str, _key_of("columns")], _Name] = {}
    units: dict[Annotated[str, _key_of("units")], Literal["ns", "us", "s"]] = {}
    labels: dict[Annotated[str, _key_of("labels")], dict[_Label, _Label]] = {}

    def __init__(self, /, **sections: Any) -> None:
        try:
            super().__init__(**sections)
        except ValidationError as error:
            raise DatasetError(_explain(error)) from None

    @field_validator("labels")
    @classmethod
    def _check_labels(cls, labels: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        for dim, entries in labels.items():
            known = TABLE_ARMS if dim == "arm" else LABELS[dim]
            for theirs, ours in entries.items():
                if ours not in known:
                    raise ValueError(
                        f"labels.{dim}.{theirs} must be {join_words(known, 'or')}, but is"
                        f" {show_value(ours)}"
                    )
        return labels

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a mapping file.

        Raises:
            DatasetError: the file cannot be read, or a section, key or label is unknown.
            ExperimentError: the file is not TOML.
        """
        sections = parse(read_utf8(Path(path), "mapping file"), str(path))
        try:
            return cls(**sections)
        except DatasetError as error:
            raise DatasetError(f"{path}: {error}") from None

    def column(self, name: str) -> str:
        """Return the laboratory's name of a column."""
        return self.columns.get(name, name)


def _explain(error: ValidationError) -> str:
    """Turn the first of pydantic's errors into a sentence, as `Section` does for an experiment."""
    problem = error.errors(include_url=False)[0]
    section, *below = map(str, problem["loc"])
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    if section not in _KEYS:
        said = explain_unknown_key("", section, {"": tuple(_KEYS), **_KEYS})
        return said.replace("an experiment has", "a mapping file has")
    place, was = ".".join([section, *below]), show_value(problem["input"])
    if problem["type"] == "dict_type":
        return f"{place} must be a table, [{place}], but is {was}"
    must = "a name in quotes"
    if section == "units":
        must = join_words([f'"{unit}"' for unit in NANOSECONDS], "or")
    return f"{place} must be {must}, but is {was}"
