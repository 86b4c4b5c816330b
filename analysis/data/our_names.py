"""Our names of dims and columns, for which a laboratory may have its own, and what it may state."""

from collections.abc import Collection

from analysis.data.counts import ARM_OF, LABELS, MEASURED, NANOSECONDS, OTHER_UNITS, VARIABLES
from cqed_battery.experiment.axis import AXES

TIME_DIMS = tuple(dim for dims in VARIABLES.values() for dim in dims if dim not in LABELS)
"""Dims that are not counted by labels: charging, exchange, extraction and qutrit times."""

OWN_UNITS = ("time", "exchange_time")
"""Those whose unit a mapping gives; the others are charging times, too."""

OTHER_COLUMNS = {axis.column: axis.dim for axis in AXES.values() if axis.dim != "time"}
"""Columns that stand for time_ns where something else is swept, and their dims."""

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

AFTER_COLUMNS = tuple(column for column in MEASURED if column not in COLUMNS)
"""Columns that stand for basis in rows of an extraction and of three levels; `export` writes those
that it needs."""

VALUES = {
    "count_0": "how often outcome 0 was counted, in place of outcome and count",
    "count_1": "how often outcome 1 was",
    "count_2": "how often outcome 2 was",
    "population": "how often 1 was read, of all shots",
    "expectation": "mean of the outcomes' eigenvalues",
    "shots": "shots behind a mean",
    "std": "standard error of a mean",
    "I": "in-phase part of the readout signal",
    "Q": "its quadrature",
}
"""The columns of values beside the counts, and what they hold."""

TABLE_ARMS = (*LABELS["arm"], *ARM_OF.values())
"""What the column `arm` of a table may say."""

_DIMS = (*LABELS, *TIME_DIMS, *OTHER_COLUMNS.values())
_LABEL_COLUMNS = (*(name for name in COLUMNS if name != "count"), *OTHER_COLUMNS, *AFTER_COLUMNS)
KEYS: dict[str, Collection[str]] = {
    "variables": tuple(VARIABLES),
    "dims": _DIMS,
    "coords": _DIMS,
    "columns": (*COLUMNS, *OTHER_COLUMNS, *AFTER_COLUMNS, *VALUES),
    "units": (*OWN_UNITS, "population", *OTHER_COLUMNS.values()),
    "labels": tuple(LABELS),
    "constants": (*_LABEL_COLUMNS, "shots"),
    "wide": _LABEL_COLUMNS,
    "data": ("kind", "group", "excited", "axis"),
}
"""The keys of a mapping file, by section; 'data' says what the file holds as a whole."""

UNITS = {
    "population": ("1", "percent"),
    **dict.fromkeys(OWN_UNITS, tuple(NANOSECONDS)),
    **{dim: tuple(units) for dim, units in OTHER_UNITS.items()},
}
"""The units that a mapping file may give, by what has them."""
