"""Largest values that several sections of an experiment file accept.

They refuse a value in a wrong unit, and numbers whose square or exponential overflows; no device of
today comes near them.
"""

MAX_RATE_MHZ = 5000.0
"""Of a rate or coupling over 2 pi: the frequency of a transmon, of which these are fractions"""

MAX_DETUNING_MHZ = 10_000.0
"""From the transmon: 10 GHz, farther than any mode that couples to it"""

MAX_DRIVE_DETUNING_MHZ = 2000.0
"""From the transmon: of a drive at 3 GHz on a transmon at 5 GHz, the counter-rotating part is 8 GHz
off, which is no longer far more than 2"""

MAX_FREQUENCY_NOISE_MHZ = 10.0
"""Spread of the frequency from shot to shot: a T2 of 20 ns"""

MAX_TEMPERATURE_MK = 1e6
"""1000 K: hotter than any part of a wired cryostat"""

MAX_EDGE_NS = 1000.0
"""Of a rise or a ramp: 1 us, some hundred times what a waveform generator needs"""

MAX_TIME_NS = 1e6
"""Of a charging or exchange time: 1 ms, as long as the longest lifetimes of transmons"""

MAX_SHOTS = 10**9
"""Of one setting: some hours of repetitions at 100 kHz"""

MAX_POINTS = 100_000
"""Times of a grid: some 10 MB of counts"""

MAX_PULSE_NS = 1000.0
"""Of a rotation: 1 us, some fifty times the usual"""
