"""The store in process; that of Redis is tested when REDIS_TEST_URL names one."""

import asyncio
import os
import uuid

import pytest
from orchestrator.ratelimit import MemoryStore, RedisStore, Rule, SharedStore


RULE = Rule("test", 3, 1)


async def exercise(store):
    key = f"test:{uuid.uuid4()}"
    accepted = [(await store.hit(key, RULE)).accepted for _ in range(4)]
    await asyncio.sleep(1.1)
    later = await store.hit(key, RULE)
    await store.forget(key)
    fresh = await store.hit(key, RULE)
    await store.close()
    return accepted, later.remaining, fresh.remaining


EXPECTED = ([True, True, True, False], 2, 2)


def test_a_window_slides_in_process():
    assert asyncio.run(exercise(MemoryStore())) == EXPECTED


def test_limits_hold_while_redis_is_away():
    assert asyncio.run(exercise(SharedStore("redis://127.0.0.1:1/0"))) == EXPECTED


@pytest.mark.skipif("REDIS_TEST_URL" not in os.environ, reason="set REDIS_TEST_URL to a Redis")
def test_a_window_slides_in_redis():
    assert asyncio.run(exercise(RedisStore(os.environ["REDIS_TEST_URL"]))) == EXPECTED
