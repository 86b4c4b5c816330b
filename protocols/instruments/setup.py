"""SETUP.yaml: a device descriptor of the maker's, and which of its signals is which channel."""

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from annotated_types import Len
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cqed_battery.errors import CqedBatteryError, join_words, show_value
from cqed_battery.operators import ComplexArray, FloatArray
from protocols.sequence.samples import MODULATED

_ROUNDING = 1e-9  # of a table's range: sums and products of decimal numbers are closer


class InstrumentError(CqedBatteryError):
    """A setup that cannot be read, or a sequence that its instruments cannot play."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Line(_Part):
    """One channel of `protocols.sequence.channels.CHANNELS` on the instruments.

    signal: name in the descriptor. rate_GHz: of its samples. delay_ns: by which it is played later
    than the others. MHz_per_unit: of a driven channel, at amplitude 1. amplitude and MHz: of the
    others, a table joined by lines, which rises in the amplitude. lo_GHz: local oscillator of a
    driven channel; None for one that plays from d.c. on. power_dBm: its output range.
    """

    signal: str
    rate_GHz: float = Field(default=2.0, gt=0, le=100)
    delay_ns: float = Field(default=0.0, ge=0, le=1e6)
    MHz_per_unit: float | None = Field(default=None, gt=0)
    amplitude: Annotated[tuple[float, ...], Len(2)] | None = None
    MHz: Annotated[tuple[float, ...], Len(2)] | None = None
    lo_GHz: float | None = Field(default=None, gt=0)
    power_dBm: float = Field(default=10.0, ge=-50, le=30)

    @model_validator(mode="after")
    def _one_scale(self) -> Self:
        if (self.amplitude is None) != (self.MHz is None):
            raise ValueError("needs `amplitude` and `MHz` together, a list each")
        if (self.amplitude is None) == (self.MHz_per_unit is None):
            raise ValueError("needs either `MHz_per_unit` or the lists `amplitude` and `MHz`")
        if self.amplitude is None or self.MHz is None:
            return self
        steps = np.diff(self.MHz)
        if len(self.amplitude) != len(self.MHz) or not (np.diff(self.amplitude) > 0).all():
            raise ValueError("`amplitude` must increase, and be as long as `MHz`")
        if not ((steps > 0).all() or (steps < 0).all()):
            raise ValueError("`MHz` must rise or fall all along the table")
        return self

    def amplitudes(self, values: ComplexArray) -> ComplexArray:
        """Return the amplitudes that play values, nan where the table ends before.

        Args:
            values: in MHz, (N,).
        """
        if self.amplitude is None or self.MHz is None:
            return np.asarray(values / (self.MHz_per_unit or 1.0))
        table, held = np.array(self.MHz), values.real
        order, near = np.argsort(table), _ROUNDING * float(np.ptp(table))
        ends = np.clip(held, table.min(), table.max())
        held = np.where(np.abs(held - ends) < near, ends, held)
        found = np.interp(
            held, table[order], np.array(self.amplitude)[order], left=np.nan, right=np.nan
        )
        return found.astype(complex)

    def values(self, amplitudes: ComplexArray) -> ComplexArray:
        """Return what amplitudes play, in MHz; the inverse of `amplitudes`.

        Args:
            amplitudes: of the samples, (N,).
        """
        if self.amplitude is None or self.MHz is None:
            return np.asarray(amplitudes * (self.MHz_per_unit or 1.0))
        return np.interp(amplitudes.real, self.amplitude, self.MHz).astype(complex)


class ReadoutLine(_Part):
    """The readout's signals: probe at `amplitude` of full scale, and what is told from its signal.

    integration_ns: how much of a readout is recorded, at most; all of it by default. threshold: of
    the integrated signal, above which 1 is read. delay_ns: of the signal's way back.
    """

    measure: str
    acquire: str
    lo_GHz: float = Field(gt=0, le=100)
    frequency_GHz: float = Field(gt=0, le=100)
    amplitude: float = Field(gt=0, le=1)
    power_dBm: float = Field(default=0.0, ge=-50, le=30)
    threshold: float = 0.0
    integration_ns: float | None = Field(default=None, gt=0)
    delay_ns: float = Field(default=0.0, ge=0, le=1e6)


class Limits(_Part):
    """What the instruments hold; by default a third of an SHFQC, whose compiler adds copies.

    grid_ns: on which readouts and waits begin. bits: of an amplitude. memory_samples: of waveforms
    in one channel and program. integrated_samples: of one readout, at 2 GSa/s. results: outcomes of
    one program.
    """

    grid_ns: float = Field(default=8.0, gt=0)
    bits: int = Field(default=14, ge=4, le=24)
    memory_samples: int = Field(default=32768, ge=64)
    integration_ns: float = Field(default=2048.0, gt=0)
    results: int = Field(default=524288, ge=1)
    settings: int = Field(default=200, ge=1)


class Setup(_Part):
    """A laboratory's instruments: `kind` says whose software writes and plays the programs."""

    kind: Literal["laboneq"] = "laboneq"
    descriptor: dict[str, Any]
    host: str = "localhost"
    port: int = Field(default=8004, ge=1, le=65535)
    lines: dict[str, Line]
    readout: ReadoutLine
    limits: Limits = Limits()

    @property
    def rates_GHz(self) -> dict[str, float]:
        """Rate of each channel that has a line."""
        return {channel: line.rate_GHz for channel, line in self.lines.items()}

    @model_validator(mode="after")
    def _modulated(self) -> Self:
        for channel, line in self.lines.items():
            driven = channel in MODULATED
            if driven != (line.MHz_per_unit is not None):
                wanted = "`MHz_per_unit`" if driven else "the lists `amplitude` and `MHz`"
                raise ValueError(f"lines.{channel} needs {wanted}")
            if driven and line.lo_GHz is None:
                raise ValueError(f"lines.{channel} needs `lo_GHz`")
        return self


def read_setup(path: str | PathLike[str]) -> Setup:
    """Read a setup.

    Args:
        path: of a YAML file.

    Raises:
        InstrumentError: there is no such file, no reader of YAML, or a key is refused.
    """
    try:
        import yaml
    except ImportError as error:
        raise InstrumentError(
            "a setup is read by PyYAML, which is not installed: install the extra,"
            " pip install 'cqed-battery[laboneq]'"
        ) from error
    try:
        given = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InstrumentError(f"{path} does not exist; give the path of a setup file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise InstrumentError(f"{path} is not YAML: {said}") from error
    return setup_of(given)


def setup_of(given: object) -> Setup:
    """Return a setup from plain values.

    Args:
        given: what YAML holds.

    Raises:
        InstrumentError: a key is missing, unknown or refused.
    """
    if not isinstance(given, Mapping):
        raise InstrumentError(f"a setup must be a table of keys, but is {show_value(given)}")
    try:
        return Setup.model_validate(given)
    except ValidationError as error:
        raise InstrumentError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    """Return one sentence on the first problem of a setup."""
    first = error.errors(include_url=False)[0]
    place = ".".join(map(str, first["loc"])) or "the setup"
    if first["type"] == "extra_forbidden":
        return f"{place} is not a known key of a setup"
    if first["type"] == "missing":
        return f"the setup needs {place}"
    said = first["msg"].removeprefix("Value error, ").replace("Input should", "must", 1)
    return f"{place} {said[:1].lower()}{said[1:]}, but is {show_value(first['input'])}"


def checked_amplitudes(channel: str, line: Line, values: ComplexArray, what: str) -> ComplexArray:
    """Return the amplitudes that play values in MHz, (N,).

    Args:
        channel: one of `CHANNELS`.
        line: that plays it.
        values: in MHz, (N,).
        what: plays them, as a message names it.

    Raises:
        InstrumentError: an amplitude is beyond 1, or beyond the table.
    """
    found = line.amplitudes(values)
    if np.isnan(found).any():
        off = float(values.real[np.isnan(found)][0])
        low, high = min(line.MHz or ()), max(line.MHz or ())
        raise InstrumentError(
            f"lines.{channel} has MHz from {low:g} to {high:g}, but {what} plays {off:.6g} MHz:"
            " measure further, or ask for less"
        )
    largest = _reach(found)
    if largest > 1:
        full = abs(values[np.argmax(np.abs(found))])
        raise InstrumentError(
            f"{what} plays {full:.6g} MHz on the {channel}, which is amplitude {largest:.4g} of"
            " full scale 1: raise lines."
            f"{channel}.MHz_per_unit by a stronger output, or ask for less"
        )
    return found


def _reach(amplitudes: FloatArray | ComplexArray) -> float:
    """Return the largest size of an amplitude; quadratures are limited together."""
    return float(np.abs(amplitudes).max(initial=0.0))


def missing_line(channels: list[str]) -> InstrumentError:
    """Return the refusal of a setup that has no line for what is played.

    Args:
        channels: that are played, and have none.
    """
    named = join_words([f"lines.{channel}" for channel in channels], "and")
    return InstrumentError(f"the sequence plays channels that the setup lacks: add {named}")
