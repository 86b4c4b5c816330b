"""Whether bands and verdicts hold on devices off their file, and which errors cost most.

Devices are drawn, emulated and analysed as `cqed-battery validate --draw` does it. Outcomes are
kept in a folder, so that a study goes on where it was stopped; the page is written from all.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt

from analysis.validation import (
    CLAIM_HEADERS,
    ERROR_HEADERS,
    HEADERS,
    claim_table,
    error_table,
    power_headers,
    power_table,
    table_rows,
    validate,
)
from analysis.validation.outcomes.presentation import study_dict
from analysis.validation.outcomes.statistics import Study
from benchmarks.results import Target, parser, save
from cqed_battery.compute.points import Workers
from cqed_battery.experiment import Experiment
from cqed_battery.files.markdown import table

KEPT = Path("build") / "laboratories"
SEED = 31
_SHOTS = {"1000 shots": 1000, "5000 shots": 5000}
_TINY = {
    "charging.stop_ns": 8.0,
    "charging.points": 5,
    "vacuum.method": "none",
    "resonator.fock_levels": 4,
    "tomography.shots": 100,
}
SMALL = {
    "transmon.levels": 2,
    "resonator.fock_levels": 5,
    "charging.stop_ns": 40.0,
    "charging.points": 17,
    "vacuum.points": 11,
}
"""What makes a file of which a laboratory is emulated and analysed in seven seconds."""
_COVERED, _WIDE_COVERED, _CONTRADICTED = 0.93, 0.90, 0.003


def main(arguments: list[str] | None = None) -> None:
    """Run what is not kept yet, save numbers and targets, and write the page."""
    options = parser(__doc__)
    options.add_argument("--repeats", type=int, default=1600, help="laboratories at each shots")
    options.add_argument("--devices", type=int, default=2000, help="random devices")
    options.add_argument("--keep", type=Path, default=KEPT, help="folder of outcomes")
    options.add_argument("--page", type=Path, help="page to write, its picture beside it")
    options.add_argument("--workers", type=int, help="processes")
    chosen = options.parse_args(arguments)
    repeats, devices = (2, 2) if chosen.tiny else (chosen.repeats, chosen.devices)
    chosen.keep.mkdir(parents=True, exist_ok=True)
    base = Experiment().replace(_TINY if chosen.tiny else {})
    studies: dict[str, Study] = {}

    def add(name: str, experiment: Experiment, draw: str, count: int) -> None:
        """Make a study, or what is missing of it."""
        kept = chosen.keep / f"{name.replace(' ', '-').replace(',', '')}-{count}.jsonl"
        (studies[name],) = validate(
            experiment,
            repeats=count,
            draw=draw,
            keep=kept,
            seed=SEED,
            workers=Workers(chosen.workers),
        )

    small = Experiment().replace(_TINY if chosen.tiny else SMALL)
    for what, file in (("small file, ", small), ("", base)):
        for name, shots in _SHOTS.items():
            changes = {} if chosen.tiny else {"tomography.shots": shots, "vacuum.shots": shots}
            add(f"{what}laboratory, {name}", file.replace(changes), "laboratory", repeats)
    add("wide, 1000 shots", base, "wide", repeats)
    add("random devices", base, "devices", devices)
    numbers: dict[str, Any] = {name: study_dict(study) for name, study in studies.items()}
    save("laboratories", chosen.out, {"studies": numbers}, _targets(studies), tiny=chosen.tiny)
    if chosen.page is not None:
        _write(chosen.page, studies)


def _targets(studies: dict[str, Study]) -> list[Target]:
    found = []
    for name, study in studies.items():
        if not name.startswith("random"):
            limit = _WIDE_COVERED if name.startswith("wide") else _COVERED
            found += [
                Target(f"{name}: {row.estimator}, {row.quantity}", row.coverage.value, limit)
                for row in study.rows
                if row.estimator == "reported" or not name.startswith("wide")
            ]
        found += [
            Target(
                f"{name}: {row.claim} contradicted", row.contradicting.value, _CONTRADICTED, False
            )
            for row in study.claims
        ]
    return found


def _write(page: Path, studies: dict[str, Study]) -> None:
    """Write the page, and the picture of what errors cost."""
    picture = page.parent / "pictures" / "laboratories.png"
    picture.parent.mkdir(parents=True, exist_ok=True)
    _draw(picture, studies)
    lines = [
        "# Devices that are off their file",
        "",
        "No device is quite its file's. Here devices are drawn as a laboratory's calibrations leave"
        " them, or three times as far, or of any kind; each is emulated with what is off (a ripple"
        " of the drive and a coupling that settles, which the fit describes in part, among it), and"
        " its counts are analysed with the file, as `run` does it. Numbers in"
        " brackets are Monte-Carlo errors of the last digits. `python -m benchmarks.laboratories"
        " --page docs/laboratories.md` writes this page and goes on from the outcomes that it"
        " keeps.",
        "",
        f"![Coverage where one error is large](pictures/{picture.name})",
        "",
    ]
    for name, study in studies.items():
        lines += section(name, study)
    page.write_text("\n".join(lines), encoding="utf-8")


def section(name: str, study: Study) -> list[str]:
    """Return the page's lines on a study.

    Args:
        name: of the study.
        study: its statistics.
    """
    lines = [f"## {name[0].upper()}{name[1:]}: {study.repeats} runs", ""]
    for estimator, rows in table_rows(study).items():
        lines += [f"95 % intervals, {estimator}:", "", *table(HEADERS, rows), ""]
    lines += ["Verdicts beside the truth:", "", *table(CLAIM_HEADERS, claim_table(study)), ""]
    lines += ["Share decided, by how many standard errors the truth is from the bar:", ""]
    lines += [*table(power_headers(study), power_table(study)), ""]
    return [*lines, "Coverage by what is off:", "", *table(ERROR_HEADERS, error_table(study)), ""]


def _draw(picture: Path, studies: dict[str, Study]) -> None:
    """Draw the coverage where each error is large, with its Monte-Carlo error, by study."""
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for number, (name, study) in enumerate(studies.items()):
        _points(axes, name, study, number / (2 * len(studies)))
    axes.axvline(95, color="0.6", lw=1)
    axes.set_xlabel("intervals that hold the truth where this error is large, %")
    figure.legend(loc="outside upper center", frameon=False, fontsize=8)
    figure.savefig(picture, dpi=120, metadata={"Software": None})
    plt.close(figure)


def _points(axes: Any, name: str, study: Study, shift: float) -> None:
    rows: Sequence[Any] = study.errors
    places = [place + shift for place in range(len(rows))]
    shares = [row.large.percent for row in rows]
    axes.errorbar(
        [share.value for share in shares],
        places,
        xerr=[share.error for share in shares],
        fmt="o",
        ms=4,
        label=name,
    )
    axes.set_yticks(range(len(rows)), [row.error for row in rows])


if __name__ == "__main__":
    main()
