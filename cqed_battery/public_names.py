"""The public names of a package, listed once in the stub beside it, imported when first used.

A stub (`__init__.pyi`) is what type checkers read; its lines `from HOME import NAME as NAME` say
all that is needed to import the names late, too (PEP 562). A line `from HOME import *` stands for
the names that HOME lists as `__all__`.
"""

import ast
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

# The list alone: to parse the whole file would cost every start some milliseconds a file.
_ALL = re.compile(r"^__all__ = (\[.*?\])", re.MULTILINE | re.DOTALL)


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
        name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        for name in (listed(stub, node.module) if alias.name == "*" else [alias.name])
    }


def listed(stub: Path, module: str) -> list[str]:
    """Return the `__all__` of a module, read from its file: it is not imported for that.

    Args:
        stub: of a package that stands beside the module's own, or holds it.
        module: by its full name.

    Raises:
        OSError: there is no such file.
        ValueError: the file has no list `__all__` of plain texts.
    """
    file = stub.parents[1].joinpath(*module.split(".")).with_suffix(".py")
    found = _ALL.search(file.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{file} has no __all__, but {stub} takes all names of {module}")
    return [str(name) for name in ast.literal_eval(found[1])]
