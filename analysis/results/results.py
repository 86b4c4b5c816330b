"""Results that show and plot themselves, typed beside the plain content that JSON holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from analysis.observations import ALL_THREE, OBSERVATIONS
from analysis.results.blocks import (
    CURVES,
    ArmResults,
    Check,
    ExtractionResults,
    GlobalFitResults,
    QutritResults,
    SweptAxis,
    VacuumFidelity,
    Verdict,
    swept_axis,
)
from analysis.results.estimates import UNITS, Quantity, floats, read_typed
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.html_table import html_table

if TYPE_CHECKING:
    import xarray as xr

    from analysis.report.figures.plots import DrawnAxes, GivenAxes
    from cqed_battery.operators import FloatArray

T = TypeVar("T")
_HEADERS = ("observation", "outcome", "number", "95 % interval")
_PARTS = {"value": "", "std": "_std", "ci_low": "_low", "ci_high": "_high"}
_WORDS = {"std": ", standard error", "ci_low": ", 95 % low", "ci_high": ", 95 % high"}


class ResultsError(CqedBatteryError):
    """A file or a content is not that of this tool's results."""


def _typed(read: Callable[[Any], T]) -> cached_property[T]:
    """Make a typed part of a content, read when it is first asked for.

    Raises:
        ResultsError: the content lacks it, or holds something else in its place.
    """

    def part(self: Any) -> T:
        """Return the typed part; what cannot be read is refused with its place."""
        try:
            return read(self)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            reason = f"{place}: {first['msg']}".removeprefix(": ")
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}"
        raise ResultsError(f"the results lack or distort {read.__name__} ({reason})")

    part.__doc__ = read.__doc__
    return cached_property(part)


@dataclass(frozen=True, eq=False, repr=False)
class Content(Mapping[str, Any]):
    """The content of a JSON file, indexed like the dictionary that it is, and not changed.

    Args:
        content: plain values.
    """

    content: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, key: str) -> Any:
        return self.content[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.content)

    def __len__(self) -> int:
        return len(self.content)

    def __reduce__(self) -> tuple[type, tuple[Mapping[str, Any]]]:
        return type(self), (self.content,)

    def to_dict(self) -> dict[str, Any]:
        """Return a copy of the content as plain values for JSON, which may be changed."""
        return deepcopy(dict(self.content))


@dataclass(frozen=True, eq=False, repr=False)
class Results(Content):
    """What `analyse` learnt: the content of results.json, its keys as docs/files.md lists them.

    Its attributes are the same content with arrays and types: `results.verdict.heat.outcome` is
    `results["verdict"]["heat_current_negative"]["outcome"]`, and
    `results.arms["control"].ergotropy.value` an array, (T,).
    """

    @_typed
    def title(self) -> str:
        """The experiment's title."""
        return str(self["title"])

    @_typed
    def kind(self) -> str:
        """Where the counts come from: "emulated" or "laboratory"."""
        return str(self["kind"])

    @_typed
    def seed(self) -> int:
        """The seed of the counts and of the analysis."""
        return int(self["seed"])

    @_typed
    def times(self) -> FloatArray:
        """Charging times in ns, (T,); all the same where amplitude or detuning is swept."""
        return floats(self["times"])

    @_typed
    def axis(self) -> SweptAxis:
        """What the charging settings sweep: times, unless the experiment file names another."""
        return swept_axis(self)

    @_typed
    def arms(self) -> Mapping[str, ArmResults]:
        """The arms by name, "catalysed" first, and "control" where there is one."""
        return MappingProxyType(read_typed(dict[str, ArmResults], self["arms"]))

    @_typed
    def global_fit(self) -> GlobalFitResults | None:
        """The device fitted to all counts, None where no fit was asked for."""
        block = self.get("global_fit")
        return None if block is None else read_typed(GlobalFitResults, block)

    @_typed
    def vacuum_fidelity(self) -> VacuumFidelity | None:
        """The resonator's fidelity with the vacuum, None where it was not measured."""
        block = self["vacuum_fidelity"]
        return None if block is None else read_typed(VacuumFidelity, block)

    @_typed
    def sum_rule_bound(self) -> Quantity | None:
        """The bound F >= 1 - n at the last time from the battery's data alone, ().

        None where the resonator is driven: then the battery's data imply none.
        """
        block = self["sum_rule_bound"]
        return None if block is None else read_typed(Quantity, block)

    @_typed
    def extraction(self) -> ExtractionResults | None:
        """The work that the extraction pulses took out, None where there is no extraction."""
        block = self.get("extraction")
        return None if block is None else read_typed(ExtractionResults, block)

    @_typed
    def qutrit(self) -> Mapping[str, QutritResults] | None:
        """Three levels of each arm by name, None where they were not measured."""
        block = self.get("qutrit")
        return None if block is None else read_typed(dict[str, QutritResults], block)

    @_typed
    def checks(self) -> Mapping[str, Check]:
        """The checks of the pipeline by name."""
        return MappingProxyType({name: Check.of(**block) for name, block in self["checks"].items()})

    @_typed
    def verdict(self) -> Verdict:
        """The three observations and their conjunction."""
        return read_typed(Verdict, self["verdict"])

    def to_xarray(self) -> xr.Dataset:
        """Return every curve with dims (arm, time) or (arm, time, component), units and name.

        Another axis than time has its own dim. Beside `ergotropy` and the others stand
        `ergotropy_std`, `_low` and `_high`: standard error and 95 % interval.
        """
        import xarray as xr

        from cqed_battery.files.labels import labelled

        axis = self.axis
        coords = {
            "arm": list(self.arms),
            axis.dim: (axis.dim, axis.values, {"units": axis.units, "long_name": axis.title}),
            "component": ["x", "y", "z"],
        }
        attrs = {key: self[key] for key in ("title", "kind", "seed", "sign_convention")}
        return labelled(xr.Dataset(dict(_variables(self.arms, axis.dim)), coords, attrs))

    def plot(self, axes: GivenAxes | None = None) -> DrawnAxes:
        """Draw z, ergotropy, heat current and heat integral of every arm with 95 % bands.

        Args:
            axes: four matplotlib axes to draw into, by default new ones.

        Returns:
            The axes, (4,).

        Raises:
            ValueError: another number of axes was given.
        """
        from analysis.report.figures.plots import plot_curves

        return plot_curves(self, axes)

    def __repr__(self) -> str:
        rows = (
            f"{name}: {outcome}" + (f", {number} ({interval})" if number != "-" else "")
            for name, outcome, number, interval in self._rows()
        )
        return "\n".join([self._heading(), *rows])

    def _repr_html_(self) -> str:
        notes = [str(entry["statement"]) for entry in self.get("verdict", {}).values()]
        return html_table(self._heading(), _HEADERS, self._rows(), notes)

    def _heading(self) -> str:
        times, arms = len(self.get("times", ())), " and ".join(self.get("arms", ()))
        what = {"time": "times"}.get(self.get("axis", {}).get("name", "time"), "charging settings")
        kind, title = self.get("kind", "?"), self.get("title", "?")
        return f"Results of {title!r} ({kind}): {times} {what}, {arms}"

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        for observation in (*OBSERVATIONS, ALL_THREE):
            if entry := self.get("verdict", {}).get(observation.key):
                shown = _number(entry["value"])
                interval = f"{_number(entry['ci_low'])} to {_number(entry['ci_high'])}"
                outcome = str(entry["outcome"])
                yield observation.label, outcome, shown, interval if shown != "-" else "-"


@dataclass(frozen=True, eq=False, repr=False)
class DesignResults(Content):
    """What `design` found: the content of design.json, the best points first."""

    @_typed
    def statement(self) -> str:
        """Whether a point meets all three observations, in a sentence."""
        return str(self["statement"])

    @_typed
    def all_three(self) -> bool:
        """Whether the best point meets all three observations."""
        return bool(self[ALL_THREE.key])

    @_typed
    def best(self) -> tuple[Mapping[str, Any], ...]:
        """The best points, each with its numbers by name and its `values` by key of the file."""
        return tuple(MappingProxyType(point) for point in self["best"])

    def plot(self, axes: GivenAxes | None = None) -> DrawnAxes:
        """Draw the best points' ergotropy gain over their vacuum fidelity; return axes, (1,)."""
        from analysis.report.figures.plots import plot_points

        return plot_points(self.get("best", []), axes)

    def __repr__(self) -> str:
        lines = [f"Design: {self.get('statement', '?')}"]
        return "\n".join([*lines, *(", ".join(row) for row in self._rows())])

    def _repr_html_(self) -> str:
        headers = ("point", "gain late (hbar w_q)", "F", "hours")
        return html_table(f"Design: {self.get('statement', '?')}", headers, self._rows())

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for rank, entry in enumerate(self.get("best", []), 1):
            names = ("late_gain", "fidelity", "hours")
            yield f"point {rank}", *(_number(entry[name]) for name in names)


def _variables(arms: Mapping[str, ArmResults], dim: str) -> Iterator[tuple[str, Any]]:
    for name in CURVES:
        units = UNITS["power"] if name == "energy_rate" else UNITS[name]
        dims = ("arm", dim, "component") if name == "bloch" else ("arm", dim)
        words = "Bloch vector" if name == "bloch" else name.replace("_", " ")
        for part, suffix in _PARTS.items():
            values = [getattr(getattr(arm, name), part) for arm in arms.values()]
            attrs = {"units": units, "long_name": words + _WORDS.get(part, "")}
            yield name + suffix, (dims, values, attrs)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
