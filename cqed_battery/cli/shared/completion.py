"""What the shell completes after Tab: keys of the experiment file, claims of a plan and papers."""

from collections.abc import Iterable


def keys(incomplete: str) -> list[str]:
    """Return the keys that begin so, each with the = that its value follows.

    Args:
        incomplete: what the user has typed, such as "coupler.g".
    """
    from cqed_battery.experiment import Experiment

    sections = Experiment().model_dump()
    tables = {name: block for name, block in sections.items() if isinstance(block, dict)}
    alone = (f"{name}=" for name in sections if name not in tables)
    inside = (f"{name}.{key}=" for name, block in tables.items() for key in block)
    return _beginning((*alone, *inside), incomplete)


def claims_of_a_plan(incomplete: str) -> list[str]:
    """Return the claims that begin so, up to where a number is the user's own.

    Args:
        incomplete: what the user has typed.
    """
    from analysis.planning.claims import FORMS

    fixed = (form.partition("TIME_NS")[0].partition("X")[0] for form in FORMS)
    return _beginning(fixed, incomplete)


def papers_and_claims(incomplete: str) -> list[str]:
    """Return the papers and the keys of their claims that begin so.

    Args:
        incomplete: what the user has typed, such as "Z1".
    """
    from analysis.papers.library import PAPERS

    claims = (claim.key for paper in PAPERS.values() for claim in paper.claims)
    return _beginning((*PAPERS, *claims), incomplete)


def _beginning(words: Iterable[str], incomplete: str) -> list[str]:
    return [word for word in dict.fromkeys(words) if word.startswith(incomplete)]
