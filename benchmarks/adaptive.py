"""Rounds of measurement against the file's uniform grid, rehearsed on control electronics.

The programs of every setting are compiled once and read back; each rehearsal then draws its
outcomes from what these samples do to the emulated chip, round by round, until J < 0 is decided.
"""

from pathlib import Path

import numpy as np

from analysis.planning import plan
from analysis.planning.measuring import Round, measure
from analysis.planning.rounds import Rounds
from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import ROOT
from cqed_battery.experiment import Experiment
from cqed_battery.operators import IntArray
from protocols.instruments.acquisition import Rehearsed, counted
from protocols.instruments.doors import writer_of
from protocols.instruments.layout import Layout
from protocols.instruments.rehearsal import Rehearsal
from protocols.instruments.setup import read_setup
from protocols.prediction.predict import with_enough_levels

_CLAIM, _SIGMA = "heat-current-negative", 5.0
_SECONDS = 3600.0
_APART = 10**9  # shots, more than a rehearsal takes


def main(arguments: list[str] | None = None) -> None:
    """Rehearse a hundred measurements, and print their hours beside the grid's."""
    options = parser(__doc__)
    options.add_argument("--runs", type=int, default=100, help="rehearsals")
    options.add_argument("--file", type=Path, default=ROOT / "examples" / "proposed.toml")
    options.add_argument("--setup", type=Path, default=ROOT / "examples" / "shfqc.yaml")
    chosen = options.parse_args(arguments)
    experiment = with_enough_levels(Experiment.from_toml(chosen.file))
    rounds = Rounds.of(experiment, _CLAIM, _SIGMA)
    uniform = plan(experiment, _CLAIM, sigma=_SIGMA).options["uniform grid of the file"].hours
    setup = read_setup(chosen.setup)
    layout = Layout(rounds.experiment, setup)
    rehearsal = Rehearsed(layout, writer_of(setup, emulated=True)).rehearsal
    count = 3 if chosen.tiny else chosen.runs
    runs = [_rehearsed(rounds, rehearsal, run) for run in range(count)]
    hours = np.array([sum(each.hours for each in run) for run in runs])
    held = float(np.mean([run[-1].judged.decision == "holds" for run in runs]))
    share = float(np.median(hours)) / uniform
    _print(count, uniform, hours)
    save(
        "adaptive",
        chosen.out,
        {
            "claim": _CLAIM,
            "sigma": _SIGMA,
            "rehearsals": count,
            "uniform_grid_hours": uniform,
            "hours": _quantiles(hours),
            "rounds": float(np.mean([len(run) for run in runs])),
            "decisions": held,
            "error_rate_stated": rounds.error_rate,
        },
        [
            Target("median of the hours, of the uniform grid's", share, 0.5, at_least=False),
            Target("decided as the truth is", held, 0.95),
        ],
        tiny=chosen.tiny,
    )


def _print(count: int, uniform: float, hours: np.ndarray) -> None:
    print_table(
        f"{_CLAIM} at {_SIGMA:g} sigma, {count} rehearsals",
        ("", "seconds", "of the grid's"),
        [
            ("uniform grid of the file", f"{uniform * _SECONDS:.2f}", "1"),
            *(
                (f"rounds, {name}", f"{value * _SECONDS:.2f}", f"{value / uniform:.3f}")
                for name, value in _quantiles(hours).items()
            ),
        ],
    )


def _rehearsed(rounds: Rounds, rehearsal: Rehearsal, run: int) -> list[Round]:
    """Return the rounds of one rehearsal; outcomes that follow other shots are other ones."""
    table = np.zeros((rounds.settings.size, 2), dtype=np.int64)
    taken = np.full(rounds.settings.size, run * _APART)

    def take(shots: IntArray) -> IntArray:
        for row in np.flatnonzero(shots):
            part = rehearsal.layout.part(int(row))
            table[row] += counted(part, rehearsal.outcomes(part, int(shots[row]), int(taken[row])))
        taken[:] += shots
        return table

    return measure(rounds, take)


def _quantiles(values: np.ndarray) -> dict[str, float]:
    """Return what nine of ten lie between, and the median."""
    names = ("5 %", "median", "95 %")
    return dict(zip(names, np.quantile(values, (0.05, 0.5, 0.95)).tolist(), strict=True))


if __name__ == "__main__":
    main()
