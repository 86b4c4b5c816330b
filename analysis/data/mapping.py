"""How another laboratory names things, in a small TOML file.

Names are given ours = "theirs", labels theirs = "ours". All of it is optional:

    [variables]                # netCDF: counts, calibration_counts, vacuum_counts,
                               #         extraction_counts, qutrit_counts
    counts = "n_counts"
    [dims]                     # netCDF: arm, time, basis, outcome, prepared, pulse, exchange_time,
                               #         extraction_time, reading, qutrit_time, rotation
    arm = "configuration"
    [coords]                   # netCDF: coordinates that are not named like their dim
    time = "charge_duration"
    [columns]                  # table: arm, time_ns, basis, outcome, count, prepared, pulse,
    time_ns = "t_us"           #        exchange_time_ns, reading, rotation
    [units]                    # of time and exchange_time: "ns", "us" or "s"; of population and
    time = "us"                #        amplitude: "1" or "percent"; of detuning: "Hz" to "GHz"
    [labels.arm]               # also labels.basis, .outcome, .prepared, .pulse, .reading, .rotation
    with_resonator = "catalysed"
    [constants]                # table: what the file has no column for
    basis = "z"
    [wide.n_up]                # table: a column of values, and the labels that it stands for
    outcome = 1
    [data]
    kind = "populations"       # what the values are, see `analysis.data.kinds`
    group = "run_7"            # netCDF, HDF5: the group that is read
    excited = -1               # what an expectation value is in level 1: 1 or -1
    axis = "amplitude"         # what the charging settings sweep, as charging.axis; an experiment
                               # file says it, too

Where that is an amplitude or a detuning, a column amplitude or detuning_MHz stands for time_ns, and
a dim amplitude or detuning for time.

Labels are compared without blanks around them and in small letters.
"""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from analysis.data.counts import LABELS, read_utf8, spelled
from analysis.data.our_names import KEYS, TABLE_ARMS, UNITS
from cqed_battery.errors import explain_unknown_key, join_words, show_key, show_value
from cqed_battery.experiment.axis import AxisName, ChargingAxis
from cqed_battery.experiment.file import parse
from cqed_battery.files.datasets import DatasetError

Kind = Literal["counts", "shots", "populations", "expectations", "iq", "soft-iq", "averaged-iq"]
"""What the values of a file are; one file of `analysis.data.kinds` for each."""

Unit = Literal["ns", "us", "s", "1", "percent", "Hz", "kHz", "MHz", "GHz"]


def _key_of(section: str) -> AfterValidator:
    def check(key: str) -> str:
        if key not in KEYS[section]:
            raise ValueError(explain_unknown_key(section, key, {"": tuple(KEYS), **KEYS}))
        return key

    return AfterValidator(check)


_Name = Annotated[str, Field(min_length=1)]
_Label = Annotated[str, BeforeValidator(spelled)]


class DataOptions(BaseModel):
    """What a file holds as a whole: kind of its values, group, sign, and what is swept."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Kind | None = None
    group: _Name | None = None
    excited: Literal[1, -1] | None = None
    axis: AxisName | None = None


class LabNames(BaseModel):
    """Another laboratory's names; a name that is not given is ours.

    Args:
        variables, dims, coords, columns: their name for each of ours.
        units: "ns", "us" or "s" for time and exchange_time, "1" or "percent" for population and
            amplitude, "Hz", "kHz", "MHz" or "GHz" for detuning.
        labels: for each dim, our label for each of theirs; kept without blanks around them and in
            small letters.
        constants: what all rows of a table have in common, by our name of the column.
        wide: for each of their columns of values, the labels that it stands for.
        data: what the values are, and where they are found.

    Raises:
        DatasetError: a section, key, unit or label is unknown, or a name is no text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    variables: dict[Annotated[str, _key_of("variables")], _Name] = {}
    dims: dict[Annotated[str, _key_of("dims")], _Name] = {}
    coords: dict[Annotated[str, _key_of("coords")], _Name] = {}
    columns: dict[Annotated[str, _key_of("columns")], _Name] = {}
    units: dict[Annotated[str, _key_of("units")], Unit] = {}
    labels: dict[Annotated[str, _key_of("labels")], dict[_Label, _Label]] = {}
    constants: dict[Annotated[str, _key_of("constants")], _Label] = {}
    wide: dict[_Name, dict[Annotated[str, _key_of("wide")], _Label]] = {}
    data: DataOptions = DataOptions()

    def __init__(self, /, **sections: Any) -> None:
        for dim, entries in _tables(sections.get("labels")):
            _refuse_same_labels(dim, entries)
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
                        f"labels.{dim}.{show_key(theirs)} must be {join_words(known, 'or')}, but is"
                        f" {show_value(ours)}"
                    )
        return labels

    @field_validator("units")
    @classmethod
    def _check_units(cls, units: dict[str, str]) -> dict[str, str]:
        for name, unit in units.items():
            if unit not in UNITS[name]:
                raise ValueError(f"units.{name} must be {_quoted(name)}, but is {show_value(unit)}")
        return units

    @field_validator("variables", "columns")
    @classmethod
    def _check_apart(cls, names: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        theirs = list(names.values())
        for name in theirs:
            if theirs.count(name) > 1:
                ours = [key for key, value in names.items() if value == name]
                raise ValueError(
                    f"{info.field_name} must give each of their names once, but"
                    f" {join_words(ours, 'and')} are both {show_value(name)}"
                )
        return names

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

    def sweeping(self, axis: ChargingAxis) -> Self:
        """Return the names for data of an experiment that sweeps an axis.

        Args:
            axis: as the experiment file has it.

        Raises:
            DatasetError: the mapping names another one.
        """
        if self.data.axis not in (None, axis.name):
            raise DatasetError(
                f'the mapping says data.axis = "{self.data.axis}", but the experiment file'
                f' charging.axis = "{axis.name}": change the one or the other'
            )
        return self._with(axis=axis.name)

    def of_kind(self, kind: str | None) -> Self:
        """Return the names for data of a kind; None leaves it as the file says.

        Raises:
            DatasetError: there is no such kind.
        """
        if kind is None:
            return self
        if kind not in get_args(Kind):
            known = join_words(get_args(Kind), "or")
            raise DatasetError(f"`kind` must be {known}, but is {show_value(kind)}")
        return self._with(kind=kind)

    def in_group(self, group: str | None) -> Self:
        """Return the names for another group of a file.

        Args:
            group: its name, None for the root.
        """
        return self._with(group=group)

    def _with(self, **changes: str | None) -> Self:
        options = self.data.model_dump() | changes
        return type(self)(**{**self.model_dump(exclude={"data"}), "data": options})


def as_names(given: LabNames | Mapping[str, Any] | str | PathLike[str] | None) -> LabNames:
    """Return names as they are, or those of a mapping file or of its content.

    Args:
        given: names, the path of a mapping file, its sections, or None for ours.

    Raises:
        DatasetError: the mapping is refused.
    """
    if given is None or isinstance(given, LabNames):
        return given or LabNames()
    return LabNames(**given) if isinstance(given, Mapping) else LabNames.from_toml(Path(given))


def _tables(section: object) -> list[tuple[str, Mapping[Any, Any]]]:
    if not isinstance(section, Mapping):
        return []
    return [(str(key), entry) for key, entry in section.items() if isinstance(entry, Mapping)]


def _refuse_same_labels(dim: str, entries: Mapping[Any, Any]) -> None:
    """Refuse labels that are one once they are spelled alike, but stand for two of ours."""
    kept: dict[str, str] = {}
    for theirs, ours in entries.items():
        if kept.setdefault(spelled(theirs), spelled(ours)) != spelled(ours):
            raise DatasetError(
                f"labels.{dim} must name each of their labels once, but has"
                f" {show_value(spelled(theirs))} twice, without blanks and in small letters"
            )


def _quoted(name: str) -> str:
    return join_words([f'"{unit}"' for unit in UNITS[name]], "or")


def _explain(error: ValidationError) -> str:
    """Turn the first of pydantic's errors into a sentence, as `Section` does for an experiment."""
    problem = error.errors(include_url=False)[0]
    section, *below = map(str, problem["loc"])
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    if section not in KEYS or problem["type"] == "extra_forbidden":
        place, key = ("", section) if section not in KEYS else (section, below[-1])
        said = explain_unknown_key(place, key, {"": tuple(KEYS), **KEYS})
        return said.replace("an experiment has", "a mapping file has")
    place, was = ".".join([section, *below]).removesuffix(".[key]"), show_value(problem["input"])
    if problem["type"] in ("dict_type", "model_type"):
        return f"{place} must be a table, [{place}], but is {was}"
    must = "a name in quotes"
    if section == "units":
        must = _quoted(below[0]) if below[0] in UNITS else must
    elif problem["type"] == "literal_error":
        must = str(problem["ctx"]["expected"]).replace("'", '"')
    return f"{place} must be {must}, but is {was}"
