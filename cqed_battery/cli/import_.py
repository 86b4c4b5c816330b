"""The verb that takes in a laboratory's file: import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, verb
from cqed_battery.errors import CqedBatteryError

if TYPE_CHECKING:
    from analysis.data.summary import Summary

_FIELDS = ("column", "read as", "unit", "values")
_GROUPS = ("settings", "what", "shots each")


@verb("Run and analyse")
def import_(
    data: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="A laboratory's file: CSV, JSON, NPZ, netCDF, HDF5 of Labber, PycQED, Quantify.",
            show_default=False,
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="KIND",
            help="What the values are: counts, shots, populations, expectations, iq, soft-iq or"
            " averaged-iq.",
            show_default="what the columns tell",
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--mapping", metavar="FILE", help="The laboratory's names (TOML)."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="COUNTS.nc", help="Dataset of counts to write (netCDF)."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what is understood and missing; write nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite COUNTS.nc.")] = False,
) -> Answer:
    """Read a laboratory's file and write its counts, which analyse takes with --experiment.

    Says what each column is read as, how many shots each setting has, and what
    is missing. What cannot be known from the file is asked for, not guessed.
    """
    import cqed_battery as cb

    if (out is None) != dry_run:
        raise CqedBatteryError("give either --out, a file for the counts, or --dry-run")
    summary = cb.import_(data, kind, mapping=mapping, out=out, force=force, dry_run=dry_run)
    lines = [_words(summary), *([] if out is None else [f"counts: {out}"])]
    return Answer(lambda: "\n".join(lines), summary.as_dict())


def _words(summary: Summary) -> str:
    parts = [
        table(_FIELDS, [(f.name, f.read_as, f.unit, f.values) for f in summary.fields], words=2)
    ]
    if summary.groups:
        parts += ["", table(_GROUPS, [(g.name, g.settings, g.shots) for g in summary.groups])]
    parts += [""] if summary.notes or summary.missing else []
    parts += [sentence(f"note: {note}.") for note in summary.notes]
    return "\n".join([*parts, *(sentence(f"missing: {what}.") for what in summary.missing)])
