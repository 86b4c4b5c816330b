"""What a user sees when something goes wrong: one sentence on stderr and an exit code."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import typer

from cqed_battery.errors import CqedBatteryError

BAD_INPUT = 2
INTERRUPTED = 130
_TOO_LARGE = (
    "this does not fit into the memory of this machine: ask for fewer levels, times or shots."
)
_ARGUMENT = re.compile(r"`(\w+)`")


@contextmanager
def plain_errors(flags: Mapping[str, str]) -> Iterator[None]:
    """Turn the errors that a user can repair into one sentence and an exit code.

    A refused value or an unusable file ends with code 2, an interruption with code 130.  Notes
    that the error carries follow on lines of their own.  Any other error is a mistake of this
    program and keeps its traceback.

    Args:
        flags: the option that stands for each argument in backticks.
    """

    def farewell(error: BaseException, sentence: str, code: int) -> typer.Exit:
        for line in (sentence, *getattr(error, "__notes__", ())):
            named = _ARGUMENT.sub(lambda match: flags.get(match[1], match[0]), line)
            typer.echo(" ".join(named.split()), err=True)
        return typer.Exit(code)

    try:
        yield
    except CqedBatteryError as error:
        raise farewell(error, f"error: {error}", BAD_INPUT) from None
    except OSError as error:
        raise farewell(error, f"error: {_file_sentence(error)}", BAD_INPUT) from None
    except MemoryError as error:
        raise farewell(error, f"error: {_TOO_LARGE}", BAD_INPUT) from None
    except KeyboardInterrupt as error:
        sentence = "Interrupted: files that were finished before are as they were."
        raise farewell(error, sentence, INTERRUPTED) from None


def _file_sentence(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    if error.filename is None:
        return f"a file could not be read or written: {reason}."
    return f"{error.filename} could not be read or written: {reason}."
