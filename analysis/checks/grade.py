"""How a check's number becomes its outcome."""


def grade(value: float, warn: float, fail: float) -> str:
    """Return "pass" down to `warn`, "warn" down to `fail`, and "fail" below.

    Args:
        value: the less the worse.
        warn: least value that passes.
        fail: least value that does not fail.
    """
    return "pass" if value >= warn else "warn" if value >= fail else "fail"
