"""How long the fuzz tests look for faults: `FUZZ_INPUTS` inputs in all, few where nobody asks for more."""

import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from hypothesis import HealthCheck, settings

__all__ = ["fuzz", "set_inputs", "soon"]

_A_TEST: Final = 60
"""Inputs of a test of share 1, unless told otherwise."""
_SECONDS: Final = 1.0

_Test = TypeVar("_Test", bound=Callable[..., Any])


def fuzz(share: float = 1.0) -> Callable[[_Test], _Test]:
    """Mark a fuzz test; `share` is less than 1 where an input takes much longer than in other tests."""

    def mark(test: _Test) -> _Test:
        test.fuzz_share = share  # type: ignore[attr-defined]  # read by `set_inputs`
        return test

    return mark


def set_inputs(tests: Iterable[Callable[..., Any]]) -> int:
    """Divide the inputs over tests by their shares; how many they are in all."""
    shares = {test: getattr(test, "fuzz_share", 0.0) for test in tests}
    wanted = os.environ.get("FUZZ_INPUTS")
    each = _A_TEST if wanted is None else int(wanted) / (sum(shares.values()) or 1.0)
    given = 0
    for test, share in shares.items():
        if share:
            examples = max(5, round(each * share))
            given += examples
            settings(
                max_examples=examples,
                deadline=None,
                suppress_health_check=[
                    HealthCheck.too_slow,
                    HealthCheck.data_too_large,
                    HealthCheck.filter_too_much,
                    HealthCheck.function_scoped_fixture,
                ],
                print_blob=True,
            )(test)
    return given


@contextmanager
def soon() -> Iterator[None]:
    """The block takes less than a second of this process's time: nothing hangs.

    The garbage collector waits: a pass over all that Hypothesis holds after 100,000 inputs takes a second by itself.
    """
    gc.disable()
    began = time.process_time()
    try:
        yield
    finally:
        took = time.process_time() - began
        gc.enable()
    assert took < _SECONDS, f"took {took:.2f} s"
