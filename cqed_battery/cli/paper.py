"""The verb that draws the papers' figures: paper."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.set_values import set_values
from cqed_battery.cli.shared.tables import table
from cqed_battery.cli.shared.verb import Answer, verb
from cqed_battery.errors import CqedBatteryError
from cqed_battery.files.run_folder import prepare_folder

if TYPE_CHECKING:
    from analysis.papers.paper import Paper


@verb("The seed papers")
def paper(
    bar: Bar,
    name: Annotated[
        str,
        typer.Argument(metavar="PAPER", help="Short name, as list shows them.", show_default=False),
    ] = "list",
    figure: Annotated[
        list[str] | None,
        typer.Option("--figure", metavar="KEY", help="Figure to draw; may be given again."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Draw every figure.")] = False,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a parameter of the model."),
    ] = None,
    to_experiment: Annotated[
        str | None,
        typer.Option(
            "--to-experiment",
            metavar="g_MHz=VALUE",
            help="Write the parameters as an experiment file, at that coupling.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Output folder.", show_default="runs/papers"),
    ] = None,
    kind: Annotated[str, typer.Option("--format", metavar="KIND", help="png or svg.")] = "png",
) -> Answer:
    """Draw a paper's figures from its own model, or lift it into an experiment file.

    Each figure is written as a picture and as the netCDF dataset of its curves.
    """
    import cqed_battery as cb
    from analysis.papers.library import PAPERS, find_paper

    changes = set_values(change, "--set must read NAME=VALUE")
    folder = Path("runs") / "papers" if out is None else out
    if name == "list" and not every:
        return _list_papers(PAPERS.values())
    chosen = None if name == "list" else find_paper(name)
    if chosen is not None and to_experiment is not None:
        return _write_experiment(chosen, to_experiment, changes, folder)
    if chosen is not None and not (every or figure):
        return _list_figures(chosen)
    drawn = cb.paper(
        None if chosen is None else chosen.key,
        None if every else figure,
        changes=changes,
        out=folder,
        kind=kind,
        progress=bar.report,
    )
    pictures, datasets = ([f"{folder / key}.{end}" for key in drawn] for end in (kind, "nc"))
    words = "\n".join(f"figure: {picture}" for picture in pictures)
    return Answer(words, {"figures": pictures, "datasets": datasets})


def _list_papers(papers: Iterable[Paper]) -> Answer:
    headers = ("paper", "figures", "title")
    rows = [(p.key, " ".join(p.figures), f"{p.title}. {p.source}") for p in papers]
    return Answer(lambda: table(headers, rows), {"papers": [_plain(paper) for paper in papers]})


def _list_figures(paper: Paper) -> Answer:
    rows = [(figure.key, figure.title) for figure in paper.figures.values()]
    head = f"{paper.title}. {paper.source}.\n"
    return Answer(lambda: head + table(("figure", "shows"), rows), _plain(paper))


def _plain(paper: Paper) -> dict[str, Any]:
    figures = {figure.key: figure.title for figure in paper.figures.values()}
    return {"paper": paper.key, "title": paper.title, "source": paper.source, "figures": figures}


def _write_experiment(paper: Paper, text: str, changes: dict[str, Any], folder: Path) -> Answer:
    """Write the paper's parameters as an experiment file, and say what it cannot carry."""
    from analysis.papers.library import PAPERS
    from cqed_battery.files.datasets import write_text

    value = set_values([text], "--to-experiment must read NAME=VALUE, g_MHz=50").get("g_MHz")
    if not isinstance(value, int | float):
        raise CqedBatteryError(f"--to-experiment must read g_MHz=VALUE, but was {text!r}")
    if paper.to_experiment is None:
        able = " or ".join(one.key for one in PAPERS.values() if one.to_experiment)
        raise CqedBatteryError(
            f"--to-experiment needs {able}, whose battery is the device's; {paper.key} is not"
        )
    experiment, notes = paper.to_experiment(paper.model.replace(changes), g_MHz=float(value))
    file = prepare_folder(folder) / f"{paper.key}.toml"
    write_text(file, experiment.to_toml(comments=True))
    lines = [*(f"not carried over: {note}" for note in notes), f"experiment file: {file}"]
    return Answer("\n".join(lines), {"experiment_file": file, "not_carried_over": list(notes)})
