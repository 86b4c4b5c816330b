"""The verb that takes a device from another stack: device."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.shared.options import BaseExperiment, Force, NewExperiment
from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, verb

if TYPE_CHECKING:
    from analysis.characterisation.carried import Characterised

_HEADERS = ("key", "value", "error", "source")


@verb("Begin")
def device_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Calibration file, or its folder.", show_default=False),
    ],
    stack: Annotated[
        str,
        typer.Option(
            "--from", metavar="STACK", help="Whose file it is: qibo, ibm, scqubits or quam."
        ),
    ],
    qubit: Annotated[
        str, typer.Option("--qubit", metavar="NAME", help="Which qubit, as the file names it.")
    ] = "0",
    experiment: BaseExperiment = None,
    out: NewExperiment = None,
    force: Force = False,
) -> Answer:
    """Write an experiment file from a calibration file of another stack.

    Every value is printed with its source, which also stands above the file.
    """
    import cqed_battery as cb

    found = cb.device_(file, stack, qubit=qubit, experiment=experiment, out=out, force=force)
    return Answer(lambda: "\n".join(carried_words(found, out)), found.as_dict())


def carried_words(found: Characterised, out: Path | None) -> list[str]:
    """Return what was carried into an experiment, as lines.

    Args:
        found: values with their sources.
        out: experiment file that was written, if any.
    """
    rows = [
        (v.key, f"{v.value:.6g}", "-" if v.std is None else f"{v.std:.2g}", v.source)
        for v in found.carried
    ]
    lines = [table(_HEADERS, rows)] if rows else []
    lines += [sentence(f"not carried: {reason}.") for reason in found.not_carried]
    return [*lines, *([] if out is None else [f"experiment file: {out}"])]
