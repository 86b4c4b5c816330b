"""What is learnt from the counts: states, energies, flows, fidelity, verdict and report.

``analyse`` takes a dataset to its results; ``plan``, ``design`` and ``validate`` answer before it
is measured.  Names are imported when they are first used; the stub beside this file lists them.
"""

from cqed_battery.public_names import public_names

__getattr__, __dir__, __all__ = public_names(__name__, __file__)
