"""Subscriptions: what a browser is told, and how much a slow one may cost."""

from dashboards.wallboard.changes import Changes, Subscription


def test_it_tells_each_queue_once_however_often_it_changed() -> None:
    """A browser that sleeps through a thousand changes of one queue is told of one."""
    woken: list[None] = []
    subscription = Subscription(lambda: woken.append(None))
    for _ in range(1000):
        subscription.changed("sales", whole=True)
    assert subscription.size == 1
    assert subscription.take(0) == Changes(["sales"], [], breaches=False)
    assert subscription.take(1) == Changes([], [], breaches=False)
    assert len(woken) == 1000


def test_it_never_remembers_more_than_the_queues_there_are() -> None:
    """The memory of a subscription is bounded by the number of queues, not of changes."""
    subscription = Subscription(lambda: None)
    for number in range(20_000):
        subscription.changed(f"q{number % 50}", whole=number % 3 == 0, breaches=number % 7 == 0)
    assert subscription.size == 50


def test_a_result_takes_the_place_of_a_move_of_the_open_interval() -> None:
    """A queue that is told whole is not told again for its open interval."""
    subscription = Subscription(lambda: None)
    subscription.changed("sales", whole=False)
    subscription.changed("sales", whole=True, breaches=True)
    subscription.changed("sales", whole=False)
    assert subscription.take(0) == Changes(["sales"], [], breaches=True)


def test_open_intervals_come_at_their_own_pace_and_results_at_once() -> None:
    """Figures of open intervals are held back to one push in two seconds; a result never waits."""
    subscription = Subscription(lambda: None, pace_ms=2_000)
    subscription.changed("sales", whole=False)
    assert subscription.take(10_000).figures == ["sales"]
    subscription.changed("sales", whole=False)
    subscription.changed("orders", whole=True)
    assert subscription.take(11_000) == Changes(["orders"], [], breaches=False)
    assert subscription.take(12_000).figures == ["sales"]
