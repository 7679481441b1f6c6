"""Numbers as people read them: units, thousands separators, a dash for what is not known."""

from __future__ import annotations

import math
import sys

DASH = "–"
CERTAIN = 1 - 1e-12
"""From here on a share is all: what is missing is the rounding of sums."""
LARGEST_WHOLE = 1e9
"""From here on a number is written with a power of ten."""


def count(value: int | None) -> str:
    """An integer with thousands separators: 170,580."""
    return DASH if value is None else f"{value:,}"


def perplexity(value: float | None, digits: int = 3) -> str:
    """A perplexity with `digits` significant digits; ∞ where a target was impossible.

    The largest float stands for one that is finite and larger than any.
    """
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞"
    if value >= sys.float_info.max:
        return ">1e308"
    if value >= LARGEST_WHOLE:
        mantissa, _e, power = f"{value:.{digits - 1}e}".partition("e")
        return f"{mantissa}e{int(power)}"
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
    """A probability in six cells: 0.1234, 1.2e-4; only a certain one is 1.0000."""
    if value == 0:
        return "0"
    if value >= 0.001:
        return f"{value:.4f}" if value < 0.99995 or value >= CERTAIN else "0.9999"
    digits, _e, exponent = f"{value:.1e}".partition("e")
    shown = f"{digits}e{int(exponent)}"
    return shown if len(shown) <= 6 else f"{value:.0e}"


def amount(value: float | None) -> str:
    """An expected number of occurrences, 45.66; 0.0123 and 1.2e-4 where that leaves no digits."""
    return fixed(value, 2) if value is None or not 0 < value < 0.1 else probability(value)


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
    """A share in per cent: 26 %; within a per cent of none or all with a decimal.

    `<0.1 %` and `>99.9 %` where it is neither none nor all but would round to that.
    """
    if 0.01 <= value < 0.99:
        return f"{value * 100:.0f} %"
    return f"{_per_cent(value, 1)} %" if 0 < value < CERTAIN else f"{value * 100:z.0f} %"


def per_cent(value: float) -> str:
    """A share in per cent in five cells, without the sign: 15.42, `<0.01`, `>99.9`, 100.0."""
    if value >= CERTAIN:
        return f"{value * 100:.1f}"
    return _per_cent(value, 2 if value < 0.9995 else 1)


def _per_cent(value: float, decimals: int) -> str:
    step = 0.1**decimals
    if 0 < value * 100 < step / 2:
        return f"<{step:.{decimals}f}"
    if 100 - step / 2 <= value * 100 < 100 * CERTAIN:
        return f">{100 - step:.{decimals}f}"
    return f"{value * 100:z.{decimals}f}"


def tiny_share(value: float) -> str:
    """A share that may be next to nothing: 26 %, and 3.2e-5 below a thousandth."""
    if value == 0 or value >= 0.001:
        return share(value)
    digits, _e, exponent = f"{value:.1e}".partition("e")
    return f"{digits}e{int(exponent)}"
