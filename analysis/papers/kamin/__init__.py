"""The paper of Kamin et al.: model, figures and claims."""

from analysis.papers.paper import Paper

PAPER = Paper(
    key="K",
    title="Steady-state charging of quantum batteries via dissipative ancillas",
    authors="F. H. Kamin, S. Salimi, M. B. Arjmandi",
    order=4,
    folder=__name__,
)
