"""Registries: the methods of one kind, each in the file that bears its name."""

from collections.abc import Iterable
from importlib import import_module
from typing import NoReturn, TypeVar

from cqed_battery.errors import CqedBatteryError, join_words, show_value

Method = TypeVar("Method")


class Registry(dict[str, Method]):
    """Methods by the names that an experiment file gives them.

    The schema lists the names; the method "some-name" is `METHOD` of the file `some_name.py`. So
    a new method needs its name in the schema and its file, and no list of methods here.

    Args:
        key: the key of the experiment file that names a method, such as "reset.kind".
        package: the package that holds the files.
        names: the names of the methods, in the order of the schema.

    Raises:
        ImportError: the schema has a name without a file.
    """

    def __init__(self, key: str, package: str, names: Iterable[str]) -> None:
        files = {name: f"{package}.{name.replace('-', '_')}" for name in names}
        super().__init__({name: import_module(file).METHOD for name, file in files.items()})
        self._key = key

    def __missing__(self, name: str) -> NoReturn:
        known = join_words([show_value(known) for known in self], "or")
        raise CqedBatteryError(f"{self._key} must be {known} here, but is {show_value(name)}")
