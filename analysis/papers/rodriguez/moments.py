"""Rodriguez et al. (2023), Appendix B: the moment equations as printed, and with B4 mended."""

from typing import Literal, TypeAlias

import numpy as np
from scipy.integrate import solve_ivp

from analysis.papers.rodriguez.model import OscillatorCatalyst
from cqed_battery.operators import ComplexArray, FloatArray

B4: TypeAlias = Literal["mended", "as printed"]

NAMES = ("a", "b", "q", "a'a", "b'b", "q'q", "a'q", "b'q", "ab'")


def appendix_b(
    model: OscillatorCatalyst, times: FloatArray, *, b4: B4 = "mended"
) -> dict[str, ComplexArray]:
    """Return the nine moments of Eqs. B1-B9 from the vacuum at increasing times (1/omega), by name.

    <a'a>' = -2 F Im<a> +- 2 g_1 Im<a'q> - gamma <a'a>: the master equation gives +, B4 has -.
    The equations hold on resonance, without loss of the catalyst, at N(T) = 0 (Eqs. B1-B9).
    """
    sign = 1.0 if b4 == "mended" else -1.0
    f, g1, g2 = model.drive, model.charger_coupling, model.battery_coupling
    gamma = model.rate_factor * model.loss

    def rates(_: float, moments: ComplexArray) -> list[complex]:
        """Return the time derivatives of the nine moments."""
        a, b, q, aa, bb, qq, aq, bq, ab = moments
        return [
            -1j * f - 1j * g1 * q - gamma / 2 * a,
            -1j * g2 * q,
            -1j * g1 * a - 1j * g2 * b,
            -2 * f * a.imag + sign * 2 * g1 * aq.imag - gamma * aa,
            2 * g2 * bq.imag,
            -2 * g1 * aq.imag - 2 * g2 * bq.imag,
            1j * f * q - 1j * g2 * np.conj(ab) - 1j * g1 * (aa - qq) - gamma / 2 * aq,
            -1j * g1 * ab - 1j * g2 * bb + 1j * g2 * qq,
            -1j * f * np.conj(b) - 1j * g1 * bq + 1j * g2 * np.conj(aq) - gamma / 2 * ab,
        ]

    start, span = np.zeros(9, dtype=complex), (0.0, float(times[-1]))
    found = solve_ivp(rates, span, start, t_eval=times, method="DOP853", rtol=1e-10, atol=1e-11)
    return dict(zip(NAMES, found.y, strict=True))
