"""Where a run keeps its files, and how new ones take the place of old ones."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from cqed_battery.errors import CqedBatteryError

EXPERIMENT = "experiment.toml"
DATASET = "dataset.nc"
RESULTS = "results.json"
REPORT = "report.html"
DESIGN = "design.json"
RUNS = "runs.html"

_FILES = (EXPERIMENT, DATASET, RESULTS, REPORT)


def prepare_folder(folder: Path) -> Path:
    """Create the output folder, or refuse one that cannot be written to.

    Args:
        folder: of any depth; missing folders above it are made.

    Raises:
        CqedBatteryError: ``folder`` is a file.
        OSError: the folder cannot be created or written to.
    """
    if folder.exists() and not folder.is_dir():
        raise CqedBatteryError(
            f"the folder {folder} is needed, but that is a file; name another place or move the "
            f"file away"
        )
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "no permission to write here", str(folder))
    return folder


@contextmanager
def claimed(folder: Path) -> Iterator[Path]:
    """Keep an output folder to this run alone while it reads and writes there.

    The claim is the operating system's lock on the folder: it leaves no file, and ends with the
    process, however that ends. Windows, and file systems without locks, have none; nor do two
    machines see each other's on a shared drive. Folders that were made and got no file go again.

    Args:
        folder: created if it is missing.

    Raises:
        CqedBatteryError: another run is at work in ``folder``, or it is a file.
        OSError: the folder cannot be created or written to.
    """
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    handle = None
    try:
        handle = _locked(prepare_folder(folder))
        yield folder
    finally:
        with suppress(OSError):  # something is in it
            for place in made:
                place.rmdir()
        if handle is not None:
            os.close(handle)


def _locked(folder: Path) -> int | None:
    """Return the open handle that holds the lock, or None where there are no locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise CqedBatteryError(
            f"another run is at work in {folder}, and the files of two must not mix; wait for it,"
            " or name another folder"
        ) from None
    except OSError:
        pass  # a file system without locks
    return handle


def prepare_file(file: Path) -> Path:
    """Create the folder of an output file, or refuse a place where no file can be put.

    Args:
        file: where one is to be written.

    Raises:
        CqedBatteryError: something that is no file (a folder, a device) is in the way.
        OSError: the folder cannot be created or written to.
    """
    if file.exists() and not file.is_file():
        raise CqedBatteryError(
            f"a file is to be written, but {file} is a folder or a device; name a file"
        )
    prepare_folder(file.parent)
    return file


def keep_input(file: Path, folder: Path, resolved: str) -> None:
    """Refuse to write the resolved experiment over the very file that the user gave.

    Args:
        file: the experiment file that the user gave.
        folder: the run's folder.
        resolved: the text that would be written there.

    Raises:
        CqedBatteryError: ``file`` is the run's own experiment.toml and ``resolved`` differs.
    """
    target = folder / EXPERIMENT
    if not (target.exists() and target.samefile(file)):
        return
    if target.read_text(encoding="utf-8") != resolved:
        raise CqedBatteryError(
            f"`out` must not be the folder of the experiment file, where the resolved file would "
            f"be written over {file}; name another folder"
        )


def keep_dataset(dataset: Path, folder: Path) -> None:
    """Refuse to put results beside the dataset of another run.

    Args:
        dataset: the path of the dataset that results belong to.
        folder: where results are to be written.

    Raises:
        CqedBatteryError: ``folder`` holds a dataset other than ``dataset``.
    """
    other = folder / DATASET
    if other.exists() and not other.samefile(dataset):
        raise CqedBatteryError(
            f"`out` must not be {folder}, which holds the dataset of another run; "
            f"name another folder"
        )


def find_workplace(folder: Path) -> Path:
    """Return the folder to write a new run into: ``folder``, or one inside if it is in use.

    Files of an earlier run stay untouched until the new run is complete (see ``publish``).

    Args:
        folder: the run's folder, which exists.
    """
    if not any((folder / name).exists() for name in _FILES):
        return folder
    workplaces = (folder / f"unfinished-{number}" for number in count(1))
    return next(workplace for workplace in workplaces if _created(workplace))


def _created(folder: Path) -> bool:
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True


def day_of(file: Path) -> str:
    """Return the day on which a file was last written (UTC), such as 2026-05-01; "" without one.

    Args:
        file: that need not exist.
    """
    try:
        written = file.stat().st_mtime
    except OSError:
        return ""
    return datetime.fromtimestamp(written, UTC).date().isoformat()


def publish(workplace: Path, folder: Path) -> None:
    """Move the finished files of a run to their place, each atomically, over those of before.

    Args:
        workplace: as `find_workplace` returned it.
        folder: the run's folder.

    Raises:
        OSError: a file of the run is missing, or cannot be moved.
    """
    if workplace == folder:
        return
    for name in _FILES:
        (workplace / name).replace(folder / name)
    workplace.rmdir()
