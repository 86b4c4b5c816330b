"""Imports that a library makes at its start and this program never uses are put off."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """Stands for a module, or what is in it, until it is really used.

    While the library is imported its attributes stand for themselves, since nothing but a
    signature asks for them; afterwards they come from the real module.
    """

    importing = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.importing:
            child = _Deferred(f"{self.__name__}.{name}")
            self.__dict__[name] = child
            return child
        return getattr(self._real(), name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self._real()(*args, **options)

    def _real(self) -> Any:
        """Return the module of this name, or what its parent holds under it."""
        try:
            return import_module(self.__name__)
        except ModuleNotFoundError:
            package, _, name = self.__name__.rpartition(".")
            return getattr(import_module(package), name)

    def release(self) -> None:
        """Let this and all below it come from the real modules from now on."""
        self.importing = False
        for name, child in list(self.__dict__.items()):
            if isinstance(child, _Deferred):
                child.release()
                del self.__dict__[name]


@contextmanager
def deferred(*names: str) -> Iterator[None]:
    """Put off the import of modules that a library imports at its start.

    Inside the context `import NAME` gives a stand-in unless NAME is imported already; the library
    keeps it and gets the real module when it first uses it. Everybody else imports the real one.

    Args:
        names: of modules, of which nothing inside the context may use anything.
    """
    stand_ins = {name: _Deferred(name) for name in names if name not in sys.modules}
    sys.modules |= stand_ins
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]
            stand_in.release()
