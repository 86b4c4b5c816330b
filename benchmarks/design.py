"""A search of examples/box.toml on two workers, and the tables of docs/operating_point.md.

The verb `design` runs as a command. With --tables the point of examples/operating_point.toml is
taken apart instead: its resonance, and what linewidth, coupling and dephasing do to it.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from analysis.design_search.point.steady_state import steady_arm
from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import probe
from cqed_battery.experiment import Experiment
from cqed_battery.units import ghz_from_mhz

EXAMPLES = Path(__file__).parents[1] / "examples"
WANTED = 2000
_DETUNINGS = (-150, -140, -130, -124, -120, -116, -112, -108, -100, -90, -60, 0, 60, 116)


def main(arguments: list[str] | None = None) -> None:
    """Time searches of two sizes and extrapolate to 2000 points, or print the tables."""
    options = parser(__doc__)
    options.add_argument("--evaluations", type=int, default=WANTED, help="points of the search")
    options.add_argument("--tables", action="store_true", help="print the point's tables instead")
    chosen = options.parse_args(arguments)
    if chosen.tables:
        print("\n\n".join(_tables()))
        return
    count = 8 if chosen.tiny else chosen.evaluations
    seconds = {workers: _searched(count, workers) for workers in ((1,) if chosen.tiny else (1, 2))}
    print_table(
        f"a search of {count} points",
        ("workers", "seconds"),
        [(str(workers), f"{time:.1f}") for workers, time in seconds.items()],
    )
    fastest = seconds[max(seconds)]
    targets = [Target("2000 points, s", fastest * WANTED / count, 600.0, at_least=False)]
    if 2 in seconds:
        targets.append(Target("2 workers / 1 worker", seconds[1] / seconds[2], 1.6))
    rows = {str(workers): time for workers, time in seconds.items()}
    save("design", chosen.out, {"points": count, "seconds": rows}, targets, tiny=chosen.tiny)


def _searched(count: int, workers: int) -> float:
    """Return the seconds that the command takes for so many points, without a map."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, Any] = probe(
            "command",
            "design",
            str(EXAMPLES / "operating_point.toml"),
            *("--box", str(EXAMPLES / "box.toml"), "--out", folder, "--quiet"),
            *("--evaluations", str(count), "--map", "0", "--workers", str(workers)),
        )
    return float(found["seconds"])


def _tables() -> list[str]:
    """Return the steady state about the example's point as Markdown tables."""
    experiment = Experiment.from_toml(EXAMPLES / "operating_point.toml")
    qubit = experiment.transmon.frequency_GHz
    linewidth, coupling = experiment.resonator.linewidth_MHz, experiment.coupler.g_on_MHz
    scans = {
        "resonator detuning, MHz": (
            "resonator.frequency_GHz",
            _DETUNINGS,
            [qubit + ghz_from_mhz(detuning) for detuning in _DETUNINGS],
        ),
        "linewidth, MHz": ("resonator.linewidth_MHz", *_twice(_around(linewidth))),
        "coupling, MHz": ("coupler.g_on_MHz", *_twice(_around(coupling))),
        "dephasing, MHz": ("transmon.dephasing_rate_MHz", *_twice((0.0, 0.05, 0.1, 0.2, 0.5))),
    }
    return [
        _table(name, experiment, key, shown, values) for name, (key, shown, values) in scans.items()
    ]


def _around(value: float) -> list[float]:
    return [round(value * factor, 2) for factor in (0.1, 0.25, 0.5, 1.0, 1.5, 2.0)]


def _twice(values: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    return values, values


def _table(
    name: str,
    experiment: Experiment,
    key: str,
    shown: Sequence[float],
    values: Sequence[float],
) -> str:
    lines = [f"| {name} | ergotropy | control | gain | F |", "|---|---|---|---|---|"]
    for label, value in zip(shown, np.asarray(values).tolist(), strict=True):
        there = experiment.replace({key: value})
        driven, control = (steady_arm(there, arm) for arm in ("catalysed", "control"))
        assert driven is not None
        assert control is not None
        gain = driven.ergotropy - control.ergotropy
        lines.append(
            f"| {label:g} | {driven.ergotropy:.3f} | {control.ergotropy:.3f} | {gain:+.3f} |"
            f" {driven.vacuum_fidelity:.4f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
