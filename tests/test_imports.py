"""The order of the floors, read from the source: who may import whom, and what stands where."""

import ast
import math
from collections.abc import Callable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

from cqed_battery.public_names import names_in_stub

ROOT = Path(__file__).parents[1]
PACKAGES = ("cqed_battery", "protocols", "analysis")
FLOORS = {
    "cqed_battery": 0,
    "protocols": 1,
    "analysis": 2,
    "cqed_battery.verbs": 3,
    "cqed_battery.cli": 4,
    "cqed_battery.__main__": 4,
}
HOMES = {
    "qiskit_dynamics": "cqed_battery.dynamics.qiskit_models",
    "qiskit_aer": "protocols.emulation.sampling",
    "matplotlib": "analysis.report",
    "laboneq": "protocols.instruments.labone_q",
}
BANISHED = ("qiskit.pulse", "DynamicsBackend")
UNITS = "cqed_battery.units"
PLANCK_AND_BOLTZMANN = (1.054571817e-34, 6.62607015e-34, 1.380649e-23)

Modules = Mapping[str, ast.Module]


def read_modules() -> dict[str, ast.Module]:
    """Parse every module of the three packages."""
    modules = {}
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            modules[name] = ast.parse(file.read_text(encoding="utf-8"))
    return modules


def imported(tree: ast.AST) -> Iterator[str]:
    """Yield each imported name in full, `from a import b` as a.b; lazy imports count."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            home = "." * node.level + (node.module or "")
            yield from (f"{home}.{alias.name}" for alias in node.names)


def within(name: str, home: str) -> bool:
    return name == home or name.startswith(f"{home}.")


def floor(name: str) -> int | None:
    """Return the floor of a module, None for foreign ones; a public name is of its module's."""
    package, _, public = name.rpartition(".")
    if package in PACKAGES:
        name = names_in_stub(ROOT / package / "__init__.pyi").get(public, name)
    homes = [home for home in FLOORS if within(name, home)]
    return FLOORS[max(homes, key=len)] if homes else None


def upward_imports(modules: Modules) -> list[str]:
    found = []
    for name, tree in modules.items():
        for target in imported(tree):
            above = floor(target)
            if above is not None and above > (floor(name) or 0):
                found.append(f"{name} imports {target}")
    return found


def relative_imports(modules: Modules) -> list[str]:
    return [
        f"{name} imports {target}"
        for name, tree in modules.items()
        for target in imported(tree)
        if target.startswith(".")
    ]


def strayed_libraries(modules: Modules) -> list[str]:
    return [
        f"{name} imports {target}"
        for library, home in HOMES.items()
        for name, tree in modules.items()
        for target in imported(tree)
        if within(target, library) and not within(name, home)
    ]


def banished_names(modules: Modules) -> list[str]:
    found = []
    for name, tree in modules.items():
        words = [*imported(tree)]
        words += [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
        words += [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
        dotted = [f".{word}." for word in words]
        found += [f"{name}: {bad}" for bad in BANISHED if any(f".{bad}." in w for w in dotted)]
    return found


def import_cycle(modules: Modules) -> list[str]:
    """Return one cycle of imports, or nothing; imports for the type checker alone are left out."""
    graph: dict[str, set[str]] = {}
    for name, tree in modules.items():
        targets = {module_of(target, modules) for target in imported(without_typing(tree))}
        graph[name] = {target for target in targets if target is not None and target != name}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def module_of(target: str, modules: Modules) -> str | None:
    """Return the module that an imported name belongs to."""
    if target in modules:
        return target
    home = target.rpartition(".")[0]
    return home if home in modules else None


def without_typing(tree: ast.Module) -> ast.Module:
    kept = [
        node
        for node in tree.body
        if not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"))
    ]
    return ast.Module(body=kept, type_ignores=[])


def strayed_constants(modules: Modules) -> list[str]:
    found = []
    for name, tree in modules.items():
        if name == UNITS:
            continue
        found += [f"{name}: {t}" for t in imported(tree) if within(t, "scipy.constants")]
        found += [f"{name}: {ast.unparse(n)}" for n in ast.walk(tree) if is_constant_of_nature(n)]
        found += [f"{name}: {ast.unparse(n)}" for n in ast.walk(tree) if is_two_pi(n)]
    return found


def is_constant_of_nature(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, float)):
        return False
    value = node.value
    return any(math.isclose(value, known, rel_tol=1e-3) for known in PLANCK_AND_BOLTZMANN)


def is_two_pi(node: ast.AST) -> bool:
    """Say whether the node is tau or a product that holds both 2 and pi."""
    if last_name(node) == "tau" and isinstance(node, ast.Attribute):
        return True
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return False
    factors = list(factors_of(node))
    twos = [f for f in factors if isinstance(f, ast.Constant) and f.value in (2, 2j)]
    return bool(twos) and any(last_name(factor) == "pi" for factor in factors)


def factors_of(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        yield from factors_of(node.left)
        yield from factors_of(node.right)
    elif isinstance(node, ast.UnaryOp):
        yield from factors_of(node.operand)
    else:
        yield node


def last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


CHECKS = (
    upward_imports,
    relative_imports,
    strayed_libraries,
    banished_names,
    import_cycle,
    strayed_constants,
)
BAD: tuple[tuple[Callable[[Modules], list[str]], dict[str, str]], ...] = (
    (upward_imports, {"cqed_battery.device": "from protocols import reset"}),
    (upward_imports, {"protocols.reset": "def f():\n    import analysis.estimators.heat.current"}),
    (upward_imports, {"analysis.estimators.heat.current": "from cqed_battery.cli import app"}),
    (upward_imports, {"cqed_battery.device": "from cqed_battery import cli"}),
    (upward_imports, {"protocols.reset": "from cqed_battery.verbs.runs import run"}),
    (upward_imports, {"protocols.reset": "from cqed_battery import plan"}),
    (upward_imports, {"cqed_battery.verbs.runs": "from cqed_battery.cli import app"}),
    (relative_imports, {"cqed_battery.device": "from . import units"}),
    (relative_imports, {"cqed_battery.device": "from .units import GHZ"}),
    (strayed_libraries, {"protocols.stages.charging": "from qiskit_dynamics.models import Solver"}),
    (strayed_libraries, {"protocols.reset": "import qiskit_aer"}),
    (
        strayed_libraries,
        {"analysis.estimators.heat.current": "def f():\n    import matplotlib.pyplot as plt"},
    ),
    (banished_names, {"protocols.stages.charging": "from qiskit import pulse"}),
    (banished_names, {"protocols.stages.charging": "from qiskit.pulse import Gaussian"}),
    (banished_names, {"protocols.stages.charging": "import qiskit\nqiskit.pulse.Gaussian()"}),
    (banished_names, {"protocols.backend": "DynamicsBackend()"}),
    (banished_names, {"protocols.backend": "from qiskit_dynamics import DynamicsBackend"}),
    (
        import_cycle,
        {"protocols.a": "from protocols.b import f", "protocols.b": "from protocols import a"},
    ),
    (
        import_cycle,
        {
            "analysis.a": "import analysis.b",
            "analysis.b": "def f():\n    import analysis.c",
            "analysis.c": "from analysis.a import g",
        },
    ),
    (strayed_constants, {"protocols.reset": "from scipy.constants import hbar"}),
    (strayed_constants, {"protocols.reset": "from scipy import constants"}),
    (strayed_constants, {"protocols.reset": "HBAR = 1.0546e-34"}),
    (strayed_constants, {"protocols.reset": "k = 1.380649e-23"}),
    (strayed_constants, {"protocols.reset": "w = 2 * np.pi * f"}),
    (strayed_constants, {"protocols.reset": "w = f * 2.0 * math.pi"}),
    (strayed_constants, {"protocols.reset": "w = -2j * pi * f"}),
    (strayed_constants, {"protocols.reset": "w = math.tau * f"}),
)
GOOD = {
    "cqed_battery.units": "TWO_PI = 2 * math.pi\nHBAR = 1.054571817e-34",
    "cqed_battery.device": "from cqed_battery.units import TWO_PI",
    "cqed_battery.dynamics.qiskit_models": (
        "import qiskit_dynamics\nfrom cqed_battery import device"
    ),
    "cqed_battery.cli.run": "import cqed_battery.verbs.runs\nfrom protocols import reset",
    "cqed_battery.verbs.runs": "from analysis.pipeline import f\nfrom protocols import reset",
    "protocols.reset": "from cqed_battery.operators import g\nangle = math.pi / 2\ntau = 3 * tau",
    "protocols.emulation.sampling": "from qiskit_aer import AerSimulator\nimport qiskit",
    "analysis.estimators.heat.current": "if TYPE_CHECKING:\n    import analysis.report.page",
    "analysis.report.page": (
        "import matplotlib.pyplot\nfrom analysis.estimators.heat.current import f"
    ),
}


@pytest.mark.parametrize("check", CHECKS)
def test_source_keeps_the_rule(check: Callable[[Modules], list[str]]) -> None:
    """The three packages break none of the rules."""
    modules = read_modules()
    assert {"cqed_battery.cli", "protocols", "analysis"} <= set(modules)
    assert check(modules) == []


@pytest.mark.parametrize(("check", "sources"), BAD)
def test_each_rule_can_be_broken(
    check: Callable[[Modules], list[str]], sources: dict[str, str]
) -> None:
    """A small bad example is found, so that silence means something."""
    assert check({name: ast.parse(source) for name, source in sources.items()}) != []


@pytest.mark.parametrize("check", CHECKS)
def test_each_rule_lets_good_code_pass(check: Callable[[Modules], list[str]]) -> None:
    """Allowed neighbours of the bad examples are not found."""
    assert check({name: ast.parse(source) for name, source in GOOD.items()}) == []


def test_every_bad_example_has_its_rule() -> None:
    """No rule is without a bad example."""
    assert {check for check, _ in BAD} == set(CHECKS)


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_exist(package: str) -> None:
    """Each name listed as public can be imported, and a name that is not listed is refused."""
    module = import_module(package)
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match="no_such_name"):
        module.no_such_name  # noqa: B018


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checker_sees_the_public_names(package: str) -> None:
    """The stub or a module's `__all__` lists each name once, as type checkers take it."""
    module = import_module(package)
    tree = ast.parse((ROOT / package / "__init__.pyi").read_text(encoding="utf-8"))
    lines = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    whole = [node.module for node in lines if node.names[0].name == "*"]
    names = [alias for node in lines for alias in node.names if alias.name != "*"]
    assert all(alias.asname == alias.name for alias in names)
    listed = [name for home in whole for name in import_module(str(home)).__all__]
    assert sorted([*listed, *(alias.name for alias in names)]) == module.__all__
    assert all(str(node.module).partition(".")[0] in PACKAGES for node in lines)
