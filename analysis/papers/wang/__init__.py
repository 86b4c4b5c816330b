"""The paper of Wang et al.: model, figures and claims."""

from analysis.papers.paper import Paper

PAPER = Paper(
    key="W",
    title="Driven-dissipative quantum battery with nonequilibrium reservoirs",
    authors="Z. Wang, H. Yu, J. Wang",
    order=5,
    folder=__name__,
)
