"""Options, tables and JSON files that all benchmarks share."""

import argparse
import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent / "results"
PACKAGES = (
    "cqed-battery",
    "numpy",
    "scipy",
    "qiskit-dynamics",
    "qiskit-aer",
    "qutip",
    "dynamiqs",
    "diffrax",
    "jax",
)


def parser(description: str) -> argparse.ArgumentParser:
    """Return a parser with the options of every benchmark."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--tiny", action="store_true", help="smallest sizes, to see that it runs")
    options.add_argument("--out", type=Path, default=FOLDER, help="folder of the JSON file")
    return options


@dataclass(frozen=True)
class Target:
    """A number, what it has to be, and whether it is."""

    name: str
    value: float
    limit: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether the number keeps its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def as_json(self) -> dict[str, Any]:
        """Return the target as it stands in the JSON file."""
        sign = ">=" if self.at_least else "<="
        return {"value": self.value, "target": f"{sign} {self.limit:g}", "met": self.met}


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, the first column to the left and the others to the right."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=number > 0)
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)


def save(
    name: str, folder: Path, numbers: dict[str, Any], targets: Sequence[Target], *, tiny: bool
) -> Path:
    """Write NAME.json with the numbers, the targets, package versions and the machine's size."""
    print_table(
        "targets",
        ("target", "measured", "wanted", "met"),
        [
            (t.name, f"{t.value:.3g}", f"{'>=' if t.at_least else '<='} {t.limit:g}", _yes(t.met))
            for t in targets
        ],
    )
    content = {
        "benchmark": name,
        "tiny": tiny,
        "targets": {target.name: target.as_json() for target in targets},
        **numbers,
        "versions": {"python": platform.python_version(), **_versions()},
        "machine": {
            "cpus": os.cpu_count(),
            "load_average": os.getloadavg()[0],
            "architecture": platform.machine(),
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return path


def _yes(met: bool) -> str:
    return "yes" if met else "NO"


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found
