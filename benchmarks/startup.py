"""Start-up: `--help`, imports, and the default `run` from its command to its report, by parts.

Every number is the smallest of some fresh processes, files already in the system's cache.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.results import Target, parser, print_table, save
from benchmarks.timing import best_probe, best_seconds, run_python

MODULES = (
    "numpy",
    "cqed_battery",
    "cqed_battery.cli",
    "cqed_battery.experiment",
    "cqed_battery.dynamics.evolution",
    "protocols.prediction.predict",
    "protocols.emulation.emulate",
    "analysis.pipeline",
    "analysis.report",
)
_HELP = "from cqed_battery.cli import app; app(['--help'])"
_TINY = {
    "transmon.levels": 2,
    "charging.stop_ns": 12.0,
    "charging.points": 7,
    "vacuum.points": 5,
    "reset.shots": 100,
}


def main(arguments: list[str] | None = None) -> None:
    """Time start-up and one run, and print both."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=5, help="how often each is timed")
    chosen = options.parse_args(arguments)
    rounds = 1 if chosen.tiny else chosen.rounds
    starts = best_seconds(
        {
            "python": lambda: run_python("-c", "pass"),
            "--help": lambda: run_python("-c", _HELP),
        },
        rounds,
    )
    modules = MODULES[:3] if chosen.tiny else MODULES
    imports = {module: best_probe(rounds, "import", module) for module in modules}
    run = _run(_TINY if chosen.tiny else {}, rounds, tiny=chosen.tiny)
    _print(starts, imports, run)
    whole, parts = run["command"], run["parts"]
    save(
        "startup",
        chosen.out,
        {
            "start_seconds": starts,
            "help_over_python": starts["--help"] / starts["python"],
            "imports": imports,
            "run": run,
            "dynamics_share_of_run": parts["dynamics"] / whole["seconds"],
        },
        [
            Target("default run, s", whole["seconds"], 6.0, at_least=False),
            Target("of which dynamics, s", parts["dynamics"], 1.0, at_least=False),
            Target("peak memory of the run, MB", whole["megabytes"], 500.0, at_least=False),
        ],
        tiny=chosen.tiny,
    )


def _run(changes: dict[str, Any], rounds: int, *, tiny: bool) -> dict[str, Any]:
    """Time the run as one command, and its parts in another process."""
    from cqed_battery.experiment import Experiment

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "experiment.toml"
        file.write_text(Experiment().replace(changes).to_toml(), encoding="utf-8")
        parts = best_probe(rounds, "run", folder, json.dumps(changes))
        megabytes = parts.pop("megabytes")
        if tiny:
            whole = {"seconds": sum(parts.values()), "megabytes": megabytes}
        else:
            out = str(Path(folder) / "out")
            whole = best_probe(rounds, "command", "run", str(file), "--out", out, "--quiet")
    return {"command": whole, "parts": parts}


def _print(
    starts: dict[str, float], imports: dict[str, dict[str, float]], run: dict[str, Any]
) -> None:
    print_table(
        "start-up",
        ("", "s", "peak memory, MB"),
        [
            *((name, f"{time:.2f}", "") for name, time in starts.items()),
            *(
                (f"import {name}", f"{found['seconds']:.2f}", f"{found['megabytes']:.0f}")
                for name, found in imports.items()
            ),
        ],
    )
    whole = run["command"]
    print_table(
        "the default run",
        ("part", "s", "peak memory, MB"),
        [
            *((name, f"{time:.2f}", "") for name, time in run["parts"].items()),
            ("whole command", f"{whole['seconds']:.2f}", f"{whole['megabytes']:.0f}"),
        ],
    )


if __name__ == "__main__":
    main()
