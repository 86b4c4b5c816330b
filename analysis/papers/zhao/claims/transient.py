"""What Zhao's texts say of J over its course: its definition, its window, its integral, its end."""

from functools import partial

import numpy as np

from analysis.papers.finding import Finding
from analysis.papers.rule import Rule
from analysis.papers.zhao.flux import STEP, panel, rank_correlation, scan
from analysis.papers.zhao.model import Zhao
from analysis.papers.zhao.readings import (
    CLAIMS_Z1,
    CLAIMS_Z2,
    CURRENT,
    DRIVE,
    LATE,
    PASSIVE,
    START,
    TIMES,
    Z2_DEPHASING,
    Case,
    Options,
    compared,
    current,
    ergotropy,
    listed,
    run,
)

_KNOWN: Options = {"dephasing": ("sigma_z",)}


@CLAIMS_Z1.claim(23, "Model, Eq. 6", "2b --set passive_order=opposite")
@compared(
    {**START, **PASSIVE, **DRIVE, **_KNOWN},
    Rule("largest ergotropy with the catalyst up to t = 60", "> 1e-09 u", unit="u"),
    "With the larger population above, as descending eigenvalues in the order of sigma_z = +1, -1 "
    "give it, the difference of Eq. 6 is never positive: what is left is its size.",
)
def definition_is_positive(case: Case) -> float:
    """Eq. 6, its passive state filled in descending order, is the energy that can be extracted.

    Test whether the difference of the energies is ever positive.
    """
    return float(ergotropy(case).max())


@CLAIMS_Z1.claim(24, "Thermodynamic Analysis, Eq. 11", "3b")
def of_the_dissipators() -> Finding:
    """J as Eqs. 8 and 11 define it is the rate of exchange by the dissipators.

    Compare J with the energy of H_0 that the dissipators alone bring.
    """
    rule = Rule("largest |J - Tr[H_0 D[rho]]| over the largest |J| with the catalyst", "< 0.01")

    def departure(case: Case, *, name: str, **changes: float | bool) -> float:
        """Return the largest difference from the energy that the dissipators bring."""
        data = run(case, **changes)
        brought, values = data[f"dissipated_{name}"].to_numpy(), data[f"J_{name}"].to_numpy()
        return float(np.abs(values - brought).max() / np.abs(run(case)[f"J_{name}"]).max())

    return listed(
        {**START, **DRIVE, **_KNOWN},
        (
            ("Eq. 11, with the catalyst", partial(departure, name="reduced"), rule),
            (
                "Eq. 11, without it",
                partial(departure, name="reduced", catalyst=False),
                rule,
            ),
            ("Eq. 8, with the catalyst", partial(departure, name="composite"), rule),
            (
                "Eq. 8, omega_c = 2",
                partial(departure, name="composite", omega_c=2.0, kappa=0.5),
                rule,
            ),
        ),
        "With the catalyst, Eq. 11 holds what passes the coherent coupling besides. Eq. 8 differs"
        " from the dissipators by omega_c times the flow of photons, which omega_c = 0.01 makes"
        " small.",
    )


@CLAIMS_Z1.claim(25, "Thermodynamic Analysis, uncatalysed", "3b --set dephasing=sigma_z")
def minimal_oscillations() -> Finding:
    """Without the catalyst J oscillates minimally, about zero.

    Test the span of the uncatalysed J, beside that with the catalyst and alone, and its mean.
    """

    def beside(case: Case) -> float:
        """Return the span over that with the catalyst."""
        return float(np.ptp(current(case, catalyst=False)) / np.ptp(current(case)))

    def span(case: Case) -> float:
        """Return the span, in u^2."""
        return float(np.ptp(current(case, catalyst=False)))

    def net(case: Case) -> float:
        """Return the size of the mean, in u^2."""
        return float(abs(current(case, catalyst=False).mean()))

    return listed(
        {**START, **DRIVE, **CURRENT, **_KNOWN},
        (
            ("slight beside the catalysed", beside, Rule("span over that with it", "< 0.1")),
            ("slight in itself", span, Rule("span of J", "< 0.1 u^2", unit="u^2")),
            ("centred", net, Rule("size of the mean of J", "< 0.02 u^2", unit="u^2")),
        ),
        "Under the drive's resonant half J is 0 without the catalyst in all but the first reading.",
        every=True,
    )


@CLAIMS_Z1.claim(26, "Thermodynamic Analysis, Fig. 3(c), (d)", "3c --set dephasing=sigma_z")
def superior_flux() -> Finding:
    """Under stronger damping or dephasing the catalysed flux stays significantly the larger.

    Compare the largest |J| with and without the catalyst at every rate.
    """

    def ratio(case: Case, point: dict[str, float]) -> float:
        """Return the largest |J| with the catalyst over that without it, at the same rates."""
        alone = np.abs(current(case, catalyst=False, **point)).max()
        return float(np.abs(current(case, **point)).max() / alone)

    def smallest(case: Case, name: str) -> float:
        """Return the smallest ratio along a panel."""
        return min(ratio(case, point) for point in panel(name))

    rule = Rule("smallest ratio of the largest |J| with and without", "> 2")
    shown: Case = {"start": "upper", "current": "composite", "dephasing": "sigma_z"}
    said = "; ".join(
        f"{name} = {point[name]:g}: {ratio(shown, point):.2f}"
        for name in ("kappa", "gamma_D")
        for point in panel(name)
    )
    rows = ((f"along {n}", partial(smallest, name=n), rule) for n in ("kappa", "gamma_D"))
    return listed(
        {**START, **CURRENT, **_KNOWN},
        rows,
        f"The composite J with the start above: {said}. The whole drive acts; the curve without"
        " the catalyst has the same gamma_D.",
        every=True,
    )


@CLAIMS_Z1.claim(27, "Thermodynamic Analysis, end", "3b --set dephasing=sigma_z")
@compared(
    {**START, **PASSIVE, **CURRENT, **_KNOWN},
    Rule("rank correlation of the late -J and the late ergotropy", "> 0.5"),
    lambda: (
        f"{len(list(scan()))} parameter sets along panels (a) to (d), means over 50 <= t <= 60, the"
        " whole drive."
    ),
)
def late_signature(case: Case) -> float:
    """The lasting negative J is the signature of a battery that is kept non-passive.

    Rank-correlate the late J, its sign turned, with the late ergotropy.
    """
    flux = [-float(current(case, **point)[LATE].mean()) for point in scan()]
    kept = [float(ergotropy(case, **point)[LATE].mean()) for point in scan()]
    return rank_correlation(np.array(flux), np.array(kept))


@CLAIMS_Z2.claim(32, "Sec. II, after Eq. 9", "3b")
def transient_is_short() -> Finding:
    """All is confined to the ultrafast transient, before losses and dressing set in.

    Multiply the rates and the coupling with the times at which J < 0 is seen.
    """

    def window(case: Case) -> float:
        """Return when J first stops being negative, or the last time."""
        below = current(case) < 0
        first = int(below[1:].argmax()) + 1
        ends = np.flatnonzero(~below[first:])
        return float(TIMES[first + ends[0]]) if ends.size else float(TIMES[-1])

    def in_units(case: Case, rate: float) -> float:
        """Return a rate times the window's end."""
        return rate * window(case)

    def to_the_end(case: Case) -> float:
        """Return kappa times the last time, whatever the case."""
        return model.kappa * float(TIMES[-1])

    model = Zhao()
    small, bare = Rule("rate times time", "< 0.1"), Rule("g times time", "< 1")
    rows = (
        ("kappa and the end of the window J < 0", partial(in_units, rate=model.kappa), small),
        ("gamma_D and the end of the window", partial(in_units, rate=model.gamma_D), small),
        ("g and the end of the window", partial(in_units, rate=model.g), bare),
        ("kappa and the figures' t = 60", to_the_end, small),
    )
    return listed(
        {**START, **CURRENT},
        rows,
        "A photon swaps by g t = pi/2, so that the early J < 0 falls into the time in which the"
        " levels dress. The late ergotropy and the late J are no transient at all. Z2's Eq. 9, the"
        " whole drive.",
        every=True,
    )


@CLAIMS_Z2.claim(33, "Sec. III A, after Eq. 16", "2d --set catalyst=false")
def dephasing_harms() -> Finding:
    """Without the catalyst, dephasing substantially reduces the ergotropy.

    Test whether the uncatalysed ergotropy falls with gamma_D from 0 on, and by how much.
    """

    def mean(case: Case, rate: float) -> float:
        """Return the mean uncatalysed ergotropy."""
        return float(ergotropy(case, catalyst=False, gamma_D=rate).mean())

    def largest_step(case: Case) -> float:
        """Return the largest rise of the mean along gamma_D."""
        return float(np.diff([mean(case, rate) for rate in _RATES]).max())

    def kept(case: Case) -> float:
        """Return what is left at the text's gamma_D, of the size without dephasing."""
        return abs(mean(case, 0.05) / mean(case, 0.0))

    return listed(
        {**START, **PASSIVE, **Z2_DEPHASING, **DRIVE},
        (
            (
                "falls",
                largest_step,
                Rule("largest step of the mean along gamma_D", "< 0 u", unit="u"),
            ),
            (
                "substantially",
                kept,
                Rule("size of the mean at gamma_D = 0.05 over that at 0", "< 0.8"),
            ),
        ),
        f"gamma_D = {', '.join(f'{rate:g}' for rate in _RATES)}.",
        every=True,
    )


_RATES = (0.0, 0.01, 0.05, 0.1, 0.2)


@CLAIMS_Z2.claim(34, "Sec. IV B", "3b")
@compared(
    {**START, **Z2_DEPHASING, **DRIVE, **CURRENT},
    Rule("change of J's integral from t = 50 to 60 over its largest size", "< 0.05"),
    "Where the steady state carries a J the integral grows for ever: the drive's work passes on.",
)
def integral_levels_off(case: Case) -> float:
    """What the catalyst brings is a transient, not an effect that grows indefinitely.

    Test whether the running integral of J levels off.
    """
    values = current(case)
    total = np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2 * STEP)])
    return float(abs(total[-1] - total[LATE][0]) / np.abs(total).max())
