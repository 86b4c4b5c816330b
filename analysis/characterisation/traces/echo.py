"""Hahn echo: an exponential with an offset.

A file's dephasing rate is that of a Ramsey trace; what the echo undoes of it is told apart by
`transmon.t2_us` and `transmon.t2_echo_us` in the rate's place, which a person decides on.
"""

from analysis.characterisation.traces.t1 import Decay


class Echo(Decay):
    """T2 of an echo, which is told and changes no key."""


METHOD = Echo()
