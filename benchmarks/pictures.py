"""The pictures of README and documentation: `make pictures` draws them from the examples.

Runs take the place of what is not kept: `--runs DIR` names a folder that keeps them.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

import cqed_battery as cb
from analysis.report.figures.device_sketch import sketch_figure
from analysis.report.figures.pictures import save_picture
from analysis.report.figures.sheet import drawing_style
from cqed_battery import Experiment

ROOT = Path(__file__).parents[1]
EXAMPLES, PICTURES = ROOT / "examples", ROOT / "docs" / "pictures"
SUMMARIES = {"report": "proposed", "operating_point": "operating_point"}
MAP = ("coupler.g_on_MHz=2:14:7", "resonator.frequency_GHz=4.84:4.93:10")
MAP_QUANTITIES = {
    "ergotropy": "ergotropy at the end (ħω)",
    "vacuum_fidelity": "vacuum fidelity F at the end",
}


def main() -> None:
    """Draw every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", metavar="DIR", type=Path, help="folder that keeps the runs")
    given = parser.parse_args().runs
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as passing:
        runs = given or Path(passing)
        for picture, example in SUMMARIES.items():
            summary(runs / example, EXAMPLES / f"{example}.toml", PICTURES / f"{picture}.png")
        device(PICTURES / "device.png")
        cb.sequence(EXAMPLES / "proposed.toml", figure=PICTURES / "sequence.png")
        parameter_map(runs / "map.nc", PICTURES / "map.png")


def summary(folder: Path, file: Path, picture: Path) -> None:
    """Run an example unless it is kept, and draw its summary."""
    if not (folder / "results.json").exists():
        cb.run(file, folder)
    cb.report(folder, summary=picture)


def device(picture: Path) -> None:
    """Sketch the device of the proposal."""
    with drawing_style():
        save_picture(sketch_figure(Experiment.from_toml(EXAMPLES / "proposed.toml")), picture)


def parameter_map(file: Path, picture: Path) -> None:
    """Sweep coupling and resonator about the operating point, and draw what is left at the end."""
    base = Experiment.from_toml(EXAMPLES / "operating_point.toml")
    few = base.replace({"charging.points": 2, "charging.start_ns": 800.0})
    cb.sweep(few, list(MAP), file)
    found = xr.open_dataset(file)
    with drawing_style():
        figure = Figure(figsize=(9.0, 3.8), layout="constrained")
        for axis, (name, title) in zip(figure.subplots(1, 2), MAP_QUANTITIES.items(), strict=True):
            values = found[name].sel(arm="catalysed").isel(time=-1)
            x, y = (found[text.partition("=")[0].replace(".", "_")] for text in MAP)
            drawn = axis.pcolormesh(x, y, np.transpose(values.values), shading="nearest")
            figure.colorbar(drawn, ax=axis)
            axis.set_title(title)
            axis.set_xlabel("coupling g/2π (MHz)")
            axis.set_ylabel("resonator (GHz)")
        save_picture(figure, picture, dpi=120)


if __name__ == "__main__":
    main()
