"""The interface that a maker's software stands behind: a programme in, a compiled one out."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from cqed_battery.operators import ComplexArray, IntArray
from protocols.instruments.programme import Programme
from protocols.instruments.setup import Setup


class Compiled(ABC):
    """A programme as the instruments would run it.

    Args:
        programme: that it was made from.
    """

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    @abstractmethod
    def samples(self, place: int, channel: str) -> ComplexArray:
        """Return the amplitudes that a part's body plays on a channel, read back, (N,).

        Args:
            place: of the part in the programme.
            channel: with a line in the setup.

        Returns:
            One value a sample, from the body's beginning to its end, silence included.
        """

    @abstractmethod
    def flip(self, place: int, number: int) -> ComplexArray:
        """Return what the drive plays in a round of a part's reset, read back, (N,).

        Args:
            place: of the part in the programme.
            number: of the round, from 0.

        Returns:
            One value a sample of the whole round; of the branch for `programme.first_outcome`.
        """

    @abstractmethod
    def outcomes(self) -> Sequence[IntArray]:
        """Play it, and return the outcomes 0 and 1 of every part, (shots, readouts).

        The reset's are not among them. Instruments in emulation return values without meaning.
        """


class Writer(ABC):
    """Writes programmes for one maker's instruments, compiles and plays them.

    Args:
        setup: of the instruments.
        emulated: whether no hardware is connected.
    """

    def __init__(self, setup: Setup, *, emulated: bool) -> None:
        self.setup, self.emulated = setup, emulated

    @abstractmethod
    def compiled(self, programme: Programme) -> Compiled:
        """Return a programme compiled.

        Args:
            programme: settings on the instruments' grid.

        Raises:
            InstrumentError: the instruments cannot play it.
        """
