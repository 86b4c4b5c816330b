"""Counts from instruments, or from their rehearsal: chunk by chunk, kept as they come."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from cqed_battery.experiment import Experiment
from cqed_battery.files.atomic import write_text
from cqed_battery.files.labels import labelled
from cqed_battery.operators import IntArray
from cqed_battery.progress import Progress
from protocols.instruments.layout import Layout
from protocols.instruments.loading import groups
from protocols.instruments.programme import Part, Programme
from protocols.instruments.reading import read_back, read_flip
from protocols.instruments.rehearsal import Rehearsal
from protocols.instruments.setup import InstrumentError, Setup
from protocols.instruments.writer import Compiled, Writer
from protocols.settings.counts import counts_dataset, dataset_attributes
from protocols.settings.settings import Settings

PARTIAL = ".partial"
"""What the name of a file of counts ends in as long as chunks are missing."""

_SHORT = 10  # shots that show in which shape outcomes come


class Source(ABC):
    """Where outcomes come from: instruments, or what stands in for them."""

    rehearsed: bool

    @abstractmethod
    def outcomes(self, compiled: Compiled, taken: IntArray) -> Sequence[IntArray]:
        """Return the outcomes of every part of a programme, (shots, readouts) each.

        Args:
            compiled: the programme.
            taken: shots of every setting that were taken before, (M,).
        """


class Instruments(Source):
    """The instruments themselves."""

    rehearsed = False

    def outcomes(self, compiled: Compiled, taken: IntArray) -> Sequence[IntArray]:
        """Return what the instruments read.

        Args:
            compiled: the programme.
            taken: not used.
        """
        return compiled.outcomes()


class Rehearsed(Source):
    """Instruments in emulation, and the emulated chip behind their samples.

    Args:
        layout: of the settings.
        writer: of the instruments, in emulation.
        progress: called as progress(done, total, what).
    """

    rehearsed = True

    def __init__(self, layout: Layout, writer: Writer, progress: Progress | None = None) -> None:
        check_rehearsed(layout.experiment)
        played = read_back(layout, writer, progress)
        self.rehearsal = Rehearsal(layout, played, read_flip(layout, writer))
        self._writer, self._seen = writer, set[int]()

    def outcomes(self, compiled: Compiled, taken: IntArray) -> Sequence[IntArray]:
        """Return drawn outcomes, in the shape in which the instruments' emulation returns its own.

        Args:
            compiled: the programme.
            taken: shots of every setting that were taken before, (M,).

        Raises:
            InstrumentError: the instruments would return outcomes of another shape.
        """
        programme = compiled.programme
        self._check_shape(programme)
        return [
            self.rehearsal.outcomes(part, programme.shots, int(taken[part.row]))
            for part in programme.parts
        ]

    def _check_shape(self, programme: Programme) -> None:
        """Let the emulated instruments play a short programme of each kind of part, once.

        They take a tenth of a second for each setting, and return values without meaning.
        """
        for part in programme.parts:
            if part.readouts in self._seen:
                continue
            self._seen.add(part.readouts)
            short = replace(programme, parts=(part,), shots=min(programme.shots, _SHORT))
            (found,) = self._writer.compiled(short).outcomes()
            if found.shape != (short.shots, part.readouts):
                raise InstrumentError(
                    f"the instruments return outcomes of shape {found.shape}, not"
                    f" {(short.shots, part.readouts)}"
                )


def check_rehearsed(experiment: Experiment) -> None:
    """Refuse what a rehearsal does not follow.

    Args:
        experiment: the experiment file's content.

    Raises:
        InstrumentError: it sweeps something else than moments of one pulse, or has two frames.
    """
    if not experiment.axis.truncated:
        raise InstrumentError(
            f"a rehearsal needs moments of one pulse, but the experiment sweeps the"
            f' {experiment.axis.title}: set charging.axis to "time", or leave out --rehearse'
        )


def counted(part: Part, outcomes: IntArray) -> IntArray:
    """Return counts of the outcomes 0 and 1, (2,); heralded levels count where they were heralded.

    Args:
        part: of a programme.
        outcomes: 0 and 1, (shots, readouts).

    Raises:
        InstrumentError: an outcome is neither 0 nor 1.
    """
    if not np.isin(outcomes, (0, 1)).all():
        raise InstrumentError(
            "the instruments returned outcomes that are neither 0 nor 1: are they connected, and do"
            " they discriminate?"
        )
    read = outcomes[:, -1]
    if part.readouts == 2:
        read = read[outcomes[:, 0] == int(part.setting.name)]
    ones = int(read.sum())
    return np.array([len(read) - ones, ones], dtype=np.int64)


@dataclass
class Taken:
    """Counts so far, (M, 2), shots so far, (M,), and how many chunks they come from.

    Args:
        file: in which they are kept; None to keep them in memory.
        fingerprint: of what is measured, so that other counts are not taken for it.
    """

    file: Path | None
    fingerprint: str
    counts: IntArray
    shots: IntArray
    chunks: int = 0
    rounds: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def begun(cls, out: Path | None, fingerprint: str, size: int) -> "Taken":
        """Return what is there already, or nothing yet.

        Args:
            out: file of counts that is to be written.
            fingerprint: of what is measured.
            size: number of settings M.

        Raises:
            InstrumentError: the chunks that are there are of another measurement.
        """
        file = None if out is None else out.with_name(out.name + PARTIAL)
        empty = cls(
            file, fingerprint, np.zeros((size, 2), dtype=np.int64), np.zeros(size, dtype=np.int64)
        )
        if file is None or not file.is_file():
            return empty
        try:
            kept = json.loads(file.read_text(encoding="utf-8"))
            same = kept["fingerprint"] == fingerprint
            counts, shots = (np.array(kept[name], dtype=np.int64) for name in ("counts", "shots"))
        except (ValueError, KeyError, TypeError) as error:
            raise InstrumentError(
                f"{file} does not hold the beginning of a measurement: delete it to begin anew"
            ) from error
        if not same:
            raise InstrumentError(
                f"{file} holds the beginning of another measurement: finish that, delete the file,"
                " or name another --out"
            )
        return cls(file, fingerprint, counts, shots, int(kept["chunks"]), kept["rounds"])

    def add(self, programme: Programme, outcomes: Sequence[IntArray]) -> None:
        """Add the outcomes of a programme, and keep everything on disk.

        Args:
            programme: that was played.
            outcomes: of its parts, (shots, readouts) each.
        """
        for part, found in zip(programme.parts, outcomes, strict=True):
            self.counts[part.row] += counted(part, found)
            self.shots[part.row] += programme.shots
        self.chunks += 1
        self.keep()

    def keep(self) -> None:
        """Write everything to the disk, whole or not at all."""
        if self.file is None:
            return
        content = {
            "fingerprint": self.fingerprint,
            "chunks": self.chunks,
            "counts": self.counts.tolist(),
            "shots": self.shots.tolist(),
            "rounds": self.rounds,
        }
        write_text(self.file, json.dumps(content))

    def done(self) -> None:
        """Remove what is kept, as the counts are written."""
        if self.file is not None:
            self.file.unlink(missing_ok=True)


def fingerprint(experiment: Experiment, setup: Setup, *beside: object) -> str:
    """Return what tells one measurement from another.

    Args:
        experiment: the experiment file's content.
        setup: of the instruments.
        beside: what else is asked for.
    """
    text = json.dumps([experiment.to_toml(comments=False), setup.model_dump(), *map(str, beside)])
    return hashlib.sha256(text.encode()).hexdigest()


def take(
    layout: Layout,
    writer: Writer,
    source: Source,
    taken: Taken,
    shots: IntArray,
    *,
    skip: int = 0,
    progress: Progress | None = None,
) -> None:
    """Play every setting its shots, chunk by chunk, from where an earlier attempt ended.

    Args:
        layout: of the settings.
        writer: of the instruments.
        source: of the outcomes.
        taken: to which they are added.
        shots: of every setting, 0 for none, (M,).
        skip: chunks of these that were taken before.
        progress: called as progress(done, total, what) after each chunk.
    """
    chunks = list(groups(layout, shots, layout.settings.order))
    flip = layout.flip()
    for number, (rows, count) in enumerate(chunks):
        if number >= skip:
            parts = tuple(map(layout.part, rows))
            programme = Programme(layout.setup, layout.experiment, parts, count, flip)
            compiled = writer.compiled(programme)
            taken.add(programme, source.outcomes(compiled, taken.shots))
        if progress is not None:
            progress(number + 1, len(chunks), "measurement")


def dataset_of(settings: Settings, taken: Taken, setup: Setup, *, rehearsed: bool) -> xr.DataTree:
    """Return counts as a laboratory's dataset.

    Args:
        settings: the table of settings.
        taken: counts of all of them.
        setup: of the instruments.
        rehearsed: whether instruments were in emulation.
    """
    root = counts_dataset(settings, taken.counts)
    root.attrs = dataset_attributes(settings.experiment, "laboratory")
    root.attrs["instruments"] = setup.kind
    root.attrs["rehearsed"] = int(rehearsed)
    if taken.rounds:
        root.attrs["rounds"] = json.dumps(taken.rounds)
    return xr.DataTree(labelled(root))
