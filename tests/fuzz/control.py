"""Cases of sequences, setups of instruments, tables of pulses, campaigns and lists of runs."""

from pathlib import Path
from random import Random

from .mutate import mutate_bytes, mutate_text
from .values import draw_changes, toml

Files = dict[str, bytes]
Drawn = tuple[Files, tuple[str, ...]]

SETUP = (Path(__file__).parents[2] / "examples" / "shfqc.yaml").read_text(encoding="utf-8")
PULSE = "time_ns,amplitude,phase_rad\n0,0.2,0\n2,1.0,0.3\n5,0.4,-0.3\n9,0,0\n"
_WHAT = (("--axis", "x"), ("--axis", "z"), ("--arm", "control"), ("--pulse", "pi"), ("--time", "7"))


def draw_sequence(rng: Random) -> Drawn:
    """Show or write what extreme files play."""
    out = rng.choice((("--samples", "s.nc"), ("--samples", "s.csv"), ("--json",), ()))
    files = {"e.toml": toml(draw_changes(rng)).encode()}
    return files, ("sequence", "e.toml", *rng.choice(_WHAT), *out)


def draw_setup(rng: Random) -> Drawn:
    """Read what tells signals from channels, as it comes from a text editor."""
    files = {"e.toml": toml({}).encode(), "s.yaml": _bytes(mutate_text(rng, SETUP))}
    return files, ("sequence", "e.toml", "--samples", "s.nc", "--setup", "s.yaml")


def draw_pulse(rng: Random) -> Drawn:
    """Play the table of a charging pulse, as it comes from a spreadsheet."""
    text = toml({"charging.shape": "samples", "charging.samples_file": "p.csv"})
    files = {"e.toml": text.encode(), "p.csv": _bytes(mutate_text(rng, PULSE))}
    return files, rng.choice(
        (("sequence", "e.toml", "--json"), ("emulate", "e.toml", "--out", "d.nc", "-q"))
    )


def draw_campaign(rng: Random, dataset: bytes) -> Drawn:
    """Analyse runs together of which one is torn, twice the same, or another's."""
    other = rng.choice((dataset, mutate_bytes(rng, dataset), b"", rng.randbytes(300)))
    files = {"a.nc": dataset, "b.nc": other}
    drifting = rng.choice(((), ("--drifting", "transmon.t1_us"), ("--drifting", "rabbits")))
    return files, ("campaign", "a.nc", rng.choice(("b.nc", "a.nc", "c.nc")), *drifting, "-q")


def draw_list(rng: Random, dataset: bytes, results: str) -> Drawn:
    """List the runs of a folder in which one has torn results."""
    files = {
        "runs/a/dataset.nc": dataset,
        "runs/a/results.json": results.encode(),
        "runs/run/dataset.nc": rng.choice((dataset, mutate_bytes(rng, dataset))),
        "runs/run/results.json": _bytes(mutate_text(rng, results)),
    }
    return files, ("report", "--all", "runs", "-q")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")
