"""The public names of a package, listed once in the stub beside it, imported when first used.

A stub (`__init__.pyi`) is what type checkers read; its lines `from HOME import NAME as NAME` say
all that is needed to import the names late, too (PEP 562).
"""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path


def public_names(
    package: str, file: str
) -> tuple[Callable[[str], object], Callable[[], list[str]], list[str]]:
    """Return the `__getattr__`, `__dir__` and `__all__` of a package from its stub.

    Args:
        package: the package's `__name__`.
        file: the package's `__file__`, beside which the stub stands.

    Raises:
        OSError: there is no stub beside the file.
    """
    homes = names_in_stub(Path(file).with_suffix(".pyi"))

    def get(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(homes[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: sorted({*vars(sys.modules[package]), *homes}), sorted(homes)


def names_in_stub(stub: Path) -> dict[str, str]:
    """Return the module of each name that a stub imports.

    Args:
        stub: path of a file `.pyi`.
    """
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    return {
        alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }
