"""The verbs of the theory: paper and claims."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cqed_battery.cli.answers import answer
from cqed_battery.cli.bar import Bar
from cqed_battery.cli.errors import plain_errors
from cqed_battery.cli.folders import prepare_folder
from cqed_battery.cli.options import AsJson, Quiet
from cqed_battery.cli.table import print_rows
from cqed_battery.errors import CqedBatteryError

if TYPE_CHECKING:
    from analysis.papers.figure import Figure
    from analysis.papers.ledger import Entry
    from analysis.papers.paper import Paper

_KINDS = ("png", "svg")


def paper(
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
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Draw a paper's figures from its own model, or lift it into an experiment file.

    Each figure is written as a picture and as the netCDF dataset of its curves.
    """
    with plain_errors():
        from analysis.papers.library import PAPERS, find_paper

        if kind not in _KINDS:
            raise CqedBatteryError(f"--format must be png or svg, but was {kind!r}")
        changes = dict(_parse_change(text) for text in change or ())
        if name == "list" and not every:
            _list_papers(list(PAPERS.values()), as_json=as_json, quiet=quiet)
            return
        folder = Path("runs") / "papers" if out is None else out
        chosen = list(PAPERS.values()) if name == "list" else [find_paper(name)]
        if to_experiment is not None:
            words, values = _write_experiment(chosen[0], to_experiment, changes, folder)
        elif every or figure:
            wanted = _wanted(chosen, None if every else figure)
            words, values = _draw(wanted, changes, folder, kind, quiet=quiet or as_json)
        else:
            _list_figures(chosen[0], as_json=as_json, quiet=quiet)
            return
        answer(words, values, as_json=as_json, quiet=quiet)


def _parse_change(text: str) -> tuple[str, Any]:
    """Return name and value of NAME=VALUE, the value as in an experiment file."""
    from cqed_battery.files import toml

    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise CqedBatteryError(f"--set must read NAME=VALUE, but was {text!r}")
    try:
        return name.strip(), toml.loads(f"value = {value}")["value"]
    except ValueError:
        return name.strip(), value.strip()


def _list_papers(papers: list[Paper], *, as_json: bool, quiet: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"papers": [_paper_dict(paper) for paper in papers]}, indent=1))
    elif not quiet:
        rows = [
            (paper.key, " ".join(paper.figures), f"{paper.title}. {paper.source}")
            for paper in papers
        ]
        print_rows(("paper", "figures", "title"), rows)


def _list_figures(paper: Paper, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        typer.echo(json.dumps(_paper_dict(paper), indent=1))
    elif not quiet:
        typer.echo(f"{paper.title}. {paper.source}.")
        print_rows(("figure", "shows"), [(f.key, f.title) for f in paper.figures.values()])


def _paper_dict(paper: Paper) -> dict[str, Any]:
    figures = {figure.key: figure.title for figure in paper.figures.values()}
    return {"paper": paper.key, "title": paper.title, "source": paper.source, "figures": figures}


def _wanted(papers: list[Paper], keys: list[str] | None) -> list[tuple[Paper, Figure]]:
    """Return the figures with these keys, all of them if there are none."""
    from analysis.papers.figure import find_figure

    return [
        (paper, find_figure(paper.figures, paper.key, key))
        for paper in papers
        for key in (paper.figures if keys is None else keys)
    ]


def _draw(
    wanted: list[tuple[Paper, Figure]],
    changes: dict[str, Any],
    folder: Path,
    kind: str,
    *,
    quiet: bool,
) -> tuple[str, dict[str, Any]]:
    """Write each figure as dataset and picture; return what there is to say."""
    from analysis.report.curves import draw_curves
    from cqed_battery.files.datasets import save_dataset
    from cqed_battery.files.labels import labelled

    prepare_folder(folder)
    pictures, datasets = [], []
    with Bar((1.0,), quiet=quiet) as bar:
        draw = bar.stage(0)
        for number, (paper, figure) in enumerate(wanted):
            draw(number, len(wanted), f"{paper.key} {figure.key}")
            curves = figure.compute(changes)
            curves.attrs["changes"] = json.dumps(changes)
            stem = folder / f"{paper.key}-{figure.key}"
            datasets.append(str(stem.with_suffix(".nc")))
            pictures.append(str(stem.with_suffix(f".{kind}")))
            save_dataset(labelled(curves), datasets[-1])
            draw_curves(curves, Path(pictures[-1]))
        draw(len(wanted), len(wanted), "figures")
    words = "\n".join(f"figure: {picture}" for picture in pictures)
    return words, {"figures": pictures, "datasets": datasets}


def _write_experiment(
    paper: Paper, text: str, changes: dict[str, Any], folder: Path
) -> tuple[str, dict[str, Any]]:
    """Write the experiment file; return what there is to say."""
    from analysis.papers.library import PAPERS
    from cqed_battery.files.datasets import write_text

    name, value = _parse_change(text)
    if name != "g_MHz" or not isinstance(value, int | float):
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
    return "\n".join(lines), {"experiment_file": file, "not_carried_over": list(notes)}


def claims(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[PAPER]", help="Short name of a paper.", show_default="all"),
    ] = None,
    as_json: AsJson = False,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="Write a Markdown page.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Compute what the papers claim, under each reading, and say what of it holds."""
    with plain_errors():
        from analysis.papers.ledger import as_json as ledger_json
        from analysis.papers.ledger import as_page, compute_ledger
        from analysis.papers.library import PAPERS, find_paper
        from cqed_battery.files.datasets import write_text

        papers = list(PAPERS.values()) if name is None else [find_paper(name)]
        with Bar((1.0,), quiet=quiet or as_json) as bar:
            entries = compute_ledger(papers, bar.stage(0))
        if page is not None:
            write_text(page, as_page(entries))
        if as_json:
            typer.echo(ledger_json(entries))
        elif not quiet:
            _print_claims(entries)


def _print_claims(entries: list[Entry]) -> None:
    rows = [
        (entry.claim.key, entry.claim.place, entry.claim.says, entry.finding.verdict)
        for entry in entries
    ]
    print_rows(("claim", "place", "says", "verdict"), rows)
