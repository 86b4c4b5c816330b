"""The verb that says what the laboratory's faults do: budget-errors."""

import json
from collections.abc import Mapping
from contextlib import nullcontext
from operator import eq
from pathlib import Path
from typing import Annotated, Any

import typer

from cqed_battery.cli.pulses import pulse_table
from cqed_battery.cli.shared.finished_run import add_to_run, run_in
from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.tables import table
from cqed_battery.cli.shared.verb import Answer, Given, verb
from cqed_battery.files.run_folder import claimed

BUDGET = "error_budget.json"


@verb("How far to trust it")
def budget_errors(
    given: Given,
    bar: Bar,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Write error_budget.json; a run in DIR gets the budget in its results and report.",
            show_default=False,
        ),
    ] = None,
) -> Answer:
    """Switch each fault and imperfection off in turn, and print what it does to E, J, S and F.

    Bias of the uncorrected pointwise estimators: each cause's share as mean over the charging
    times and root mean square. The means add up. Then the standard errors without each cause,
    and what the sequence does to the reconstructed state.
    """
    import cqed_battery as cb

    with nullcontext() if out is None else claimed(out) as folder:
        run = None if folder is None else run_in(folder, given.experiment, "the budget", eq)
        block = cb.budget_errors(given.experiment, progress=bar.report)
        if folder is not None:
            from cqed_battery.files.datasets import write_text

            write_text(folder / BUDGET, json.dumps(block, indent=1, allow_nan=False) + "\n")
            if run is not None:
                add_to_run(folder, run, lambda results: {**results, "error_budget": block})
    return Answer(lambda: _words(block), block)


def _words(block: Mapping[str, Any]) -> str:
    from analysis.error_budget import summary

    parts = []
    for arm in block["arms"]:
        parts += [
            f"{arm} arm: bias (mean and root mean square over the charging times)",
            table(summary.bias_headers(block, arm), summary.bias_rows(block, arm)),
            f"\n{arm} arm: standard error",
            table(summary.std_headers(block, arm), summary.std_rows(block, arm)) + "\n",
        ]
    headers = ("arm, estimator", "z, largest", "rms", "coherence, largest", "rms")
    parts += [
        "reconstructed state less that at the end of charging",
        table(headers, summary.shift_rows(block)),
        "\npulses",
        pulse_table(block["pulses"]),
    ]
    return "\n".join(parts)
