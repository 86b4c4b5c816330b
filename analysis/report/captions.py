"""The words under the figures, for a reader who was not there."""

from analysis.report.material import Material

__all__ = ["words_for"]

TITLES = {
    "heat": "Does energy leave the battery early on?",
    "ergotropy": "Can more energy be extracted than without the resonator?",
    "vacuum": "Is the resonator back in its vacuum?",
    "energy": "Energy in the battery, and what the drive delivers",
    "bloch": "What tomography saw: the battery's state",
    "exchange": "Raw data of the vacuum measurement",
}


def words_for(slug: str, material: Material) -> tuple[str, str]:
    """Return the heading and the caption of one figure."""
    captions = {
        "heat": _heat,
        "ergotropy": _ergotropy,
        "vacuum": _vacuum,
        "energy": _energy,
        "bloch": _bloch,
        "exchange": _exchange,
    }
    return TITLES[slug], captions[slug](material)


def _heat(material: Material) -> str:
    return (
        "J = dE/dt − P is the rate at which the battery's energy changes beyond what "
        "the drive delivers. S adds J up from the start without any derivative of the "
        "data, so the first verdict rests on S. Below zero, energy has left the "
        "battery. Shaded: 95 % intervals, one time at a time."
    )


def _ergotropy(material: Material) -> str:
    words = (
        "Ergotropy is the part of the stored energy that a unitary pulse can take out "
        "again. Shaded: 95 % intervals, one time at a time."
    )
    if material.pointwise_gain() is None:
        return words + " There is no control arm to compare with."
    return words + (
        " The lower panel is the difference the second verdict is about: above zero, "
        "the resonator helped; below, it cost." + _window_words(material)
    )


def _window_words(material: Material) -> str:
    """Say over which times the parts of the second verdict are taken, when recorded."""
    parts = material.results["verdict"]["ergotropy_gain"].get("parts") or {}
    windows = [
        f"{name}: {part['window'][0]:.4g} to {part['window'][1]:.4g} ns"
        for name, part in parts.items()
        if part and part.get("window")
    ]
    return f" Windows of the verdict, {', '.join(windows)}." if windows else ""


def _vacuum(material: Material) -> str:
    measured = material.vacuum_fidelity
    words = "F is the probability that the resonator holds no photon when charging ends. "
    if measured is None:
        words += "It was not measured in this run. "
    else:
        words += "The dot is the measurement with its 95 % interval. "
    if material.sum_rule_bound is not None:
        words += (
            "The triangle is a lower bound that needs no access to the resonator: a "
            "resonator that began empty holds at most the energy that has left the "
            "battery. "
        )
    if material.truth("catalysed", "photon_number") is not None:
        words += "Photon number and the dashed F are known only to the emulation."
    return words.strip()


def _energy(material: Material) -> str:
    words = (
        "Dots: energy from the z measurement at each time, with 95 % bars. Lines: the "
        "smooth envelope whose slope gives dE/dt, with its 95 % band. "
    )
    fits = [_fit_words(arm, material) for arm in material.arms]
    words += " ".join(text for text in fits if text)
    return words.strip()


def _fit_words(arm: str, material: Material) -> str:
    envelope = material.results["arms"][arm].get("envelope") or {}
    modes, chi2 = envelope.get("modes"), envelope.get("reduced_chi2")
    if modes is None or chi2 is None:
        return ""
    plural = "mode" if modes == 1 else "modes"
    return f"Envelope of the {arm} arm: {modes} {plural}, reduced χ² {chi2:.2f}."


def _bloch(material: Material) -> str:
    return (
        "Each component is the probability of 1 minus the probability of 0, corrected "
        "for readout errors and for what the closing of the coupler and the "
        "measurement pulses do. The axes x and y turn with the drive. Bars: 95 %."
    )


def _exchange(material: Material) -> str:
    done = material.measurement.labels.caption
    return f"{done} These are uncorrected frequencies; bars: 95 %."
