"""When the coupling comes against the charging drive, and how: a delay, an exponential tail."""

from math import ceil, exp, expm1

from cqed_battery.dynamics.waveforms import Controls, Segment, Waveform

_GONE, _PARTS = 7.0, 16  # time constants: exp(-7) of a tail is left; parts of a time constant
_ROUNDING = 1e-9  # ns; of sums of durations


def late(waveform: Waveform, delay: float) -> Waveform:
    """Return a waveform whose drives come later than its coupling; one that comes earlier stays.

    Args:
        waveform: coupling and drive, from time 0.
        delay: in ns.
    """
    if delay <= 0:
        return waveform
    return Waveform((Segment(delay, waveform.segments[0].controls.turned(0.0)), *waveform.segments))


def held_until(waveform: Waveform, time: float, bias: Controls) -> Waveform:
    """Return a waveform whose coupling and moves of the frequencies come at a time.

    Args:
        waveform: coupling and drive, from time 0.
        time: in ns.
        bias: what holds before, in rad/ns.
    """
    pieces: list[Segment] = []
    left = time
    for part in waveform.segments:
        before = min(part.duration, left)
        if before > 0:
            controls = part.controls
            pieces.append(Segment(before, bias.driven(controls.eps, controls.pump)))
        if part.duration > before:
            pieces.append(Segment(part.duration - before, part.controls))
        left -= before
    return Waveform(tuple(pieces))


def tailing(
    waveform: Waveform, start: float, missing: Controls, share: float, constant: float
) -> Waveform:
    """Return a waveform whose coupling comes by 1 - share exp(-t/constant), t since its start.

    A flux line settles so. The tail is held, at its mean, over 1/16 of its time constant.

    Args:
        waveform: coupling and drive, from time 0.
        start: when the coupling comes, in ns.
        missing: controls before less those after, in rad/ns.
        share: of it that is missing at the start.
        constant: time constant in ns.
    """
    if not share:
        return waveform
    pieces: list[Segment] = []
    begun = -start
    for segment in waveform.segments:
        cut = min(segment.duration, max(_GONE * constant - begun, 0.0))
        count = ceil(_PARTS * cut / constant) if begun > -_ROUNDING else 0
        for _ in range(count):
            length = cut / count
            left = share * exp(-begun / constant) * -expm1(-length / constant) * constant / length
            pieces.append(Segment(length, segment.controls.plus(missing, left)))
            begun += length
        rest = segment.duration - (cut if count else 0.0)
        if rest > 0:
            pieces.append(Segment(rest, segment.controls))
            begun += rest
    return Waveform(tuple(pieces))
