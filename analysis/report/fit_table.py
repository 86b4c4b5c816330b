"""The global fit on the page: whether it is believed, and its parameters."""

from collections.abc import Mapping
from typing import Any

from analysis.report.tables import Table
from analysis.report.wording import sentence, setting_text, with_interval

__all__ = ["fit_statement", "fit_table"]


def fit_statement(results: Mapping[str, Any]) -> str:
    """Return the fit's own sentence, empty where no fit was made."""
    block = results.get("global_fit")
    return sentence(str(block["statement"])) if block else ""


def fit_table(results: Mapping[str, Any]) -> Table | None:
    """Return the fitted parameters beside the experiment file's, None without a fit."""
    parameters = (results.get("global_fit") or {}).get("parameters")
    if not parameters:
        return None
    rows = tuple(_row(parameter) for parameter in parameters)
    head = ("parameter", "fitted", "95 % interval", "unit", "file says", "prior")
    return Table(title="Fitted device", head=head, rows=rows)


def _row(parameter: Mapping[str, Any]) -> tuple[str, ...]:
    name = str(parameter["name"])
    value, interval = with_interval(parameter["value"], parameter["ci_low"], parameter["ci_high"])
    prior = parameter.get("prior")
    return (
        _words(name),
        value,
        interval,
        "" if parameter["unit"] == "1" else str(parameter["unit"]),
        setting_text(name, float(f"{parameter['file']:.6g}"))[1],
        "flat" if prior is None else f"± {prior[1]:.3g}",
    )


def _words(name: str) -> str:
    """Return a parameter's name as words, without section and unit."""
    bare = name.rpartition(".")[2]
    for unit in ("_MHz", "_GHz", "_rad"):
        bare = bare.removesuffix(unit)
    named = {
        "g_on": "coupling g",
        "p1_given_0": "P(1|0)",
        "p0_given_1": "P(0|1)",
        "linewidth": "resonator linewidth",
    }
    return named.get(bare, bare.replace("_", " "))
