"""What is known of a seed paper: where it was published, its model, figures and claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analysis.papers.claim import PaperClaim
    from analysis.papers.figure import Figure
    from cqed_battery.theory.paper_model import PaperModel


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A seed paper and its folder, whose files are imported when they are asked for.

    Args:
        key: the short name, in capitals.
        title: of the paper.
        authors: as they are cited.
        published: journal, year or version; "" if there is nothing to add.
        order: the place in lists and in the ledger, the first 1.
        folder: the package that holds `model.MODEL`, `figures.FIGURES` and `readings.CLAIMS`.
        version: "_" and a version's name, which those names end in where a folder holds several.
    """

    key: str
    title: str
    authors: str
    published: str = ""
    order: int
    folder: str
    version: str = ""

    @property
    def source(self) -> str:
        """Who published it, and where."""
        return ", ".join(filter(None, (self.authors, self.published)))

    @property
    def model(self) -> PaperModel:
        """The model at the paper's own parameters."""
        return self._part("model", "MODEL")

    @property
    def figures(self) -> Mapping[str, Figure]:
        """The figures by their keys, in the order of the paper."""
        return self._part("figures", "FIGURES")

    @property
    def claims(self) -> tuple[PaperClaim, ...]:
        """The claims in the order of the paper, out of every file of its folder `claims`."""
        room = import_module(f"{self.folder}.claims")
        for module in iter_modules(room.__path__, f"{room.__name__}."):
            import_module(module.name)
        return tuple(self._part("readings", "CLAIMS"))

    @property
    def options(self) -> tuple[tuple[str, ...], ...]:
        """What the text leaves open: the values of each option, the text's own first."""
        return tuple(self._part("readings", "OPTIONS"))

    @property
    def to_experiment(self) -> Callable[..., Any] | None:
        """What lifts the model into an experiment file, if its battery is the device's."""
        module = f"{self.folder}.to_experiment"
        return import_module(module).to_experiment if find_spec(module) else None

    def _part(self, module: str, name: str) -> Any:
        return getattr(import_module(f"{self.folder}.{module}"), f"{name}{self.version}")
