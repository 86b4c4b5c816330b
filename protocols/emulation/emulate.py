"""From an experiment to a dataset: the emulated laboratory run, end to end."""

from collections.abc import Callable

import numpy as np
import xarray as xr

from cqed_battery.compute.threads import one_thread
from cqed_battery.experiment import Experiment, ExperimentLike, as_experiment
from cqed_battery.files.labels import labelled
from cqed_battery.operators import IntArray
from protocols.emulation.sampling import drawn_counts, sampled_levels, setting_seed
from protocols.emulation.shots import Source, saved_points, source_of
from protocols.faults.simulated import simulate
from protocols.prediction.predict import named, predict
from protocols.settings.counts import counts_dataset, dataset_attributes
from protocols.settings.settings import Settings
from protocols.stages.extraction import with_pulses

Progress = Callable[[int, int, str], None]
_DOING = {
    "calibration": "calibration",
    "tomography": "tomography",
    "vacuum": "vacuum measurement",
    "extraction": "extraction",
    "qutrit": "three levels",
}


@one_thread()
def emulate(experiment: ExperimentLike, *, progress: Progress | None = None) -> xr.DataTree:
    """Run the experiment on the emulated device and return its dataset.

    The reset runs first; its residual excitation is where the charging starts. Then every
    setting (calibration, arm x time x basis, vacuum measurement) is sampled with its own seed.

    Args:
        experiment: what is done to which device, or the path of its file; its seed fixes every
            count.
        progress: called as progress(done, total, what) after each piece of work.

    Returns:
        DataTree with `counts(arm, time, basis, outcome)`,
        `calibration_counts(prepared, outcome)`, `vacuum_counts(pulse, exchange_time, outcome)`
        (unless vacuum.method is "none"), `extraction_counts(arm, extraction_time, reading,
        outcome)` (unless extraction.unitary is "none") and the group `truth`; with the dispersive
        readout
        `calibration_iq(prepared, calibration_shot, quadrature)` and, if asked for, `iq`.

    Raises:
        CqedBatteryError: the dynamics cannot be trusted at any affordable size.
    """
    experiment = as_experiment(experiment)
    settings = Settings(experiment)
    steps = _Steps(settings.size + 2, progress)
    left = sampled_levels(experiment)
    steps.done("reset")
    experiment = _with_named_pulses(experiment, left)
    settings = Settings(experiment)
    simulated = simulate(experiment, *left)
    steps.done("dynamics")
    source = source_of(experiment, simulated.prediction)
    counts = _counts(settings, source, steps)
    root = counts_dataset(settings, counts)
    if source.points is not None:
        root = root.assign(saved_points(settings, source.points, counts))
    root.attrs = dataset_attributes(experiment, "emulated")
    return xr.DataTree.from_dict({"/": labelled(root), "/truth": simulated.truth})


def _with_named_pulses(experiment: Experiment, left: tuple[float, float]) -> Experiment:
    """Return the experiment with its extraction pulses, named as it says.

    Tomography's are those of the counts that the dataset will hold: no pulse changes them.
    """
    by_model = named(experiment)
    if by_model is experiment or experiment.extraction.unitary == "model":
        return by_model
    settings = Settings(by_model)
    source = source_of(by_model, simulate(by_model, *left).prediction)
    counts = _counts(settings, source, _Steps(settings.size, None))
    bloch = 2 * settings.through_calibration(counts[:, 1] / counts.sum(axis=1)) - 1
    corrects = experiment.analysis.correction == "model"
    found = {}
    for name, arm in predict(by_model).arms.items():
        offset = arm.measured_bloch - arm.bloch if corrects else 0.0
        found[name] = settings.arm_part(bloch, name) - offset
    return with_pulses(experiment, found)


def _counts(settings: Settings, source: Source, steps: "_Steps") -> IntArray:
    """Draw the counts of every setting, (M, 2), each with a seed of its own.

    Levels of the calibration that are heralded are pure.
    """
    found = np.empty((settings.size, 2), dtype=np.int64)
    seed, law = settings.experiment.seed, source.frequencies
    for number, (row, shots) in enumerate(zip(settings.rows(), settings.shots, strict=True)):
        own = setting_seed(seed, row.stage, *row.place)
        found[number] = drawn_counts(law[number], int(shots), own)
        steps.done(_DOING[row.stage])
    if source.points is not None:
        found[settings.calibration] = source.points.calibration
    return found


class _Steps:
    """Counts finished pieces of work for a progress display."""

    def __init__(self, total: int, progress: Progress | None) -> None:
        self._done, self._total, self._progress = 0, total, progress

    def done(self, what: str) -> None:
        """Report one more piece of work.

        Args:
            what: the piece, as the progress display names it.
        """
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total, what)
