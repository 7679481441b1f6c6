"""Numbers as people read them: units, thousands separators, a dash for what is not known."""

from __future__ import annotations

import math

DASH = "–"


def count(value: int | None) -> str:
    """An integer with thousands separators: 170,580."""
    return DASH if value is None else f"{value:,}"


def perplexity(value: float | None, digits: int = 3) -> str:
    """A perplexity with `digits` significant digits; ∞ where a target was impossible."""
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞"
    exponent = int(f"{value:.{digits - 1}e}".partition("e")[2])  # after rounding
    return f"{value:,.{max(digits - 1 - exponent, 0)}f}"


def nats(value: float | None) -> str:
    """A loss in nats with three decimals."""
    return fixed(value, 3)


def fixed(value: float | None, decimals: int) -> str:
    """A number with that many decimals; ∞ or a dash where it is infinite or not a number.

    What rounds to zero has no sign.
    """
    if value is None or math.isnan(value):
        return DASH
    return "∞" if math.isinf(value) else f"{value:z,.{decimals}f}"


def probability(value: float) -> str:
    """A probability in six cells: .1234, or 1e-07 where that would be zero."""
    if value == 0:
        return "0"
    return f"{value:.4f}" if value >= 0.00005 else f"{value:.0e}"


def duration(seconds: float | None) -> str:
    """A time as m:ss, or h:mm:ss from an hour on."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    whole = max(round(seconds), 0)
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{rest:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


def size(byte_count: int | None) -> str:
    """A file's size: 175 kB, 1.4 MB (decimal units)."""
    if byte_count is None:
        return DASH
    value = float(byte_count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError("unreachable")


def share(value: float) -> str:
    """A share in per cent: 26 %; below one per cent with a decimal."""
    decimals = 0 if value == 0 or value >= 0.01 else 1
    return f"{value * 100:.{decimals}f} %"


def tiny_share(value: float) -> str:
    """A share that may be next to nothing: 26 %, and 3.2e-5 below a thousandth."""
    if value == 0 or value >= 0.001:
        return share(value)
    digits, _e, exponent = f"{value:.1e}".partition("e")
    return f"{digits}e{int(exponent)}"
