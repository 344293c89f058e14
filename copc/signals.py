"""The beliefs of many queues about the rest of their days, at once.

`copc.reforecast` learns from one interval after another. Projections are asked for hundreds of queues together, and
numpy's overhead on one would be most of the time. This is the arithmetic of `ahead` and `covariance`, term by term,
with a row a queue.

Shapes: q queues, n intervals ahead in order of time. Nothing here reads a clock.

Source: as `copc.reforecast`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from copc.arguments import Floats
from copc.reforecast import Ahead, Belief, DayPattern

__all__ = ["Places", "Signals"]

_UNSEEN: Final = -np.inf


class Places(NamedTuple):
    """Where the intervals ahead lie."""

    at: Floats
    """Their middles, seconds on the time line of the beliefs, (q, n)."""
    hours: NDArray[np.int64]
    """Their hours of the local day, (q, n)."""


class Signals:
    """The beliefs of q queues about one figure of theirs.

    Args:
        beliefs: what is known of each.
        patterns: how the days of each stray.
        places: the intervals ahead.
    """

    def __init__(self, beliefs: Sequence[Belief], patterns: Sequence[DayPattern], places: Places) -> None:
        self._patterns = patterns
        self._at = places.at
        (
            self._stays,
            self._fades,
            self._stays_variance,
            self._fades_variance,
            self._shared,
            since,
        ) = (column[:, None] for column in np.array(beliefs, dtype=np.float64).T)
        self._rest = 1 - np.array([pattern.day_share for pattern in patterns])[:, None]
        self._time = np.array([pattern.fade_seconds for pattern in patterns])[:, None]
        amplitude = np.array([pattern.amplitude for pattern in patterns])
        self._amplitude = np.take_along_axis(amplitude, places.hours, axis=1)
        gone = np.where(since == _UNSEEN, np.inf, np.maximum(places.at - np.where(since == _UNSEEN, 0.0, since), 0.0))
        self._kept = np.exp(-gone / self._time)

    @property
    def dispersion(self) -> Floats:
        """Variance / mean of a count around its true rate, (q,)."""
        return np.array([pattern.dispersion for pattern in self._patterns])

    def spread(self, leads: NDArray[np.int64]) -> Floats:
        """Factor on the variance of a range, (q, n), by class of lead time (`copc.reforecast.lead_classes`)."""
        return np.take_along_axis(np.array([pattern.spread for pattern in self._patterns]), leads, axis=1)

    def ahead(self, made_hours: Sequence[int]) -> Ahead:
        """The factor on each forecast ahead, and how sure it is, (q, n); `copc.reforecast.ahead`.

        Args:
            made_hours: the hour of the day in which each queue's update is made.
        """
        kept = self._kept
        unit = self._stays_variance + 2 * kept * self._shared + kept * kept * self._fades_variance
        variance = self._amplitude**2 * (unit + self._rest * (1 - kept * kept))
        logarithm = self._amplitude * (self._stays + kept * self._fades) + (variance - self._amplitude**2) / 2
        gain = np.array([pattern.gain[hour] for pattern, hour in zip(self._patterns, made_hours, strict=True)])
        return Ahead(np.exp(gain[:, None] * logarithm), variance)

    def covariance(self) -> Floats:
        """Covariance of the logarithms of the rates ahead, (q, n, n); `copc.reforecast.covariance`."""
        kept, at = self._kept, self._at
        both = kept[:, :, None] * kept[:, None, :]
        renewed = at[:, :, None] - at[:, None, :]
        np.negative(np.abs(renewed, out=renewed), out=renewed)
        renewed /= self._time[:, :, None]
        np.exp(renewed, out=renewed)
        renewed -= both
        renewed *= self._rest[:, :, None]
        known = kept[:, :, None] + kept[:, None, :]
        known *= self._shared[:, :, None]
        known += self._stays_variance[:, :, None]
        both *= self._fades_variance[:, :, None]
        known += both
        known += renewed
        known *= self._amplitude[:, :, None] * self._amplitude[:, None, :]
        return np.asarray(known, dtype=np.float64)
