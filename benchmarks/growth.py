"""How the cost of one experiment grows with levels, charging times and shots, and its memory.

Sizes are timed side by side in this process, after a first call; memory is that of a process of
its own for every size, imports included.
"""

import json
from typing import Any

from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import best_seconds, fitted_exponent, probe

# A weak drive, so that a few Fock levels suffice and the sizes asked for are those computed.
WEAK = {"drive.rabi_rate_MHz": 5.0, "vacuum.method": "none"}
# Few settings, so that the most shots take minutes.
FEW = {"charging.points": 5, "vacuum.method": "none"}
SWEEPS: dict[str, tuple[str, dict[str, Any], tuple[float, ...]]] = {
    "Fock levels": ("resonator.fock_levels", WEAK, (6, 8, 12, 16, 24, 32, 40)),
    "transmon levels": ("transmon.levels", WEAK | {"resonator.fock_levels": 12}, (2, 3, 4, 5, 6)),
    "charging times": ("charging.points", {"vacuum.method": "none"}, (61, 183, 610, 1830, 6100)),
    "shots": ("tomography.shots", FEW, (100, 1000, 10**4, 10**5, 10**6, 10**7)),
}
_TINY = {
    "transmon.levels": 2,
    "charging.stop_ns": 2.0,
    "charging.points": 3,
    "vacuum.points": 2,
    "reset.shots": 100,
}
_TAIL = 4  # the largest sizes, from which the second exponent is fitted


def main(arguments: list[str] | None = None) -> None:
    """Time every size, fit exponents, and measure memory at the ends."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    chosen = options.parse_args(arguments)
    found = {name: _sweep(name, chosen.rounds, tiny=chosen.tiny) for name in SWEEPS}
    for name, entry in found.items():
        _print(name, entry)
    times = dict(
        zip(found["charging times"]["sizes"], found["charging times"]["seconds"], strict=True)
    )
    peak = max(max(entry["megabytes"].values()) for entry in found.values())
    targets = [
        Target("exponent in Fock levels", found["Fock levels"]["exponent_of_largest"], 2.5, False),
        Target("most / fewest charging times", times[max(times)] / times[min(times)], 3.0, False),
        Target("peak memory at any size, MB", peak, 500.0, at_least=False),
    ]
    save("growth", chosen.out, found, targets, tiny=chosen.tiny)


def _sweep(name: str, rounds: int, *, tiny: bool) -> dict[str, Any]:
    key, base, sizes = SWEEPS[name]
    if tiny:
        base, sizes, rounds = {**base, **_TINY}, sizes[:2], 1
    changes = {size: base | {key: size} for size in sizes}
    verb = "emulate" if name == "shots" else "predict"
    seconds = best_seconds({str(n): _call(verb, changes[n]) for n in sizes}, rounds + 1)
    times = [seconds[str(size)] for size in sizes]
    ends = sizes[:1] if tiny else (sizes[0], sizes[-1])
    return {
        "parameter": key,
        "sizes": list(sizes),
        "seconds": times,
        "times_smallest": [time / times[0] for time in times],
        "exponent": fitted_exponent(list(sizes), times),
        "exponent_of_largest": fitted_exponent(list(sizes[-_TAIL:]), times[-_TAIL:]),
        "megabytes": {
            str(size): probe(verb, json.dumps(changes[size]))["megabytes"] for size in ends
        },
    }


def _call(verb: str, changes: dict[str, Any]) -> Any:
    from cqed_battery.experiment import Experiment
    from protocols.emulation.emulate import emulate
    from protocols.prediction.predict import predict

    experiment = Experiment().replace(changes)
    return lambda: (emulate if verb == "emulate" else predict)(experiment)


def _print(name: str, entry: dict[str, Any]) -> None:
    print_table(
        f"{name}: time ~ size^{entry['exponent']:.2f}"
        f" (size^{entry['exponent_of_largest']:.2f} at the largest {_TAIL})",
        (name, "s", "x smallest", "peak memory, MB"),
        [
            (
                f"{size:g}",
                f"{time:.3f}",
                f"{times:.2f}",
                f"{entry['megabytes'].get(str(size), float('nan')):.0f}".replace("nan", ""),
            )
            for size, time, times in zip(
                entry["sizes"], entry["seconds"], entry["times_smallest"], strict=True
            )
        ],
    )


if __name__ == "__main__":
    main()
