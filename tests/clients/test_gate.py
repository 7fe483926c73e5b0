"""The shared gate against a real Redis: quota, even sharing, pauses and slots, as several workers see them."""

import threading

import pytest
import redis

from bcsync.clients.errors import RetryLater
from bcsync.clients.gate import RedisGate


class Clock:
    """A time that only sleeping moves; shared by the gates of a test."""

    def __init__(self):
        self.now = 1_700_000_000.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(round(seconds, 3))
        self.now += seconds


@pytest.fixture
def server(redis_url):
    client = redis.Redis.from_url(redis_url)
    for key in client.scan_iter("bcsync:gate:{test-*"):
        client.delete(key)
    yield client
    client.close()


@pytest.fixture
def clock():
    return Clock()


def gate_of(server, clock, key="test-store", slots=None, **options):
    return RedisGate(server, key, slots, sleep=clock.sleep, clock=clock, **options)


def rate(left, reset_ms=30000, quota=150):
    return {
        "X-Rate-Limit-Requests-Left": str(left),
        "X-Rate-Limit-Requests-Quota": str(quota),
        "X-Rate-Limit-Time-Reset-Ms": str(reset_ms),
        "X-Rate-Limit-Time-Window-Ms": "30000",
    }


def pass_through(gate, times):
    for _ in range(times):
        gate.enter()
        gate.leave()


def test_an_unknown_quota_does_not_hold_anybody(server, clock):
    pass_through(gate_of(server, clock), 500)
    assert clock.slept == []


def test_plenty_left_goes_at_full_speed_then_the_rest_is_shared_evenly(server, clock):
    gate = gate_of(server, clock)
    gate.observe(rate(left=40))
    began = clock.now
    pass_through(gate, 11)
    assert clock.slept == []
    pass_through(gate, 29)
    assert 27 <= clock.now - began <= 30.1
    assert max(clock.slept) < 1.2


def test_two_workers_never_exceed_the_quota_together_and_go_on_in_the_next_window(server, clock):
    one, two = gate_of(server, clock), gate_of(server, clock)
    one.observe(rate(left=10, quota=10))
    began = clock.now
    moments = []
    for _ in range(12):
        for gate in (one, two):
            gate.enter()
            moments.append(clock.now - began)
            gate.leave()
    windows = [len([m for m in moments if start <= m < start + 30]) for start in (0, 30, 60)]
    assert sum(windows) == 24
    assert windows[0] <= 10
    assert windows[1] <= 11
    assert windows[2] > 0


def test_an_older_answer_does_not_give_calls_back(server, clock):
    gate = gate_of(server, clock)
    gate.observe(rate(left=2, reset_ms=10000))
    gate.observe(rate(left=90, reset_ms=10100))
    began = clock.now
    pass_through(gate, 3)
    assert clock.now - began >= 9.9


def test_another_apps_calls_are_seen(server, clock):
    gate = gate_of(server, clock)
    gate.observe(rate(left=100))
    gate.observe(rate(left=0, reset_ms=4000))
    began = clock.now
    pass_through(gate, 1)
    assert clock.now - began == pytest.approx(4, abs=0.5)


def test_a_new_window_gives_new_calls(server, clock):
    gate = gate_of(server, clock)
    gate.observe(rate(left=0, reset_ms=1000))
    clock.now += 2
    gate.observe(rate(left=149, reset_ms=30000))
    pass_through(gate, 50)
    assert clock.slept == []


def test_a_window_ends_when_the_vendor_says_and_not_when_the_first_call_of_it_was_let_in(server, clock):
    gate = gate_of(server, clock)
    gate.observe(rate(left=1, reset_ms=1000))
    clock.now += 2
    gate.enter()  # the gate opens a window by itself; the vendor's begins when the call arrives
    clock.now += 0.25
    gate.observe(rate(left=149, reset_ms=30000))
    vendor_ends = clock.now + 30
    pass_through(gate, 149)
    assert clock.now < vendor_ends
    pass_through(gate, 1)
    assert clock.now >= vendor_ends


def test_a_pause_holds_everybody_and_only_grows(server, clock):
    one, two = gate_of(server, clock), gate_of(server, clock)
    one.penalize(5)
    one.penalize(2)
    began = clock.now
    two.enter()
    two.leave()
    assert clock.now - began == pytest.approx(5, abs=0.01)


def test_after_a_pause_a_crowd_starts_one_by_one(server, clock):
    gate = gate_of(server, clock)
    gate.penalize(5)
    clock.now += 5.001
    began = clock.now
    moments = []
    for _ in range(10):
        gate.enter()
        moments.append(clock.now - began)
        gate.leave()
    assert moments == sorted(moments)
    assert moments[-1] >= 0.15


def test_who_waits_too_long_gives_the_work_back(server, clock):
    gate = gate_of(server, clock, longest_entry=60)
    gate.penalize(61)
    with pytest.raises(RetryLater, match="test-store") as caught:
        gate.enter()
    assert caught.value.retry_after == pytest.approx(61, abs=0.01)
    assert clock.slept == []


def test_stores_do_not_hold_each_other(server, clock):
    gate_of(server, clock, key="test-one").penalize(60)
    pass_through(gate_of(server, clock, key="test-two"), 1)
    assert clock.slept == []


def test_slots_bound_what_is_in_flight_across_workers(server):
    def soon(seconds):
        threading.Event().wait(seconds / 20)

    gates = [RedisGate(server, "test-slots", 3, sleep=soon) for _ in range(2)]
    lock = threading.Lock()
    inside, peak = 0, 0

    def work(gate):
        nonlocal inside, peak
        for _ in range(10):
            gate.enter()
            with lock:
                inside += 1
                peak = max(peak, inside)
            threading.Event().wait(0.002)
            with lock:
                inside -= 1
            gate.leave()

    threads = [threading.Thread(target=work, args=(gates[number % 2],)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert peak == 3
    assert server.zcard("bcsync:gate:{test-slots}:slots") == 0


def test_a_killed_workers_slot_comes_free_by_itself(server, clock):
    killed = gate_of(server, clock, slots=1, slot_lease=30)
    killed.enter()
    began = clock.now
    other = gate_of(server, clock, slots=1, slot_lease=30)
    other.enter()
    other.leave()
    assert 30 <= clock.now - began <= 30.2


def test_redis_own_clock_is_the_default(server):
    slept = []
    gate = RedisGate(server, "test-clock", sleep=lambda seconds: (slept.append(seconds), gate_clock_forward()))

    def gate_clock_forward():
        server.hset("bcsync:gate:{test-clock}:quota", "blocked_until", 0)

    gate.penalize(7)
    gate.enter()
    gate.leave()
    assert slept == [pytest.approx(7, abs=0.5)]
