"""Single values that the user changes on the command line: --set KEY=VALUE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cqed_battery.experiment import Experiment

_MUST = "--set must be KEY=VALUE, such as coupler.g_on_MHz=40"


def with_changes(
    experiment: Experiment, texts: Iterable[str] | None, seed: int | None = None
) -> Experiment:
    """Return the experiment with values of `--set` and with the seed, where they are given.

    Args:
        experiment: of the file.
        texts: "coupler.g_on_MHz=40" each; a value is read as TOML, or else as a word.
        seed: instead of the one in the file.

    Raises:
        CqedBatteryError: a text has no key or no value.
        ExperimentError: the experiment refuses a key or a value.
    """
    changes = set_values(texts)
    if seed is not None:
        changes["seed"] = seed
    return experiment.replace(changes) if changes else experiment


def set_values(texts: Iterable[str] | None, must: str = _MUST) -> dict[str, Any]:
    """Return the values by key of texts such as "coupler.g_on_MHz=40".

    Args:
        texts: a value is read as TOML, or else as a word.
        must: begins the sentence that refuses a text.

    Raises:
        CqedBatteryError: a text has no key or no value.
    """
    from cqed_battery.experiment.set_values import set_values as read

    return read(texts, must)
