"""Which writer plays on the instruments of a setup."""

from protocols.instruments.setup import InstrumentError, Setup
from protocols.instruments.writer import Writer


def writer_of(setup: Setup, *, emulated: bool) -> Writer:
    """Return the writer for the instruments of a setup.

    Args:
        setup: whose `kind` names it.
        emulated: whether no hardware is connected.

    Raises:
        InstrumentError: the maker's software is not installed.
    """
    try:
        from protocols.instruments.labone_q import LabOneQ
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "laboneq":
            raise
        raise InstrumentError(
            'instruments of kind "laboneq" need LabOne Q, which is not installed: install the extra'
            " cqed-battery[laboneq] (pip install -e '.[laboneq]' in a clone)"
        ) from error
    return LabOneQ(setup, emulated=emulated)
