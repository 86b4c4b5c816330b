"""The verb that opens a page with sliders: explore."""

from __future__ import annotations

from typing import Annotated

import typer

from cqed_battery.cli.shared.progress_bar import Bar
from cqed_battery.cli.shared.verb import Answer, Given, verb


@verb("Before the measurement")
def explore(
    given: Given,
    bar: Bar,
    port: Annotated[
        int | None,
        typer.Option(
            "--port", metavar="N", help="Port of this machine.", show_default="any that is free"
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Do not open the page, print its address only.")
    ] = False,
) -> Answer:
    """Open a local page with sliders that shows the exact curves at each move.

    Only this machine can open it. Its button saves what it shows as an experiment file. Ctrl-C
    ends it. Needs bokeh: pip install "cqed-battery[explore]".
    """
    import cqed_battery as cb

    explorer = cb.explore(given.experiment, port=port)
    explorer.file_name = given.file.name
    explorer.serve(browser=not no_browser, told=lambda address: bar.say(_words(address)))
    return Answer("The page is served no longer.", {"address": explorer.address})


def _words(address: str) -> str:
    return f"page: {address}\nCtrl-C ends it."
