from dataclasses import dataclass, field

from app.aws.budget import RateBudget


@dataclass
class Time:
    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds):
        self.slept.append(round(seconds, 3))
        self.now += seconds


def budget(time, rate=2.0, burst=3.0):
    return RateBudget(rate, burst, monotonic=lambda: time.now, sleep=time.sleep)


def spend(budget, key, n):
    for _ in range(n):
        budget.wait(key)


def test_a_burst_passes_at_once_and_the_rest_at_the_rate():
    time = Time()
    spend(budget(time), "a", 6)
    assert time.slept == [0.5, 0.5, 0.5]


def test_accounts_do_not_wait_for_each_other():
    time = Time()
    shared = budget(time)
    spend(shared, (1, "eu-west-1"), 3)
    spend(shared, (1, "us-east-1"), 3)
    spend(shared, (2, "eu-west-1"), 3)
    assert time.slept == []


def test_time_fills_the_bucket_and_never_above_its_brim():
    time = Time()
    shared = budget(time)
    spend(shared, "a", 3)
    time.now += 3600
    spend(shared, "a", 4)
    assert time.slept == [0.5]


def test_waiting_threads_queue_up_behind_each_other():
    time = Time()
    slept = []
    shared = RateBudget(2.0, 1.0, monotonic=lambda: time.now, sleep=slept.append)
    spend(shared, "a", 3)  # nobody's sleep has passed when the next one asks
    assert slept == [0.5, 1.0]
