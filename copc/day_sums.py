"""How a queue's days stray from their forecasts, learned from its own past days in a few sums.

A projection is worth its width: how much of a morning's surplus is left in the afternoon, at which hours the queue
is steady, how far past projections were off. Each is fitted on the queue's own past days, from sums that forget slowly
(60 days), not from the days themselves. Below 20 known days the product's defaults stand (`DayPattern`); above,
they weigh as much as 20 days, so that a fit never jumps.

Three things are kept: products of errors at a distance of so many hours (a covariogram, by which the part that
stays, the part that fades and its time are found), squares of errors by hour of the day, and how past updates did:
whether the rest of the day went where an update of that hour pointed, and the share of counts outside their range by
lead time (adaptive conformal inference).

Sources: Gibbs and Candès 2021 (the width); Bühlmann and Straub 1970 (credibility by sums); docs/projections.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copc.arguments import Floats
from copc.reforecast import HOURS, LEADS, DayPattern, ahead, count_range, lead_classes, observe, prior

__all__ = ["KNOWN_DAYS", "Day", "DaySums", "learn_day", "pattern_of"]

KNOWN_DAYS: Final = 20
"""Days from which a queue's own pattern counts, and the days that the defaults weigh."""
_FORGET: Final = 1 - 1 / 60
_LAGS: Final = 16
_HOUR: Final = 3600.0
_TIMES: Final = (0.75, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 12.0)
"""Hours of fading that are tried."""
_WIDEN: Final = 0.1
"""Step of the width's logarithm a day, times the excess of counts outside."""
_DEFAULT: Final = DayPattern()
_NONE: Final = (0.0,) * HOURS


class Day(NamedTuple):
    """The intervals of one open day that are known and had a forecast above 0, in order of time."""

    actual: Floats
    """Contacts; or forecast x ratio of another figure."""
    forecast: Floats
    """Contacts, > 0; of another figure the contacts that its ratio is worth."""
    at: Floats
    """Middles of the intervals, seconds."""
    hours: NDArray[np.int64]
    """Hours of the local day."""


@dataclass(frozen=True, slots=True)
class DaySums:
    """The sums of a queue's past days. Every one forgets 1/60 a day; `days` counts all."""

    days: int = 0
    weight: float = 0.0
    """Days, those of long ago less."""
    squares: float = 0.0
    """Errors of single intervals, squared."""
    scale: float = 0.0
    """Forecasts of single intervals, squared."""
    volume: float = 0.0
    hour_squares: tuple[float, ...] = _NONE
    """Errors of whole hours, squared, by hour of the day."""
    hour_scale: tuple[float, ...] = _NONE
    """Forecasts of whole hours, squared."""
    hour_volume: tuple[float, ...] = _NONE
    products: tuple[float, ...] = (0.0,) * _LAGS
    """Products of the errors of two hours in units of their amplitude, by distance in hours, from 1."""
    product_scale: tuple[float, ...] = (0.0,) * _LAGS
    borne_out: tuple[float, ...] = _NONE
    """Change of the rest of the day that an update expected, times the change that came, by hour of the update."""
    expected: tuple[float, ...] = _NONE
    """The expected change, squared."""
    widths: tuple[float, ...] = (0.0,) * len(LEADS)
    """Logarithm of the factor on a range's width by class of lead time."""


def _spread(sums: DaySums) -> tuple[float, Floats]:
    """Dispersion, and the amplitude by hour of the day."""
    hour_squares, hour_scale = np.asarray(sums.hour_squares), np.asarray(sums.hour_scale)
    hour_volume, own, known = np.asarray(sums.hour_volume), sums.weight, hour_scale > 0
    total = float(hour_scale.sum())
    dispersion = _DEFAULT.dispersion
    # An hour of k intervals has k^2 of the strayed rates' variance, and only k of chance's: two equations. An hour of
    # one interval has but one, and the default stands.
    if total > 1.01 * sums.scale > 0:
        found = sums.squares * total - float(hour_squares.sum()) * sums.scale
        dispersion = found / (sums.volume * (total - sums.scale))
    dispersion = max(1.0, _shrunk(dispersion, _DEFAULT.dispersion, own))
    if total <= 0:
        return dispersion, np.asarray(_DEFAULT.amplitude)
    usual = max((float(hour_squares.sum()) - dispersion * float(hour_volume.sum())) / total, 1e-5)
    usual = _shrunk(usual, _DEFAULT.amplitude[0] ** 2, own)
    each = np.where(known, (hour_squares - dispersion * hour_volume) / np.where(known, hour_scale, 1.0), usual)
    return dispersion, np.sqrt(np.clip((each * own + usual * KNOWN_DAYS) / (own + KNOWN_DAYS), usual / 16, usual * 16))


def _shrunk(found: float, usual: float, weight: float) -> float:
    return (found * weight + usual * KNOWN_DAYS) / (weight + KNOWN_DAYS)


def _persistence(sums: DaySums) -> tuple[float, float]:
    """Share of the variance that stays all day, and the seconds in which the rest fades: least squares over lags."""
    lags = np.arange(1, _LAGS + 1)
    scale = np.asarray(sums.product_scale)
    usual = _DEFAULT.day_share + (1 - _DEFAULT.day_share) * np.exp(-lags * _HOUR / _DEFAULT.fade_seconds)
    found = np.divide(sums.products, scale, out=np.zeros(_LAGS), where=scale > 0)
    likeness = (found * sums.weight + usual * KNOWN_DAYS) / (sums.weight + KNOWN_DAYS)
    best = (math.inf, _DEFAULT.day_share, _DEFAULT.fade_seconds)
    for hours in _TIMES:
        fading = np.exp(-lags / hours)
        share = float((scale * (1 - fading) * (likeness - fading)).sum() / (scale * (1 - fading) ** 2).sum())
        share = min(max(share, 0.02), 0.98)
        off = float((scale * (likeness - fading - share * (1 - fading)) ** 2).sum())
        best = min(best, (off, share, hours * _HOUR))
    return best[1], best[2]


def pattern_of(sums: DaySums) -> DayPattern:
    """The pattern of a queue's days: its own from `KNOWN_DAYS` on, the product's default before."""
    if sums.days < KNOWN_DAYS:
        return _DEFAULT
    dispersion, amplitude = _spread(sums)
    share, fade = _persistence(sums) if any(sums.product_scale) else (_DEFAULT.day_share, _DEFAULT.fade_seconds)
    # An update is believed as far as past ones were borne out; the belief in it weighs as much as `KNOWN_DAYS` days.
    expected = np.asarray(sums.expected)
    believed = expected * (KNOWN_DAYS / sums.weight)
    gain = np.divide(np.asarray(sums.borne_out) + believed, expected + believed, out=np.ones(HOURS), where=expected > 0)
    return DayPattern(
        day_share=share,
        fade_seconds=fade,
        dispersion=dispersion,
        amplitude=tuple(amplitude.tolist()),
        gain=tuple(np.clip(gain, 0.0, 1.0).tolist()),
        spread=tuple(math.exp(2 * width) for width in sums.widths),
    )


def learn_day(sums: DaySums, day: Day) -> DaySums:
    """The sums with one more day.

    An interval's surprise is bounded at a third and three times its forecast, with room for chance: a surge should be
    forgotten as one odd day.
    """
    if not len(day.forecast):
        return sums
    room = 3 * np.sqrt(day.forecast)
    errors = np.clip(day.actual, day.forecast / 3 - room, day.forecast * 3 + room) - day.forecast
    # Hours of the day follow one another; with a clock set back, or round midnight, one of them comes twice.
    block = _blocks(day)
    first = np.zeros(block[-1] + 1, dtype=np.int64)
    first[block[::-1]] = day.hours[::-1]
    error, forecast = np.bincount(block, errors), np.bincount(block, day.forecast)
    faded = _forgotten(sums)
    hourly = [np.bincount(first, part, minlength=HOURS) for part in (error**2, forecast**2, forecast)]
    grown = replace(
        faded,
        squares=faded.squares + float(errors @ errors),
        scale=faded.scale + float(day.forecast @ day.forecast),
        volume=faded.volume + float(day.forecast.sum()),
        hour_squares=_plus(faded.hour_squares, hourly[0]),
        hour_scale=_plus(faded.hour_scale, hourly[1]),
        hour_volume=_plus(faded.hour_volume, hourly[2]),
    )
    unit = error / _spread(grown)[1][first]
    lags = range(1, min(_LAGS, len(unit) - 1) + 1)
    grown = replace(
        grown,
        products=_plus(grown.products, [float(unit[lag:] @ unit[:-lag]) for lag in lags]),
        product_scale=_plus(grown.product_scale, [float(forecast[lag:] @ forecast[:-lag]) for lag in lags]),
    )
    return _judged(grown, pattern_of(sums), day)


def _blocks(day: Day) -> NDArray[np.int64]:
    """The hour since the day's first interval in which each lies."""
    blocks: NDArray[np.int64] = ((day.at - day.at[0]) // _HOUR).astype(np.int64)
    return blocks


def _forgotten(sums: DaySums) -> DaySums:
    """The sums a day later, and one day more."""
    faded: dict[str, float | tuple[float, ...]] = {}
    for field in fields(sums):
        value = getattr(sums, field.name)
        if field.name not in {"days", "widths"}:
            faded[field.name] = tuple(part * _FORGET for part in value) if isinstance(value, tuple) else value * _FORGET
    faded["weight"] = sums.weight * _FORGET + 1
    return replace(sums, **faded, days=sums.days + 1)  # type: ignore[arg-type]  # a mapping of every field but these


def _plus(sums: Sequence[float], more: Floats | NDArray[np.int64] | Sequence[float]) -> tuple[float, ...]:
    """Element by element; `more` may be shorter."""
    added = np.asarray(sums, dtype=np.float64).copy()
    added[: len(more)] += np.asarray(more, dtype=np.float64)
    return tuple(added.tolist())


def _judged(sums: DaySums, pattern: DayPattern, day: Day) -> DaySums:
    """The sums with the record of the updates that the day's full hours would have made by the pattern before it."""
    borne_out, expected = np.asarray(sums.borne_out).copy(), np.asarray(sums.expected).copy()
    outside, seen = np.zeros(len(LEADS)), np.zeros(len(LEADS))
    belief, block = prior(pattern), _blocks(day)
    rows = zip(day.actual.tolist(), day.forecast.tolist(), day.at.tolist(), day.hours.tolist(), strict=True)
    for i, (actual, forecast, at, hour) in enumerate(rows):
        if i and block[i] != block[i - 1]:
            rest = day.forecast[i:]
            factor, log_variance = ahead(belief, pattern, day.at[i:], day.hours[i:])
            change = float(factor @ rest / rest.sum()) - 1
            borne_out[hour] += change * (float(day.actual[i:].sum() / rest.sum()) - 1)
            expected[hour] += change * change
            mean = rest * factor ** pattern.gain[hour]
            lead = lead_classes(day.at[i:] - at)
            variance = pattern.dispersion * mean + mean**2 * log_variance
            low, high = count_range(mean, variance * np.asarray(pattern.spread)[lead])
            off = (day.actual[i:] < low) | (day.actual[i:] > high)
            outside += np.bincount(lead, off, minlength=len(LEADS))
            seen += np.bincount(lead, minlength=len(LEADS))
        belief = observe(belief, pattern, actual / forecast, forecast / pattern.dispersion, at, hour)
    excess = np.divide(outside, seen, out=np.full(len(LEADS), 0.2), where=seen > 0) - 0.2
    return replace(
        sums,
        borne_out=tuple(borne_out.tolist()),
        expected=tuple(expected.tolist()),
        widths=tuple(np.clip(np.asarray(sums.widths) + _WIDEN * excess, -1.0, 1.0).tolist()),
    )
