"""Results that show and plot themselves: dictionaries of plain values, as JSON holds them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from cqed_battery.files.html_table import html_table

if TYPE_CHECKING:
    import xarray as xr

_OBSERVATIONS = {
    "heat_current_negative": "J < 0 early",
    "ergotropy_gain": "ergotropy above control",
    "vacuum_recovered": "resonator back in vacuum",
    "all_three": "all three together",
}
_HEADERS = ("observation", "outcome", "number", "95 % interval")
_CURVES = {
    "bloch": "1",
    "energy": "hbar w_q",
    "ergotropy": "hbar w_q",
    "energy_rate": "hbar w_q/ns",
    "power": "hbar w_q/ns",
    "heat_current": "hbar w_q/ns",
    "heat_integral": "hbar w_q",
}
_PARTS = {"value": "", "std": "_std", "ci_low": "_low", "ci_high": "_high"}
_WORDS = {"std": ", standard error", "ci_low": ", 95 % low", "ci_high": ", 95 % high"}


class _Shown(dict[str, Any]):
    """A dictionary whose copies are of its own kind."""

    def copy(self) -> Self:
        """Return a shallow copy."""
        return type(self)(self)


class Results(_Shown):
    """What `analyse` learnt: the content of results.json, its keys as docs/files.md lists them.

    `plot()` draws the curves, `to_xarray()` returns them with dims and units, and the verdict
    stands in `results["verdict"]`.
    """

    def to_xarray(self) -> xr.Dataset:
        """Return every curve with dims (arm, time) or (arm, time, component), units and name.

        Beside `ergotropy` and the others stand `ergotropy_std`, `_low` and `_high`: standard
        error and 95 % interval.
        """
        import xarray as xr

        from cqed_battery.files.labels import labelled

        arms = self["arms"]
        coords = {
            "arm": list(arms),
            "time": ("time", self["times"], {"units": "ns", "long_name": "charging time"}),
            "component": ["x", "y", "z"],
        }
        attrs = {key: self[key] for key in ("title", "kind", "seed", "sign_convention")}
        return labelled(xr.Dataset(dict(_variables(arms)), coords, attrs))

    def plot(self, axes: Any = None) -> Any:
        """Draw z, ergotropy, heat current and heat integral of every arm with 95 % bands.

        Args:
            axes: four matplotlib axes to draw into, by default new ones.

        Returns:
            The axes, (4,).
        """
        from analysis.report.plots import plot_curves

        return plot_curves(self.to_xarray(), axes)

    def __repr__(self) -> str:
        rows = (
            f"{name}: {outcome}" + (f", {number} ({interval})" if number != "-" else "")
            for name, outcome, number, interval in self._rows()
        )
        return "\n".join([self._title(), *rows])

    def _repr_html_(self) -> str:
        notes = [str(entry["statement"]) for entry in self.get("verdict", {}).values()]
        return html_table(self._title(), _HEADERS, self._rows(), notes)

    def _title(self) -> str:
        times, arms = len(self.get("times", ())), " and ".join(self.get("arms", ()))
        kind, title = self.get("kind", "?"), self.get("title", "?")
        return f"Results of {title!r} ({kind}): {times} times, {arms}"

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        for key, name in _OBSERVATIONS.items():
            if entry := self.get("verdict", {}).get(key):
                shown = _number(entry["value"])
                interval = f"{_number(entry['ci_low'])} to {_number(entry['ci_high'])}"
                yield name, str(entry["outcome"]), shown, interval if shown != "-" else "-"


class DesignResults(_Shown):
    """What `design` found: the content of design.json, the best points first."""

    def plot(self, axes: Any = None) -> Any:
        """Draw the best points' ergotropy gain over their vacuum fidelity; return the axes."""
        from analysis.report.plots import plot_points

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


def _variables(arms: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    first = next(iter(arms.values()))
    for name, units in _CURVES.items():
        if name not in first:
            continue
        dims = ("arm", "time", "component") if name == "bloch" else ("arm", "time")
        words = "Bloch vector" if name == "bloch" else name.replace("_", " ")
        for part, suffix in _PARTS.items():
            values = [arm[name][part] for arm in arms.values()]
            attrs = {"units": units, "long_name": words + _WORDS.get(part, "")}
            yield name + suffix, (dims, values, attrs)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
