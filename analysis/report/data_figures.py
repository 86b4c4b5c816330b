"""The figures of what was measured: energy, the battery's state, raw counts, the IQ plane."""

from dataclasses import dataclass

import numpy as np

from analysis.report.drawing import Parts, arm_keys, draw_arms, draw_truths, figure
from analysis.report.run_data import Curve, Floats, RunData
from analysis.report.sheet import COLOURS, INK, WIDTH, Sheet, blank_figure, figure_svg
from protocols.resonator import PULSES

__all__ = ["bloch", "energy", "exchange", "iq"]

MOST_POINTS = 400  # IQ dots of each prepared level; more only make the page heavy
INKS = ("none", "pi")  # of prepared 0 and 1
IQ_HEIGHT = 3.2  # inches


@figure("Energy in the battery, and what the drive delivers")
def energy(run: RunData) -> Parts:
    """Draw E(t) with its smooth envelope above the drive's power P(t)."""
    sheet = Sheet("energy E (ħω)", "power of the drive P (ħω/ns)")
    curves: list[Curve | None] = []
    truths = [run.truth(arm, "energy") for arm in run.arms]
    for arm in run.arms:
        points, smooth = run.quantity(arm, "energy"), run.envelope(arm, "energy")
        curves += [points, smooth]
        if smooth is not None:
            sheet.draw_band(0, smooth, arm, f"{arm}, smooth")
        if points is not None:
            sheet.draw_points(0, points, arm)
    draw_truths(sheet, 0, run, truths)
    sheet.fit(0, curves, truths)
    draw_arms(sheet, 1, run, "power")
    caption = (
        "Dots: energy from the z measurement at each time, with 95 % bars. Lines: the "
        "smooth envelope whose slope gives dE/dt, with its 95 % band."
    )
    fits = (_fit_words(arm, run) for arm in run.arms)
    caption = " ".join([caption, *(text for text in fits if text)])
    return Parts(canvas=sheet, keys=arm_keys(run, "band dot"), caption=caption)


def _fit_words(arm: str, run: RunData) -> str:
    envelope = run.results["arms"][arm].get("envelope") or {}
    modes, chi2 = envelope.get("modes"), envelope.get("reduced_chi2")
    if modes is None or chi2 is None:
        return ""
    plural = "mode" if modes == 1 else "modes"
    return f"Envelope of the {arm} arm: {modes} {plural}, reduced χ² {chi2:.2f}."


@figure("What tomography saw: the battery's state")
def bloch(run: RunData) -> Parts:
    """Draw the three Bloch components of the arms with error bars."""
    sheet = Sheet("x", "y", "z (−1: empty battery, +1: full)")
    for row in range(3):
        for arm in run.arms:
            state = run.quantity(arm, "bloch")
            if state is not None:
                sheet.draw_points(row, state.component(row), arm)
        truths = [run.truth(arm, "bloch") for arm in run.arms]
        draw_truths(sheet, row, run, [t if t is None else t[:, row] for t in truths])
        sheet.limit(row, -1.15, 1.15)
    caption = (
        "Each component is the probability of 1 minus the probability of 0, corrected "
        "for readout errors and for what the closing of the coupler and the "
        "measurement pulses do. The axes x and y turn with the drive. Bars: 95 %."
    )
    return Parts(canvas=sheet, keys=arm_keys(run, "dot"), caption=caption)


@figure("Raw data of the vacuum measurement", compared=False)
def exchange(run: RunData) -> Parts | None:
    """Draw the raw frequencies of the vacuum measurement, both traces of its method."""
    if not run.has_vacuum_counts:
        return None
    labels = run.measurement.labels
    sheet = Sheet("fraction of shots that read 1", xlabel=labels.time)
    for pulse, name in zip(PULSES, labels.traces, strict=True):
        curve = run.exchange_curve(pulse)
        sheet.draw_line(0, curve, pulse)
        sheet.draw_points(0, curve, pulse, name)
    sheet.limit(0, -0.04, 1.04)
    return Parts(
        canvas=sheet,
        keys=tuple((f"{p} dot", name) for p, name in zip(PULSES, labels.traces, strict=True)),
        caption=f"{labels.caption} These are uncorrected frequencies; bars: 95 %.",
        times=curve.times,
        truth=False,
    )


@figure("Readout: the two levels in the IQ plane", compared=False)
def iq(run: RunData) -> Parts | None:
    """Draw calibration shots in the IQ plane; None where the readout gave no points."""
    variable = run.dataset.data_vars.get("calibration_iq")
    if variable is None:
        return None
    held = [np.asarray(variable.sel(prepared=level).values, dtype=float) for level in (0, 1)]
    clouds = [points[np.isfinite(points).all(axis=1)][:MOST_POINTS] for points in held]
    keys = ((f"{ink} dot", f"prepared {level}") for level, ink in enumerate(INKS))
    caption = (
        "Each dot is one calibration shot: the readout's signal, weighted and integrated, in "
        "standard deviations of its noise. The line was trained on these shots; the side of it "
        "decides the outcome. Dots of prepared 1 on their way to the other cloud relaxed while "
        f"they were read. {max(map(len, clouds))} of {max(map(len, held))} saved shots of each "
        "level are drawn."
    )
    return Parts(
        canvas=_Plane(clouds, np.asarray(variable.attrs["axis"]), variable.attrs["threshold"]),
        keys=(*keys, ("truth dashed", "discriminator")),
        caption=caption,
        truth=False,
    )


@dataclass(frozen=True)
class _Plane:
    """Clouds of shots, (N, 2) each, and the discriminator: axis . point = threshold."""

    clouds: list[Floats]
    axis: Floats
    threshold: float

    def to_svg(self, slug: str, label: str, times: Floats) -> str:
        """Return the plane as an inline SVG fragment: dots of each cloud, and the dashed line."""
        figure = blank_figure(WIDTH, IQ_HEIGHT, layout="constrained")
        axes = figure.add_subplot(facecolor="none")
        for points, ink in zip(self.clouds, INKS, strict=True):
            axes.plot(points[:, 0], points[:, 1], "o", color=COLOURS[ink], ms=2.0, mew=0, alpha=0.6)
        ends = self._ends()
        axes.plot(ends[:, 0], ends[:, 1], color=INK, lw=0.8, dashes=(4, 2.5))
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xlabel("I (σ of the noise)")
        axes.set_ylabel("Q (σ of the noise)")
        return figure_svg(figure, slug, label)

    def hover(self) -> str:
        """Return nothing: single shots are not read."""
        return ""

    def _ends(self) -> Floats:
        """Return the two ends, (2, 2), of the line where it crosses the clouds."""
        along = np.array([-self.axis[1], self.axis[0]])
        reach = np.concatenate(self.clouds) @ along
        foot = self.threshold * self.axis
        return np.array([foot + float(end) * along for end in (reach.min(), reach.max())])
