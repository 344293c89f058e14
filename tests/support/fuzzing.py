"""How long the fuzz tests look for faults: `FUZZ_EXAMPLES` inputs a test, few where nobody asks for more."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hypothesis import HealthCheck, settings

__all__ = ["fuzz", "soon"]

_EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "60"))
_SECONDS: Final = 1.0


def fuzz(share: float = 1.0) -> settings:
    """Settings of a fuzz test; `share` is less than 1 where an input takes much longer than in other tests."""
    return settings(
        max_examples=max(5, int(_EXAMPLES * share)),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        print_blob=True,
    )


@contextmanager
def soon() -> Iterator[None]:
    """The block takes less than a second of this process's time: nothing hangs."""
    began = time.process_time()
    yield
    took = time.process_time() - began
    assert took < _SECONDS, f"took {took:.2f} s"
