"""A dataset whose counts are drawn from the model's probabilities at once, for many times."""

import numpy as np
import xarray as xr

from cqed_battery.experiment import Experiment
from protocols.prediction.predict import predict

CALIBRATION = np.array([[99, 1], [2, 98]])


def drawn_dataset(experiment: Experiment, seed: int = 1) -> xr.DataTree:
    """Return what a laboratory would hand in: counts of both arms and of the vacuum traces."""
    rng = np.random.default_rng(seed)
    prediction = predict(experiment)
    arms = list(prediction.arms)
    charged = np.stack([prediction.arms[arm].probability for arm in arms])
    traces = np.asarray(prediction.vacuum_probability)
    first, second = CALIBRATION[:, 1] / CALIBRATION.sum(axis=1)

    def counts(probability: np.ndarray, shots: int) -> np.ndarray:
        likely = np.clip(first + (second - first) * probability, 0.0, 1.0)
        ones = rng.binomial(shots, likely)
        return np.stack([shots - ones, ones], axis=-1)

    return xr.DataTree(
        xr.Dataset(
            {
                "counts": (
                    ("arm", "time", "basis", "outcome"),
                    counts(charged, experiment.tomography.shots),
                ),
                "calibration_counts": (("prepared", "outcome"), CALIBRATION),
                "vacuum_counts": (
                    ("pulse", "exchange_time", "outcome"),
                    counts(traces, experiment.vacuum.shots),
                ),
            },
            coords={
                "arm": arms,
                "time": experiment.charging.grid_ns(),
                "basis": ["x", "y", "z"],
                "outcome": [0, 1],
                "prepared": [0, 1],
                "pulse": ["none", "pi"],
                "exchange_time": np.linspace(0.0, experiment.vacuum.stop_ns, traces.shape[-1]),
            },
            attrs={"schema": 1, "experiment": experiment.to_toml(comments=False)},
        )
    )
