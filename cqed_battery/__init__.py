"""A quantum battery of circuit QED: a transmon that charges through a microwave resonator.

This package is the device: its parameters, its equations of motion, its energies and its
records.  What is done to the device stands in ``protocols``, what is learnt from the counts in
``analysis``.  Every verb of the command line is a function here, ``cqed_battery.run`` and the
others.  Names are imported when they are first used, so that importing is cheap; the stub beside
this file lists them.
"""

from cqed_battery.installation import check_neighbours
from cqed_battery.public_names import public_names

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = public_names(__name__, __file__)

check_neighbours()
