"""Token buckets against an obvious simulation, and with many threads."""

from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.access import RateLimiter, _rates
from tenprint.model import RateLimitError


@given(
    st.integers(1, 50),
    st.integers(1, 20),
    st.lists(st.integers(0, 400), max_size=60),
)
def test_like_a_simulation_in_milliseconds(rate: int, burst: int, waits: list[int]) -> None:
    now = 0
    limiter = RateLimiter(lambda: now / 1000)
    level = burst * 1000  # thousandths of a token; `rate` of them flow in each millisecond
    for wait in waits:
        now += wait
        level = min(burst * 1000, level + wait * rate)
        retry = 0.0
        try:
            limiter.check("NX1", rate, burst)
        except RateLimitError as error:
            retry = error.retry_after
        passed = retry == 0.0
        assert passed or abs(retry - (1000 - level) / rate / 1000) < 0.0011
        if level not in (999, 1000, 1001):  # the last bit of a float decides there
            assert passed == (level >= 1000)
        if passed:
            level -= 1000


def test_agencies_are_apart_and_waiting_helps() -> None:
    now = 0.0
    limiter = RateLimiter(lambda: now)
    limiter.check("A", 2, 1)
    with pytest.raises(RateLimitError) as caught:
        limiter.check("A", 2, 1)
    limiter.check("B", 2, 1)
    now += caught.value.retry_after
    limiter.check("A", 2, 1)
    assert caught.value.retryable


def test_a_rate_of_nothing() -> None:
    limiter = RateLimiter(lambda: 0.0)
    limiter.check("A", 0, 1)
    with pytest.raises(RateLimitError) as caught:
        limiter.check("A", 0, 1)
    assert caught.value.retry_after == 3600


def test_many_threads_get_no_more_than_there_is() -> None:
    limiter, passed = RateLimiter(lambda: 0.0), []

    def take() -> None:
        for _ in range(500):
            try:
                limiter.check("A", 1, 700)
                passed.append(1)
            except RateLimitError:
                pass

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 700


def test_buckets_do_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rates, "MAX_BUCKETS", 10)
    limiter = RateLimiter(lambda: 0.0)
    for number in range(1000):
        limiter.check(f"address {number}", 1, 1)
    assert len(limiter._buckets) <= 10
