"""The run on control electronics: compile it, play it or rehearse it, and take its counts."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cqed_battery.progress import Progress, stages

if TYPE_CHECKING:
    import xarray as xr

    from analysis.planning.measuring import Round
    from cqed_battery.experiment import Experiment, ExperimentLike
    from protocols.instruments.acquisition import Source, Taken
    from protocols.instruments.compilation import Compilation
    from protocols.instruments.layout import Layout
    from protocols.instruments.setup import Setup
    from protocols.instruments.writer import Writer

__all__ = ["instruments", "acquire"]

_MOST_SIGMAS = 20.0  # far beyond what anybody asks of a decision
_COMPILING, _MEASURING = 0.3, 0.7  # expected parts of a rehearsal's time


def instruments(
    experiment: ExperimentLike,
    setup: str | PathLike[str],
    *,
    progress: Progress | None = None,
) -> Compilation:
    """Compile every setting of an experiment for control electronics, and read it back.

    No hardware is needed: the instruments are emulated by their maker's software.

    Args:
        experiment: what is done to which device, or the path of its file.
        setup: path of the file that says which signal is which channel.
        progress: called as progress(done, total, what) after each program.

    Returns:
        What is played on each channel, beside what the sequence asks for.

    Raises:
        CqedBatteryError: the setup is refused, or the instruments cannot play the sequence.
    """
    from protocols.instruments.compilation import compiled_report
    from protocols.instruments.doors import writer_of
    from protocols.instruments.setup import read_setup

    known = _known(experiment)
    found = read_setup(setup)
    layout = _layout(known, found)
    writer = writer_of(found, emulated=True)
    return compiled_report(layout, writer, layout.settings.shots, progress)


def acquire(
    experiment: ExperimentLike,
    setup: str | PathLike[str],
    out: str | PathLike[str] | None = None,
    *,
    rehearse: bool = False,
    claim: str | None = None,
    sigma: float | None = None,
    progress: Progress | None = None,
    each: Callable[[Round], None] | None = None,
) -> xr.DataTree:
    """Play an experiment on control electronics and return its counts, or rehearse that.

    Chunks are kept beside `out` as they come; the same call goes on where another one stopped. In
    a rehearsal the instruments are emulated, and their compiled samples act on the emulated chip
    with the file's faults.

    Args:
        experiment: what is done to which device, or the path of its file.
        setup: path of the file that says which signal is which channel.
        out: dataset to write (netCDF); by default nothing is written.
        rehearse: whether no hardware is connected.
        claim: what is to be decided, as `plan` takes it; then it is measured in rounds, each where
            the next shots serve best, until the claim is decided.
        sigma: standard errors at which it is decided, by default 5.
        progress: called as progress(done, total, what) after each chunk.
        each: called after each round.

    Returns:
        The counts as a laboratory's dataset.

    Raises:
        CqedBatteryError: the setup, the claim or the file is refused, or the instruments cannot
            play it.
        OSError: the counts cannot be written.
    """
    from cqed_battery.errors import CqedBatteryError
    from cqed_battery.files.datasets import save_dataset
    from cqed_battery.files.run_folder import prepare_file
    from protocols.instruments.acquisition import dataset_of
    from protocols.instruments.doors import writer_of
    from protocols.instruments.setup import read_setup

    if sigma is not None and claim is None:
        raise CqedBatteryError("`sigma` decides a claim: give `claim`, or leave it out")
    known = _known(experiment)
    found = read_setup(setup)
    place = None if out is None else prepare_file(Path(out))
    writer = writer_of(found, emulated=rehearse)
    if claim is None:
        layout, taken = _at_once(known, found, writer, place, rehearse, progress)
    else:
        asked = claim, 5.0 if sigma is None else sigma
        layout, taken = _in_rounds(known, found, writer, place, rehearse, asked, each)
    dataset = dataset_of(layout.settings, taken, found, rehearsed=rehearse)
    if place is not None:
        save_dataset(dataset, place)
        taken.done()
    return dataset


def _layout(experiment: Experiment, setup: Setup) -> Layout:
    from protocols.instruments.layout import Layout
    from protocols.prediction.predict import named

    return Layout(named(experiment), setup)


def _source(
    layout: Layout, writer: Writer, rehearse: bool, progress: Progress | None = None
) -> Source:
    from protocols.instruments.acquisition import Instruments, Rehearsed

    return Rehearsed(layout, writer, progress) if rehearse else Instruments()


def _at_once(
    experiment: Experiment,
    setup: Setup,
    writer: Writer,
    out: Path | None,
    rehearse: bool,
    progress: Progress | None,
) -> tuple[Layout, Taken]:
    """Measure what the file lists."""
    from protocols.instruments.acquisition import Taken, fingerprint, take

    layout = _layout(experiment, setup)
    own = fingerprint(layout.experiment, setup, rehearse)
    taken = Taken.begun(out, own, layout.settings.size)
    parts = stages(progress, (_COMPILING, _MEASURING)) if rehearse else (progress, progress)
    source = _source(layout, writer, rehearse, parts[0])
    shots, before = layout.settings.shots, taken.chunks
    take(layout, writer, source, taken, shots, skip=before, progress=parts[1])
    return layout, taken


def _in_rounds(
    experiment: Experiment,
    setup: Setup,
    writer: Writer,
    out: Path | None,
    rehearse: bool,
    asked: tuple[str, float],
    each: Callable[[Round], None] | None,
) -> tuple[Layout, Taken]:
    """Measure until the claim is decided. A round that was interrupted is measured anew."""
    from analysis.planning.measuring import measure
    from analysis.planning.rounds import Rounds
    from cqed_battery.arguments import real_number
    from protocols.instruments.acquisition import Taken, fingerprint, take

    real_number("sigma", asked[1], _MOST_SIGMAS)
    rounds = Rounds.of(experiment, *asked)
    layout = _layout(rounds.experiment, setup)
    own = fingerprint(layout.experiment, setup, rehearse, *asked)
    taken = Taken.begun(out, own, layout.settings.size)
    source = _source(layout, writer, rehearse)

    def more(shots: Any) -> Any:
        """Measure the shots of one round."""
        file, taken.file = taken.file, None  # only whole rounds are kept
        take(layout, writer, source, taken, shots)
        taken.file = file
        return taken.counts

    def after(found: Round) -> None:
        """Keep a round, and tell of it."""
        taken.rounds.append(found.as_dict())
        taken.keep()
        if each is not None:
            each(found)

    if not (taken.rounds and taken.rounds[-1]["decision"] != "undecided"):
        measure(rounds, more, taken.counts, len(taken.rounds), after)
    return layout, taken


def _known(experiment: ExperimentLike) -> Experiment:
    from cqed_battery.experiment import as_experiment
    from protocols.prediction.predict import with_enough_levels

    return with_enough_levels(as_experiment(experiment))
