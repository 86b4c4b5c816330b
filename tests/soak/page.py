"""docs/reliability.md from what a soak measured."""

import platform
from pathlib import Path
from typing import Any

from cqed_battery.files.datasets import versions

_KINDS = ("result", "refused", "stopped", "defect")
_PAGE = """\
# Reliability

What was done to break the program, and how often. `make soak` measures and writes this page; its
figures are those of one machine, in one sitting or (`--keep`) several: {asked}.

Machine: {machine}. Versions: {versions}.

## Bad input

{cases} drawn cases in {seconds:.0f} s, each in a folder of its own. A *result* ended with exit
code 0 and files without a number that is not finite; *refused* is one sentence and code 2;
*stopped* was interrupted after 20 s, in order, with code 130; a *defect* is a traceback, a
warning, a dead or hanging process, a changed input or a file left behind.

{fuzz}

{defects}

The cases are drawn from their numbers (`tests/fuzz`); `PYTHONPATH=tests python -m fuzz NUMBER`
repeats one. Searches, sweeps and validations compute a few points or runs of extreme devices
(`tests/fuzz/long.py`), and global fits get counts that no device gives. What the fuzzer found is
repaired, with a test each in `tests/test_hard_input.py`, `tests/test_full_disk.py`,
`tests/test_fit_bounds.py`, `tests/test_design_points.py` and `tests/test_validation.py`.

## The explorer

{pages} pages of drawn files, of which {unopened} were refused before they opened; the others were
moved eight times each, sliders anywhere in their range and {typed} typed keys of any kind, torn
ones among them (`tests/soak/explorer.py`). Curves were drawn {curves} times, {refused} times a
sentence stood in their place; {moved_wrong}.

## Killed and full

Commands ended by `kill -9` at random moments, their workers with them. After each kill every file
was whole or absent; after every few the command was let finish, and its files compared, byte by
byte, with those of an undisturbed one.

{kills}

`run` writes its dataset before it is analysed; `sweep` and `design` store each point as it
arrives and go on from there; `validate --out` keeps each outcome likewise. A run over an older one
works in `unfinished-1` beside it and leaves that folder behind if it is killed.

A worker that dies is replaced, and its point computed again, three times at most. One that hangs
is ended by Ctrl-C, with all finished points kept, or with `--time-limit SECONDS` replaced as a dead
one. A point that comes back with other bytes than its layout says, or in a sweep with a value that
is not finite, is not stored but computed again, and named after three times. When a dask scheduler
goes away the command ends with a sentence and code 2; the points are kept, and any workers go on
from there (`tests/test_executors.py`, `tests/test_cluster.py`, `tests/test_sweep_faults.py`,
`tests/test_saved_points.py`). What may not be read or written is a sentence, with nothing changed
(`tests/test_no_permission.py`).

On a full disk a command ends with a sentence that names the file, and no part of it
(`tests/test_full_disk.py`). HDF5 does not survive a full disk, so datasets are made in memory
first, and room for larger ones is reserved before they are begun. A sweep therefore refuses when
less than its size and 1 MiB is free; its points are kept.

## Numbers

Every result carries the check `invariants`: trace, positivity and probabilities of the model to
{rounding:.0e}, and the integral of dE/dt against the energy; `checks` has the sum rule and the
others. No number that is not finite is written, nor read from results.

{devices} random devices (T1 from 1 ns to infinity, other rates from 0 to 1 GHz, 2 to 5 levels, up
to 3 K, detunings up to 1 GHz) evolved here and by the dense second engine of the tests: states
differ by at most {difference:.1e}; the trace is off by at most {trace:.1e}; no eigenvalue lies
more than {negativity:.1e} below 0.

One experiment with 1 and 2 threads for linear algebra gave {runs}; a sweep with counts by
1, 2 and 3 workers gave {sweeps}.

Limits: T1 at least 1 ps; at most 400 Fock levels, of which the highest may hold 1e-6 (a warmer
resonator is refused at once); counts of a cell up to 1e12; of more than 1e4
resets Aer runs so many, the others follow the same law at once.

## Load

{load}

Of each sweep so many points were computed, spread over the grid, and the others stored as copies of
them: what is measured beside the points is planning, storing, finding again and writing. "Memory
grew" is by how much the highest use of the process rose.

Counts of the analyses are drawn from the model's probabilities at once. Of more than {many} times
nothing is made that is dense in time: the Gaussian process and the starts of the fits have other
forms there, which agree with the dense ones (`tests/test_many_times.py`). Only the run with the
global fit is that of the default device; the others are of a small one, model-free.
"""


def write_page(found: dict[str, Any], path: Path) -> None:
    """Write the page from the measurements of `soak.__main__`."""
    from analysis.checks.invariants import ROUNDING
    from analysis.estimators.envelopes.samples import MANY

    fuzz, engines, same = found["fuzz"], found["engines"], found["determinism"]
    explorer = found["explorer"]
    known = ", ".join(f"{name}: {number}" for name, number in versions().items())
    text = _PAGE.format(
        asked=found["asked"],
        machine=f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}",
        versions=known,
        cases=fuzz.cases,
        seconds=fuzz.seconds,
        fuzz=_table(
            ("kind", *_KINDS),
            [
                (kind, *(str(outcomes[name]) for name in _KINDS))
                for kind, outcomes in sorted(fuzz.outcomes.items())
            ],
        ),
        defects=_defects(fuzz.defects),
        **{name: explorer[name] for name in ("pages", "unopened", "typed", "curves", "refused")},
        moved_wrong=_moved_wrong(explorer["defects"]),
        kills=_table(
            ("command", "kills", "let finish", "torn files", "different results"),
            [
                (f"`{kill.verb}`", *map(str, (kill.kills, kill.completed, *_wrong(kill))))
                for kill in found["kills"]
            ],
        ),
        rounding=ROUNDING,
        many=MANY,
        **{name: engines[name] for name in ("devices", "difference", "trace", "negativity")},
        runs=_alike(same["runs"]),
        sweeps=_alike(same["sweeps"]),
        load=_load(found["load"]),
    )
    path.write_text(text, encoding="utf-8")


def _moved_wrong(defects: list[str]) -> str:
    return "\n".join(["**defects**:", *defects]) if defects else "nothing else happened"


def _wrong(kill: Any) -> tuple[int, int]:
    return len(kill.torn), len(kill.different)


def _alike(different: int) -> str:
    return "the same bytes" if different == 1 else f"**{different} different files**"


def _defects(defects: list[dict[str, Any]]) -> str:
    if not defects:
        return "No defect."
    lines = [f"- case {found['number']}: {found['said'][:200]}" for found in defects]
    return "\n".join([f"**{len(defects)} defects, not repaired yet:**", "", *lines])


def _load(load: dict[str, dict[str, Any]]) -> str:
    rows = []
    for name in ("sweep_small", "sweep"):
        found = load[name]
        rows.append(
            (
                f"sweep of {found['points']} points, {found['computed']} of them computed",
                f"{found['first_ms']:.1f} ms a point at the begin, {found['last_ms']:.1f} ms at the"
                f" end; stored in {found['stored_ms']:.3f} ms each, all found again in"
                f" {found['searched_s']:.2f} s, written ({found['file_mb']:.0f} MB) in"
                f" {found['written_s']:.1f} s; memory grew by {found['memory_grew_mib']:.0f} MiB",
            )
        )
    found = load["dataset"]
    rows.append(
        (
            f"dataset of {found['times']} times, {found['shots']:.0e} shots",
            f"{found['file_mb']:.1f} MB, read and checked in {found['read_s']:.2f} s",
        )
    )
    found = load["shots"]
    rows.append(
        (
            f"IQ points of {found['file_mb']:.0f} MB, more than the {found['bound_mb']:.0f} MB that"
            " are read at once",
            f"one setting read {'rightly' if found['right'] else '**wrongly**'}; memory grew by"
            f" {found['memory_grew_mib']:.0f} MiB",
        )
    )
    for name, how in (("analysis_small", ""), ("analysis", ""), ("fitted", ", global fit")):
        found = load[name]
        rows.append(
            (
                f"analysis of {found['times']} times, 1e4 shots a setting{how}",
                f"{found['analysed_s']:.1f} s, at most {found['memory_mib']:.0f} MiB",
            )
        )
    return _table(("what", "measured"), rows)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
