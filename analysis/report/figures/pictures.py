"""Where a figure becomes a file by itself: PNG or SVG, as its suffix says."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from cqed_battery.files.datasets import write_atomically


def save_picture(figure: Figure, path: Path, *, dpi: int = 200) -> None:
    """Write a figure whole or not at all; the same figure gives the same bytes.

    Args:
        figure: what is drawn.
        path: of the picture, which ends in .png or .svg.
        dpi: dots per inch of a PNG.

    Raises:
        OSError: the file cannot be written.
    """
    kind = path.suffix[1:].lower()
    metadata: dict[str, Any] = {"Date": None} if kind == "svg" else {"Software": None}
    figure.patch.set_visible(True)
    write_atomically(
        path, lambda place: figure.savefig(place, format=kind, dpi=dpi, metadata=metadata)
    )
