"""The verb that shows what is played in one repetition of a setting: sequence."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cqed_battery.cli.shared.tables import sentence, table
from cqed_battery.cli.shared.verb import Answer, Given, verb

if TYPE_CHECKING:
    from protocols.sequence.channels import Played
    from protocols.sequence.sequence import Sequence

_HEADERS = ("", "step", "from ns", "for ns", "MHz at GHz", "g MHz", "others")


@verb("Before the measurement")
def sequence(
    given: Given,
    arm: Annotated[
        str, typer.Option("--arm", metavar="ARM", help="Arm, catalysed or control.")
    ] = "catalysed",
    axis: Annotated[
        str, typer.Option("--axis", metavar="AXIS", help="Axis, x, y or z, or extraction.")
    ] = "x",
    time_ns: Annotated[
        float | None,
        typer.Option(
            "--time", metavar="NS", help="Charging or exchange time.", show_default="the longest"
        ),
    ] = None,
    value: Annotated[
        float | None,
        typer.Option(
            "--value",
            metavar="X",
            help="Amplitude or detuning (MHz), where the file sweeps it.",
            show_default="the last",
        ),
    ] = None,
    pulse: Annotated[
        str | None,
        typer.Option(
            "--pulse",
            metavar="PULSE",
            help="A trace of the vacuum measurement, none or pi, instead of tomography.",
            show_default=False,
        ),
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option("--figure", metavar="PNG", help="Timeline to draw.", show_default=False),
    ] = None,
    samples: Annotated[
        Path | None,
        typer.Option(
            "--samples",
            metavar="FILE",
            help="Samples of every channel to write, .nc or .csv.",
            show_default=False,
        ),
    ] = None,
    setup: Annotated[
        Path | None,
        typer.Option(
            "--setup",
            metavar="SETUP",
            help="Instruments whose rates the samples have (YAML).",
            show_default="the clock of FILE",
        ),
    ] = None,
) -> Answer:
    """Print what one repetition of a setting plays, step by step, and draw its timeline.

    The emulator's waveforms are made from these steps. --json prints every sample.
    """
    import cqed_battery as cb

    found = cb.sequence(
        given.experiment,
        arm=arm,
        axis=axis,
        time_ns=time_ns,
        value=value,
        pulse=pulse,
        figure=figure,
        samples=samples,
        setup=setup,
    )
    files = {"figure": figure, "samples": samples}
    return Answer(lambda: _words(found, files), found.to_dict())


def _words(found: Sequence, files: dict[str, Path | None]) -> str:
    rows, coupler = [], found.experiment.coupler
    fixed = coupler.kind == "fixed"
    switch = f"{coupler.tuned} flux" if fixed else "coupler"
    headers = tuple("flux MHz" if fixed and word == "g MHz" else word for word in _HEADERS)
    timed = zip(found.played(), found.starts_ns, strict=True)
    for number, ((step, played), start) in enumerate(timed, start=1):
        channels = {each.channel: each for each in played}
        drive, switched = (channels.pop(name, None) for name in ("drive", switch))
        rows.append(
            (
                str(number),
                f"{step.name} (swept)" if step.swept else step.name,
                f"{start:.7g}",
                f"{step.duration:.7g}",
                _range(drive),
                _range(switched),
                _others(channels.values()),
            )
        )
    lines = [table(headers, rows, words=2, numbers=range(2, 6))]
    lines += [sentence(note) for note in found.notes()]
    lines += [f"{what}: {file}" for what, file in files.items() if file is not None]
    return "\n".join(lines)


def _range(played: Played | None) -> str:
    """Say what is held, "50", or from what to what it goes, "48.1..1.95"; the carrier, if any."""
    if played is None:
        return "-"
    if played.carrier_GHz is None:
        return _held(played)
    return f"{abs(played.values).max():.3g} at {played.carrier_GHz:.7g}"


def _held(played: Played) -> str:
    values = played.values.real.tolist()
    first, last = (f"{value:.3g}" for value in (values[0], values[-1]))
    return first if len(set(values)) == 1 else f"{first}..{last}"


def _others(channels: Iterable[Played]) -> str:
    """Say what further channels do; the acquisition runs with the readout."""
    switches = {"readout": "readout", "acquisition": ""}
    words = [switches.get(each.channel, f"{each.channel} {_range(each)} MHz") for each in channels]
    return ", ".join(filter(None, words)) or "-"
