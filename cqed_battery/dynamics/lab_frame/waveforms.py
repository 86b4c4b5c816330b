"""What the laboratory frame adds to a waveform: counter-rotating parts, held piece by piece."""

from dataclasses import replace
from itertools import pairwise
from math import ceil, inf

import numpy as np

from cqed_battery.dynamics.waveforms import Controls, Segment, Waveform
from cqed_battery.operators import FloatArray
from cqed_battery.units import TWO_PI


def with_counter_rotation(
    waveform: Waveform,
    carrier: float,
    times: FloatArray,
    pieces: int = 16,
    *,
    coupling: float | None = None,
) -> Waveform:
    """Return the waveform with its counter-rotating parts, up to the last of the times.

    In the frame turning at w_d = `carrier` (rad/ns) the real drive |eps| sin(w_d t + phi)
    (b + b') is eps plus eps* exp(2 i w_d t) on b', and likewise that on the resonator; the
    coupling g (b + b')(a + a') is g (b'a + b a') plus g exp(2 i w_d t) on b'a'. Their means over
    parts of at most 1/`pieces` of the carrier's period are held, the first term of the Magnus
    series; parts end at the times (ns), since within a part the state's micromotion is not
    followed.

    Args:
        waveform: in the rotating frame, in rad/ns.
        carrier: angular frequency of the frame, in rad/ns.
        times: increasing, in ns, (T,).
        pieces: parts of a period of the carrier, at least.
        coupling: a fixed coupling, in rad/ns, beside the waveform's; None leaves the coupling's
            counter-rotating part out.
    """
    held, start, longest = [], 0.0, TWO_PI / carrier / pieces  # in ns
    for segment in waveform.segments:
        end = min(start + segment.duration, float(times[-1]))
        inside = times[(times > start) & (times < end)]
        edges = np.unique(np.concatenate([[start], inside, [max(start, end)]]))
        for first, last in pairwise(edges):
            count = ceil((last - first) / longest - 1e-9)
            part = float(last - first) / count
            swing = (np.exp(2j * carrier * part) - 1) / (2j * carrier * part)
            for k in range(count):
                # Rounded, so that equal phases are equal controls, whose matrices are kept.
                turn = round(2 * carrier * (float(first) + k * part) % TWO_PI, 12)
                factor = complex(np.exp(1j * turn) * swing)
                held.append(Segment(part, _counter(segment.controls, factor, coupling)))
        start += segment.duration
    return Waveform((*held, Segment(inf, waveform.segments[-1].controls)))


def _counter(controls: Controls, factor: complex, coupling: float | None) -> Controls:
    pairing = 0.0 if coupling is None else (coupling + controls.g) * factor
    return replace(
        controls,
        counter=complex(controls.eps).conjugate() * factor,
        pump_counter=complex(controls.pump).conjugate() * factor,
        pairing=pairing,
    )
