"""The paper of Zhao in its two versions: model, figures and claims."""

from analysis.papers.paper import Paper

PAPER = (
    Paper(
        key="Z1",
        title="Quantum catalysis-enhanced extract energy in qubit quantum battery",
        authors="S.-C. Zhao",
        published="first version (December 2025)",
        order=1,
        folder=__name__,
        version="_Z1",
    ),
    Paper(
        key="Z2",
        title="Quantum-catalysis-enhanced extractable energy in a qubit quantum battery",
        authors="S.-C. Zhao",
        published="second version (April 2026)",
        order=2,
        folder=__name__,
        version="_Z2",
    ),
)
