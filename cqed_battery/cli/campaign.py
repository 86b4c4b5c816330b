"""The verb that analyses several runs together: campaign."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, verb
from cqed_battery.cli.shared.verdict import digits_for

_NUMBERS = ("number", "of", "value", "error", "pull")
_COMMON = ("parameter", "value", "error", "file", "unit", "")


@verb("Run and analyse")
def campaign(
    runs: Annotated[
        list[Path],
        typer.Argument(
            metavar="RUN...", help="Folders of runs, or datasets (netCDF).", show_default=False
        ),
    ],
    drifting: Annotated[
        list[str] | None,
        typer.Option(
            "--drifting",
            metavar="PARAMETER",
            help="What differs from run to run about a common value; may be given again.",
            show_default="drive.rabi_rate_MHz, transmon_detuning_MHz, transmon.t1_us",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="File to write (JSON).")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite FILE.")] = False,
) -> Answer:
    """Analyse several runs of one device together: days, cooldowns, drifts between.

    One device is fitted to all counts, with what drifts in each run. The claims
    are judged over all runs, and each run's pull says how far it lies apart.
    """
    import cqed_battery as cb

    found = cb.campaign(runs, drifting=drifting, out=out, force=force)
    return Answer(lambda: _words(found, out), found)


def _words(found: Mapping[str, Any], out: Path | None) -> str:
    lines = [_numbers(found["claims"]), "", _common(found), ""]
    for name, run in found["runs"].items():
        agreed = run["agreement"]
        lines.append(
            f"{name}: chi-square {agreed['chi_square']:.0f} of {agreed['degrees']} settings"
            f" (p = {agreed['p_value']:.2g})"
        )
    lines.append("")
    for claim in found["claims"].values():
        name, first = next(iter(claim.items()))
        lines.append(
            sentence(
                f"{name}: {first['statement']} (chi-square {first['chi2']:.1f} of"
                f" {first['degrees_of_freedom']}, p = {first['p_value']:.2g})."
            )
        )
    verdict = found["verdict"].values()
    lines += [sentence(f"{entry['outcome']}: {entry['statement']}") for entry in verdict]
    return "\n".join([*lines, *([] if out is None else [f"campaign: {out}"])])


def _numbers(claims: Mapping[str, Any]) -> str:
    rows = []
    for claim in claims.values():
        name, first = next(iter(claim.items()))
        rows.append((name, "all runs", *_with_error(first), ""))
        for run, part in first["runs"].items():
            rows.append(("", run, *_with_error(part), f"{part['pull']:+.1f}"))
    return table(_NUMBERS, rows, words=2, numbers=(2, 3, 4))


def _common(found: Mapping[str, Any]) -> str:
    rows = []
    for parameter in found["parameters"]:
        drifts, name = "drifts" if parameter["drifts"] else "shared", parameter["name"]
        known = f"{parameter['file']:.5g}", parameter["unit"], drifts
        rows.append((name, *_with_error(parameter), *known))
        for run, own in (found["runs"] if parameter["drifts"] else {}).items():
            rows.append((f"  {run}", *_with_error(own["parameters"][name]), "", "", ""))
    return table(_COMMON, rows, words=1, numbers=(1, 2, 3))


def _with_error(entry: Mapping[str, Any]) -> tuple[str, str]:
    """Write a value and its standard error to the same digit."""
    value, std = entry["value"], entry["std"]
    digits = digits_for(value - std, value + std)
    return f"{round(value, digits) + 0.0:.{digits}f}", f"{std:.{digits}f}"
