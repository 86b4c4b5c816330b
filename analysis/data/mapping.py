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

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from analysis.data.counts import LABELS, NANOSECONDS, read_utf8, spelled
from cqed_battery.errors import explain_unknown_key, join_words, show_value
from cqed_battery.experiment.file import parse
from cqed_battery.files.datasets import DatasetError

TIME_DIMS = ("time", "exchange_time")
VARIABLES = {
    "counts": ("arm", "time", "basis", "outcome"),
    "calibration_counts": ("prepared", "outcome"),
    "vacuum_counts": ("pulse", "exchange_time", "outcome"),
}
"""The variables of a dataset and their dims."""

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


@dataclass(frozen=True)
class LabNames:
    """Another laboratory's names; a name that is not given is ours.

    Args:
        variables, dims, coords, columns: their name for each of ours.
        units: "ns", "us" or "s" for time and exchange_time.
        labels: for each dim, our label for each of theirs.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    dims: Mapping[str, str] = field(default_factory=dict)
    coords: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a mapping file.

        Raises:
            DatasetError: the file cannot be read, or a section, key or label is unknown.
            ExperimentError: the file is not TOML.
        """
        source = str(path)
        sections = parse(read_utf8(Path(path), "mapping file"), source)
        _check_keys("", sections, {"": tuple(_KEYS), **_KEYS}, source)
        for section, entries in sections.items():
            if not isinstance(entries, dict):
                raise DatasetError(
                    f"{source}: {section} must be a table, [{section}], but is"
                    f" {show_value(entries)}"
                )
            _check_keys(section, entries, {"": tuple(_KEYS), **_KEYS}, source)
        labels = sections.pop("labels", {})
        return cls(
            **{name: _texts(name, entries, source) for name, entries in sections.items()},
            labels={dim: _labels(dim, entries, source) for dim, entries in labels.items()},
        )

    def column(self, name: str) -> str:
        """Return the laboratory's name of a column."""
        return self.columns.get(name, name)


def _check_keys(
    section: str, entries: Mapping[str, Any], known: Mapping[str, Collection[str]], source: str
) -> None:
    for key in entries:
        if key not in known[section]:
            raise DatasetError(f"{source}: {explain_unknown_key(section, key, known)}")


def _texts(section: str, entries: Mapping[str, Any], source: str) -> dict[str, str]:
    for key, value in entries.items():
        if section == "units" and value not in NANOSECONDS:
            units = join_words([f'"{unit}"' for unit in NANOSECONDS], "or")
            raise DatasetError(f"{source}: units.{key} must be {units}, but is {show_value(value)}")
        if not isinstance(value, str) or not value:
            raise DatasetError(
                f"{source}: {section}.{key} must be a name in quotes, but is {show_value(value)}"
            )
    return dict(entries)


def _labels(dim: str, entries: object, source: str) -> dict[str, str]:
    """Return our label for each of theirs, theirs as `spelled`."""
    if not isinstance(entries, dict):
        raise DatasetError(
            f"{source}: labels.{dim} must be a table, [labels.{dim}], but is {show_value(entries)}"
        )
    known = TABLE_ARMS if dim == "arm" else LABELS[dim]
    for theirs, ours in entries.items():
        if spelled(ours) not in known:
            raise DatasetError(
                f"{source}: labels.{dim}.{theirs} must be {join_words(known, 'or')}, but is"
                f" {show_value(ours)}"
            )
    return {spelled(theirs): spelled(ours) for theirs, ours in entries.items()}
