"""The common shape of every value object: frozen, strict, and refusing in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from logging import getLogger
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Len, Lt
from pydantic import AllowInfNan, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.fields import FieldInfo

from cqed_battery.device.section_help import explain
from cqed_battery.errors import ExperimentError, explain_unknown_key, join_words, show_value
from cqed_battery.files.html_table import html_table

_SIGNS: tuple[tuple[type, str, str], ...] = (
    (Gt, "gt", ">"),
    (Ge, "ge", ">="),
    (Lt, "lt", "<"),
    (Le, "le", "<="),
)
_NOUNS = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}


class Section(BaseModel):
    """A frozen, keyword-only group of parameters, one section of the experiment file.

    A bad value or an unknown key raises :class:`ExperimentError` when the object is built,
    from Python as from a file.  Each field says its unit in its name and in its description.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    section_name: ClassVar[str] = ""
    alternatives: ClassVar[tuple[tuple[str, ...], ...]] = ()
    """Groups of keys that exclude each other; the last group holds the defaults."""

    other_alternatives: ClassVar[tuple[tuple[tuple[str, ...], ...], ...]] = ()
    """Further sets of such groups, each of another quantity."""

    renamed: ClassVar[Mapping[str, str]] = {}
    """Older names of keys, which still mean what they meant, and the names of today."""

    def __init__(self, /, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ExperimentError(_explain(error, type(self))) from None

    def implied(self) -> Mapping[str, float]:
        """Return values of keys that others stand in place of, which a saved file shows."""
        return {}

    # Sections inside sections are then validated in one pass, so that an error knows its section.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Let `help()` say what the keys are."""
        super().__pydantic_init_subclass__(**kwargs)
        explain(cls)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Validate a mapping or an instance; errors are single sentences here, too.

        Args:
            obj: values by key, or an instance.
            options: of pydantic's `model_validate`.

        Raises:
            ExperimentError: a key is unknown, or a value is refused.
        """
        try:
            return super().model_validate(obj, **options)
        except ValidationError as error:
            raise ExperimentError(_explain(error, cls)) from None

    @model_validator(mode="before")
    @classmethod
    def _read_older_names(cls, given: Any) -> Any:
        if not isinstance(given, dict) or not cls.renamed.keys() & given.keys():
            return given
        for old, new in cls.renamed.items():
            if old in given and new in given:
                raise ValueError(
                    f"{cls.section_name}.{old} is the older name of {new}, but both are given:"
                    f" remove {old}"
                )
        return {cls.name_of_today(key): value for key, value in given.items()}

    @classmethod
    def name_of_today(cls, key: str) -> str:
        """Return the key's name of today; say once, as a note, if it has an older one.

        Args:
            key: of this section, old or new.
        """
        if key in cls.renamed:
            old, new = (f"{cls.section_name}.{name}" for name in (key, cls.renamed[key]))
            note_once(older_name(old, new))
        return cls.renamed.get(key, key)

    @model_validator(mode="before")
    @classmethod
    def _prepare(cls, given: Any) -> Any:
        """Turn numpy's scalars into Python's; refuse two groups of keys that exclude each other."""
        if isinstance(given, dict):
            given = {key: plain(value) for key, value in given.items()}
            for groups in (cls.alternatives, *cls.other_alternatives):
                cls._refuse_both(given, groups)
        return given

    @classmethod
    def _refuse_both(cls, given: Mapping[str, Any], groups: tuple[tuple[str, ...], ...]) -> None:
        named = [[key for key in group if given.get(key) is not None] for group in groups]
        first, *rest = [keys for keys in named if keys] or [[]]
        if rest:
            others = join_words(rest[0], "and")
            raise ValueError(
                f"{cls.section_name}.{first[0]} stands in place of {others}, "
                "but both are given: remove the one or the other"
            )

    def in_force(self) -> dict[str, Any]:
        """Return the values that count: no empty ones, one group of the alternatives."""
        idle: set[str] = set()
        for groups in (self.alternatives, *self.other_alternatives):
            chosen = next((g for g in groups if getattr(self, g[0]) is not None), ())
            idle |= {key for group in groups if group is not chosen for key in group}
        return {
            key: value
            for key in type(self).model_fields
            if key not in idle and (value := getattr(self, key)) is not None
        }

    def _repr_html_(self) -> str:
        rows = [
            (name, key, show_value(value))
            for name, section in self._named_sections()
            for key, value in section.in_force().items()
            if not isinstance(value, Section)
        ]
        return html_table(type(self).__name__, ("section", "key", "value"), rows)

    def _named_sections(self) -> list[tuple[str, Section]]:
        """Return this section and those below it, by name."""
        below = [(name, getattr(self, name)) for name in self.sections()]
        return [(self.section_name, self), *below]

    @classmethod
    def excluded_by(cls, key: str) -> set[str]:
        """Return the keys that cannot be given together with `key`.

        Args:
            key: of this section.
        """
        sets = (cls.alternatives, *cls.other_alternatives)
        own = [groups for groups in sets if any(key in group for group in groups)]
        return {name for groups in own for group in groups if key not in group for name in group}

    @classmethod
    def sections(cls) -> dict[str, type[Section]]:
        """Return the sections below this one by name; empty for a section of the file."""
        return {
            name: field.annotation
            for name, field in cls.model_fields.items()
            if isinstance(field.annotation, type) and issubclass(field.annotation, Section)
        }


def older_name(old: str, new: str) -> str:
    """Return the note that a key was read by its older name.

    Args:
        old: name of a key, with its section.
        new: that of today.
    """
    return f"note: {old} is now called {new}; it was read as that, but write the new name."


@cache
def note_once(text: str) -> None:
    """Tell the user, once a process; Python's logging writes it to stderr unless told otherwise.

    Args:
        text: a whole sentence.
    """
    getLogger("cqed_battery").warning(text)


def describe_requirement(field: FieldInfo) -> str:
    """Say what a field must be, "a number > 0 and <= 100", from its type and bounds.

    Args:
        field: of a Section.
    """
    return _describe(field.annotation, field.metadata)


def _describe(annotation: Any, metadata: Collection[Any] = ()) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _describe(inner[0], [*metadata, *inner[1:]])
    if origin in (Union, UnionType):
        parts = [_describe(part, metadata) for part in inner if part is not NoneType]
        return join_words(parts, "or")
    if origin is Literal:
        return join_words([show_value(word) for word in inner], "or")
    if origin is tuple:
        length = next((note for note in metadata if isinstance(note, Len)), None)
        size = f" of {length.min_length} to {length.max_length} entries" if length else ""
        return f"a list{size}, each {_describe(inner[0])}"
    return f"{_NOUNS[annotation]}{_describe_bounds(metadata)}"


def _describe_bounds(metadata: Collection[Any]) -> str:
    bounds = [
        f"{sign} {_show_bound(getattr(bound, name))}"
        for kind, name, sign in _SIGNS
        for bound in metadata
        if isinstance(bound, kind)
    ]
    endless = any(isinstance(note, AllowInfNan) and note.allow_inf_nan for note in metadata)
    return f"{' ' if bounds else ''}{' and '.join(bounds)}{', or inf' if endless else ''}"


def _show_bound(bound: float) -> str:
    return str(bound) if isinstance(bound, int) else f"{bound:.15g}"


def _explain(error: ValidationError, model: type[Section]) -> str:
    """Turn the first of pydantic's errors into a sentence and count the others."""
    problems: dict[tuple[str, ...], Mapping[str, Any]] = {}
    for problem in error.errors(include_url=False):
        depth = 2 if problem["loc"] and problem["loc"][0] in model.sections() else 1
        problems.setdefault(tuple(map(str, problem["loc"][:depth])), problem)
    place, first = next(iter(problems.items()))
    others = len(problems) - 1
    return _sentence(model, place, first) + (f" (and {others} more)" if others else "")


def _sentence(model: type[Section], place: tuple[str, ...], problem: Mapping[str, Any]) -> str:
    if problem["type"] == "value_error":
        return str(problem["ctx"]["error"])
    if not place:
        was = show_value(problem["input"])
        return f"{model.__name__} must be built from keys and their values, but is {was}"
    owner = model.sections().get(place[0], model) if len(place) == 2 else model
    section = owner.section_name
    if place[-1] not in owner.model_fields:
        return explain_unknown_key(section, place[-1], _known_keys(model))
    if place[-1] in owner.sections():
        return (
            f"{place[-1]} must be a section, [{place[-1]}] with its keys below, "
            f"but is {show_value(problem['input'])}"
        )
    return _refuse(owner, place[-1], problem)


def _refuse(owner: type[Section], key: str, problem: Mapping[str, Any]) -> str:
    must = describe_requirement(owner.model_fields[key])
    entries = [part for part in problem["loc"] if isinstance(part, int)]
    was = f"entry {entries[0] + 1} is" if entries else "is"
    name = f"{owner.section_name}.{key}" if owner.section_name else key
    return f"{name} must be {must}, but {was} {show_value(problem['input'])}"


def _known_keys(model: type[Section]) -> dict[str, Collection[str]]:
    parts = {part.section_name: part.model_fields for part in model.sections().values()}
    return {model.section_name: model.model_fields, **parts}


def plain(value: Any) -> Any:
    """Return a numpy scalar as Python's own number, truth or text; anything else as it is.

    Args:
        value: anything.
    """
    scalar = type(value).__module__ == "numpy" and getattr(value, "shape", None) == ()
    return value.item() if scalar else value


def as_tuple(value: Any) -> Any:
    """Let a list stand for a tuple, as the arrays of a file and of numpy do.

    Args:
        value: a list, tuple or numpy array; anything else is returned as it is.
    """
    unpack: Callable[[], Any] | None = getattr(value, "tolist", None)
    entries = unpack() if unpack else value
    return tuple(map(plain, entries)) if isinstance(entries, list | tuple) else value
