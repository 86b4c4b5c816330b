"""The seed papers by their short names: figures, claims and where they were published."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from analysis.papers.claim import Claim
from analysis.papers.figure import Figure
from cqed_battery.errors import CqedBatteryError


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A seed paper; its figures and claims are imported when they are asked for."""

    key: str
    title: str
    source: str
    room: str
    suffix: str = ""

    @property
    def figures(self) -> Mapping[str, Figure]:
        """The figures by their keys, in the order of the paper."""
        return getattr(import_module(f"analysis.papers.{self.room}"), f"FIGURES{self.suffix}")

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims in the order of the paper."""
        return getattr(import_module(f"analysis.papers.{self.room}"), f"CLAIMS{self.suffix}")


PAPERS: dict[str, Paper] = {
    paper.key: paper
    for paper in (
        Paper(
            key="Z1",
            title="Quantum catalysis-enhanced extract energy in qubit quantum battery",
            source="S.-C. Zhao, first version (December 2025)",
            room="zhao",
            suffix="_Z1",
        ),
        Paper(
            key="Z2",
            title="Quantum-catalysis-enhanced extractable energy in a qubit quantum battery",
            source="S.-C. Zhao, second version (April 2026)",
            room="zhao",
            suffix="_Z2",
        ),
        Paper(
            key="R",
            title="Catalysis in charging quantum batteries",
            source="R. R. Rodriguez et al., Phys. Rev. A 107, 042419 (2023)",
            room="rodriguez",
        ),
        Paper(
            key="K",
            title="Steady-state charging of quantum batteries via dissipative ancillas",
            source="F. H. Kamin, S. Salimi, M. B. Arjmandi",
            room="kamin",
        ),
        Paper(
            key="W",
            title="Driven-dissipative quantum battery with nonequilibrium reservoirs",
            source="Z. Wang, H. Yu, J. Wang",
            room="wang",
        ),
    )
}


def find_paper(key: str) -> Paper:
    """Return a paper by its short name, in capitals or not.

    Raises:
        CqedBatteryError: there is no such paper.
    """
    if key.upper() not in PAPERS:
        raise CqedBatteryError(f"PAPER must be one of {', '.join(PAPERS)}, but was {key!r}")
    return PAPERS[key.upper()]
