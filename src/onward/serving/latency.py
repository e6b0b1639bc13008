"""How long predictions take, counted in bins that widen: memory never grows."""

import math
import threading
from typing import Any

import psutil

# From a microsecond to a hundred seconds; a bin is 3.7 % wide.
LEAST, DECADES, PER_DECADE = 1e-6, 8, 64


class Latency:
    """A histogram of waiting times with logarithmic bins.

        bin of s seconds = ⌈64 · log₁₀(s / 1 µs)⌉

    A percentile is the upper edge of its bin. It is never below the true one, and at most 3.7 %
    above it, from 1 µs to 100 s. One thread may add while others read.

    Cost: under a microsecond an entry; 513 numbers, for ever.
    """

    def __init__(self) -> None:
        self._counts = [0] * (DECADES * PER_DECADE + 1)
        self._lock = threading.Lock()
        self.count, self.total, self.longest = 0, 0.0, 0.0

    def add(self, seconds: float) -> None:
        """Count one waiting time."""
        place = 0
        if seconds > LEAST:
            place = math.ceil(PER_DECADE * math.log10(seconds / LEAST))
        with self._lock:
            self._counts[min(place, len(self._counts) - 1)] += 1
            self.count += 1
            self.total += seconds
            self.longest = max(self.longest, seconds)

    def percentile(self, percent: float) -> float:
        """Seconds within which so many of a hundred were done; NaN where there were none.

        Raises:
            ValueError: `percent` is not within 0 and 100.
        """
        if not 0 <= percent <= 100:
            raise ValueError(f"Expected 0 <= percent <= 100; got {percent!r}. Try percent=99.")
        with self._lock:
            counts, count, longest = list(self._counts), self.count, self.longest
        if not count:
            return math.nan
        wanted, below = max(1, math.ceil(percent / 100 * count)), 0
        for place, entries in enumerate(counts[:-1]):
            below += entries
            if below >= wanted:
                return min(longest, LEAST * 10 ** (place / PER_DECADE))
        return longest

    def summary(self) -> dict[str, Any]:
        """Count, mean, p50, p99 and the longest in seconds; and how busy the machine is.

        `load` is the mean number of processes that ran or waited in the last minute, divided by
        the number of CPUs. Above 1 waiting times tell of the machine, not of the decoder.
        """
        with self._lock:
            count, total, longest = self.count, self.total, self.longest
        return {
            "count": count,
            "mean": total / count if count else math.nan,
            "p50": self.percentile(50),
            "p99": self.percentile(99),
            "max": longest if count else math.nan,
            "load": psutil.getloadavg()[0] / (psutil.cpu_count() or 1),
        }
