"""What a claim asks of the experiment file, and what it does without."""

from analysis.planning.claims import FORMS, HEAT, POINTWISE, VACUUM, Claim, PlanError
from analysis.planning.outcome import Method
from cqed_battery.errors import join_words
from cqed_battery.experiment import Experiment
from protocols.settings.axis import check_enough_settings


def checked_claim(experiment: Experiment, claim: Claim, sigma: float) -> None:
    """Refuse a claim for which the file lacks something, or a number of standard errors.

    Args:
        experiment: the experiment file's content.
        claim: what is to be shown.
        sigma: standard errors to reach.

    Raises:
        PlanError: says what is missing.
        ExperimentError: there are fewer charging settings than an analysis needs.
    """
    if not 0 < sigma <= 100:
        raise PlanError(f"sigma must be a number > 0 and <= 100, but is {sigma:g}")
    if claim.compares and not experiment.control.enabled:
        raise PlanError(
            f'the claim {claim.text} needs the control: set control.kind to "closed" or "detuned"'
        )
    if claim.kind == VACUUM and not experiment.vacuum.measured:
        raise PlanError(
            f"the claim {claim.text} needs the vacuum measurement: set vacuum.method to one, such"
            ' as "vacuum-rabi"; it is "none"'
        )
    if claim.kind not in POINTWISE and not experiment.axis.truncated:
        ways = join_words([form for form in FORMS if form.startswith(POINTWISE)], "or")
        axis = experiment.axis
        raise PlanError(
            f"the claim {claim.text} needs moments of one pulse, but the experiment sweeps the"
            f' {axis.title} (charging.axis = "{axis.name}"): ask for {ways}, TIME_NS being a'
            f' {axis.title}, or set the axis to "time"'
        )
    if claim.extracts and not experiment.extraction.measured:
        raise PlanError(
            f"the claim {claim.text} needs the extraction: set extraction.unitary to what names its"
            ' pulse, "model" or "tomography"; it is "none"'
        )
    check_enough_settings(experiment, "a plan")


def reduced(experiment: Experiment, claim: Claim, method: Method) -> Experiment:
    """Return the experiment without what the claim's estimator does not use.

    J < 0 keeps the control: what leaves without the resonator is measured there, not modelled.

    Args:
        experiment: the experiment file's content.
        claim: what is to be shown.
        method: the estimator that will judge it.
    """
    changes: dict[str, object] = {"qutrit.measured": False}
    if method == "model-free" and not (claim.compares or claim.kind == HEAT):
        changes["control.enabled"] = False
    if method == "model-free" and claim.kind != VACUUM:
        changes["vacuum.method"] = "none"
    if method == "model-free" and not claim.extracts:
        changes["extraction.unitary"] = "none"
    return experiment.replace(changes)


def left_out(experiment: Experiment, used: Experiment) -> tuple[str, ...]:
    """Say what the planned file does not measure although the file did.

    Args:
        experiment: the file.
        used: what the claim needs of it (`reduced`).
    """
    parts = []
    if experiment.control.enabled and not used.control.enabled:
        parts.append("the control")
    if experiment.vacuum.method != used.vacuum.method:
        parts.append("the vacuum measurement")
    if experiment.extraction.unitary != used.extraction.unitary:
        parts.append("the extraction")
    if experiment.qutrit.measured:
        parts.append("the tomography of three levels")
    if not parts:
        return ()
    left_out = join_words(parts, "and")
    return (f"the planned file leaves out {left_out}, which this claim does not need",)
