"""How often somebody may speak: token buckets in memory."""

from collections.abc import Callable


class Rates:
    """A burst, then so many a second, counted for each key by itself."""

    def __init__(self, burst: int, per_second: float, monotonic: Callable[[], float], most_keys: int = 10_000) -> None:
        self._burst = float(burst)
        self._per_second = per_second
        self._monotonic = monotonic
        self._most_keys = most_keys
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Count one for this key and return 0, or return the seconds until there is room again."""
        now = self._monotonic()
        left, since = self._left.get(key, (self._burst, now))
        left = min(self._burst, left + (now - since) * self._per_second)
        if left < 1:
            self._left[key] = (left, now)
            return (1 - left) / self._per_second
        if key not in self._left and len(self._left) >= self._most_keys:
            self._forget_rested(now)
        self._left[key] = (left - 1, now)
        return 0.0

    def _forget_rested(self, now: float) -> None:
        """Drop whoever has a full bucket again, as if never seen."""
        self._left = {
            key: (left, since)
            for key, (left, since) in self._left.items()
            if left + (now - since) * self._per_second < self._burst
        }
