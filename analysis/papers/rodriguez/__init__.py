"""The paper of Rodriguez et al.: model, figures and claims."""

from analysis.papers.paper import Paper

PAPER = Paper(
    key="R",
    title="Catalysis in charging quantum batteries",
    authors="R. R. Rodriguez et al.",
    published="Phys. Rev. A 107, 042419 (2023)",
    order=3,
    folder=__name__,
)
