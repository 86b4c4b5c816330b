"""One idea stands in one place, read from the source: settings, methods, observations."""

import ast
import importlib.util
from collections.abc import Callable, Iterator, Mapping
from typing import get_args

import pytest
from test_imports import last_name, read_modules, within

from cqed_battery.experiment.sections.reset import Reset
from cqed_battery.experiment.sections.vacuum import VacuumMeasurement

Modules = Mapping[str, ast.Module]
Check = Callable[[Modules], list[str]]

SETTINGS = "protocols.settings.settings"
COUNTS = (
    "protocols.settings.counts",
    "cqed_battery.files.datasets",
    "cqed_battery.files.labels",
    "analysis.data.counts",
    "analysis.data.consistency.consistency",
    "analysis.data.tables.table",
)
"""Modules that may name the variables of counts anew; all others look them up."""
VARIABLES = ("calibration_counts", "vacuum_counts")
PER_SETTING = ("shots", "counts", "frequency", "frequencies", "fewest", "table")
STAGES = ("arms", "times", "COMPONENTS", "PULSES", "exchange_times")
METHODS = {
    name
    for section, field in ((Reset, "kind"), (VacuumMeasurement, "method"))
    for name in get_args(section.model_fields[field].annotation)
} - {"none"}
SCHEMA = "cqed_battery.experiment.sections"
FOREIGN = "analysis.papers"  # where "passive" is the passive state of a paper
OBSERVATIONS = "analysis.observations"
OBSERVATION_WORDS = {
    *("heat_current_negative", "ergotropy_gain", "vacuum_recovered"),
    "Energy leaves the battery early",
    "More ergotropy than the control",
    "The resonator is back in its vacuum",
}


def found_in(modules: Modules, nodes: Callable[[str, ast.AST], bool], *homes: str) -> list[str]:
    """Return each node that a rule refuses, by the module where it stands, homes left out."""
    return [
        f"{name}: {ast.unparse(node)}"
        for name, tree in modules.items()
        if not any(within(name, home) for home in homes)
        for node in ast.walk(tree)
        if nodes(name, node)
    ]


def second_layouts(modules: Modules) -> list[str]:
    """Find offsets, stacks and slices that lay the settings out anew."""
    return found_in(modules, lambda _, node: is_layout(node), SETTINGS)


def is_layout(node: ast.AST) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        sides = (node.left, node.right)
        return any(is_number(side, 2) for side in sides) and any(map(counts_stages, sides))
    if isinstance(node, ast.Call) and last_name(node.func) == "reshape":
        tuples = [list(part.elts) for part in node.args if isinstance(part, ast.Tuple)]
        shape = tuples[-1] if tuples else node.args
        return [ast.unparse(part) for part in shape] in (["-1", "2"], ["-1", "3"])
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        first_two = node.slice.lower is None and is_number(node.slice.upper, 2)
        return first_two and last_name(node.value) in PER_SETTING
    return False


def is_number(node: ast.AST | None, value: int) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def counts_stages(node: ast.AST) -> bool:
    """Say whether a term counts arms, times, axes or pulses."""
    return any(
        isinstance(part, ast.Call)
        and last_name(part.func) == "len"
        and any(last_name(inner) in STAGES for inner in ast.walk(part))
        for part in ast.walk(node)
    )


def second_datasets(modules: Modules) -> list[str]:
    """Find datasets of counts that are put together outside of their own module."""
    return found_in(modules, lambda _, node: bool(named_variables(node)), *COUNTS)


def named_variables(node: ast.AST) -> list[ast.AST]:
    keys: list[ast.AST | None] = []
    if isinstance(node, ast.Dict):
        keys = list(node.keys)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        keys = [node.slice]
    return [key for key in keys if isinstance(key, ast.Constant) and key.value in VARIABLES]


def branches_on_methods(modules: Modules) -> list[str]:
    """Find names of methods that are compared, matched or looked up outside of their own file."""

    def strange(name: str, node: ast.AST) -> bool:
        home = name.rpartition(".")[2].replace("_", "-")
        return any(word in METHODS and word != home for word in decided_by(node))

    return found_in(modules, strange, SCHEMA, FOREIGN)


def decided_by(node: ast.AST) -> Iterator[object]:
    """Yield the constants that a node's outcome hangs on: keys, comparisons, cases."""
    parts: list[ast.AST | None] = []
    if isinstance(node, ast.Dict):
        parts = list(node.keys)
    elif isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.MatchValue):
        parts = [node.value]
    elif isinstance(node, ast.Subscript):
        parts = [node.slice]
    for part in parts:
        listed = part.elts if isinstance(part, ast.Tuple | ast.List | ast.Set) else [part]
        yield from (one.value for one in listed if isinstance(one, ast.Constant))


def second_observations(modules: Modules, home: str = OBSERVATIONS) -> list[str]:
    """Find keys and titles of the three observations outside of the module that holds them."""

    def known(_: str, node: ast.AST) -> bool:
        return isinstance(node, ast.Constant) and node.value in OBSERVATION_WORDS

    return found_in(modules, known, home)


CHECKS: tuple[Check, ...] = (
    second_layouts,
    second_datasets,
    branches_on_methods,
    second_observations,
)
OFF = () if importlib.util.find_spec(OBSERVATIONS) else (second_observations,)
"""Checks whose one place is still to be made."""

BAD: tuple[tuple[Check, str, str], ...] = (
    (second_layouts, "analysis.estimators.heat.current", "start = 2 + len(arms) * 3 * n"),
    (second_layouts, "analysis.estimators.heat.current", "start = i * len(COMPONENTS) + 2"),
    (second_layouts, "protocols.settings.counts", "rows = counts.reshape(-1, 3)"),
    (second_layouts, "protocols.emulation.emulate", "rows = np.reshape(probability, (-1, 2))"),
    (second_layouts, "analysis.planning.solve", "calibration = settings.shots[:2]"),
    (
        second_datasets,
        "analysis.validation.repeats.simulated_runs",
        'd = {"calibration_counts": table}',
    ),
    (second_datasets, "protocols.emulation.emulate", 'found["vacuum_counts"] = traces'),
    (branches_on_methods, "analysis.checks", 'wait = experiment.reset.kind == "passive"'),
    (branches_on_methods, "protocols.reset.passive", 'rounds = 1 if kind == "active" else 0'),
    (branches_on_methods, "analysis.report.words", 'LABEL = {"displaced-parity": "parity"}'),
    (branches_on_methods, "analysis.report.words", 'if method in ("swap", "vacuum-rabi"): pass'),
    (branches_on_methods, "protocols.resonator", 'match m:\n    case "number-selective": pass'),
    (branches_on_methods, "analysis.checks", 'name = NAMES["vacuum-rabi"]'),
    (second_observations, "analysis.verdict", 'block["heat_current_negative"] = 1'),
    (second_observations, "analysis.report.page", 'title = "More ergotropy than the control"'),
)
GOOD = {
    SETTINGS: "start = 2 + len(arms) * 3\nrows = part.reshape(-1, 3)\nzero = shots[:2]",
    "analysis.estimators.state.bloch": "size = 2 + len(levels)\npoints = clouds.reshape(n, -1, 2)",
    "protocols.settings.counts": 'd = {"calibration_counts": c}\nfound["vacuum_counts"] = v',
    "analysis.data.inputs": 'c = dataset["vacuum_counts"]\nhas = "calibration_counts" in dataset',
    SCHEMA: 'waits = self.kind == "passive"',
    "protocols.resonator.swap": 'upside = method == "swap"',
    "protocols.reset.active": 'changes = {"active": 1}',
    "analysis.planning.vacuum_table": (
        'free = e.replace({"vacuum.method": "none"})\nE("set vacuum-rabi")'
    ),
    "analysis.papers.zhao.readings": 'x = case["passive"]',
    OBSERVATIONS: 'KEY = "vacuum_recovered"',
}


@pytest.mark.parametrize("check", CHECKS)
def test_each_idea_stands_once(check: Check) -> None:
    """No module of the three packages holds a second copy."""
    if check in OFF:
        pytest.skip(f"there is no {OBSERVATIONS} yet")
    assert check(read_modules()) == []


@pytest.mark.parametrize(("check", "name", "source"), BAD)
def test_a_second_copy_is_found(check: Check, name: str, source: str) -> None:
    """A made-up copy is found, and the other checks do not take it for theirs."""
    modules = {name: ast.parse(source)}
    assert [one for one in CHECKS if one(modules)] == [check]


@pytest.mark.parametrize("check", CHECKS)
def test_the_one_place_is_let_pass(check: Check) -> None:
    """What stands where it belongs, and what only looks alike, is not found."""
    assert check({name: ast.parse(source) for name, source in GOOD.items()}) == []


def test_every_check_has_a_bad_example() -> None:
    """No check is without a copy that it finds, and the methods are those of the schema."""
    assert {check for check, _, _ in BAD} == set(CHECKS)
    assert {"active", "passive", "vacuum-rabi", "displaced-parity"} <= METHODS
