"""Arguments that make no sense are refused by name."""

import math

import pytest

from copc import arguments


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1, 1, "many", None])
def test_number_outside_its_limits_is_refused_by_name(value: object) -> None:
    """A number that is not finite, not within the limits or not a number raises ValueError with its name."""
    with pytest.raises(ValueError, match=r"^share must be "):
        arguments.number("share", value, low=0, below=1)  # type: ignore[arg-type]


def test_number_message_says_limits_and_what_was_found() -> None:
    """The message tells what is allowed and what was found."""
    with pytest.raises(ValueError, match=r"agents must be finite and greater than 0, found -3"):
        arguments.number("agents", -3, above=0)


@pytest.mark.parametrize("value", [2.5, -1, math.nan])
def test_whole_refuses_parts_and_negatives(value: float) -> None:
    """A count is a whole number of 0 or more."""
    with pytest.raises(ValueError, match="units must be"):
        arguments.whole("units", value)


def test_array_names_the_first_element_that_breaks_a_limit() -> None:
    """The message shows the first element of an array that is out of limits."""
    with pytest.raises(ValueError, match=r"load must be finite and at least 0, found -2"):
        arguments.array("load", [1, -2, math.nan], low=0)


def test_array_refuses_ragged_rows_wrong_dimensions_and_too_few() -> None:
    """Shapes that cannot be meant are refused by name."""
    with pytest.raises(ValueError, match="load must be numbers of one regular shape"):
        arguments.array("load", [[1, 2], [3]])
    with pytest.raises(ValueError, match="load must have 1 dimension"):
        arguments.array("load", [[1, 2]], ndim=1)
    with pytest.raises(ValueError, match="load must hold at least 2"):
        arguments.array("load", [1], size=2)


def test_aligned_names_the_shapes_that_do_not_fit() -> None:
    """Arrays that do not broadcast are named with their shapes."""
    a, b = arguments.array("a", [1, 2, 3]), arguments.array("b", [1, 2])
    with pytest.raises(ValueError, match=r"a \(3,\), b \(2,\)"):
        arguments.aligned(a=a, b=b)
