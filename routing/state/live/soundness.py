"""What a Redis says about itself, from INFO and TIME alone: an ACL may well forbid CONFIG."""

import time
from dataclasses import dataclass

from redis.exceptions import RedisError

from routing.state.live.connection import LiveStateDown, open_live


@dataclass(frozen=True, slots=True)
class RedisFacts:
    """``skew_ms`` is how far its clock is ahead of ours, between the two readings of ours around it."""

    version: tuple[int, ...]
    policy: str
    persistent: bool
    skew_ms: int


def redis_facts(url: str) -> RedisFacts:
    """Over a connection of its own, so that it hears what a new process would. :raises LiveStateDown:"""
    client = open_live(url)
    try:
        told = client.info("server", "memory", "persistence")
        before = time.time_ns()
        seconds, microseconds = client.time()
        after = time.time_ns()
    except RedisError as error:
        raise LiveStateDown(type(error).__name__) from None
    finally:
        client.close()
    theirs = seconds * 1_000_000_000 + microseconds * 1_000
    return RedisFacts(
        version=tuple(int(part) for part in str(told["redis_version"]).split(".")[:2]),
        policy=str(told["maxmemory_policy"]),
        persistent=bool(told["aof_enabled"]),
        skew_ms=skew(before, theirs, after) // 1_000_000,
    )


def skew(before: int, theirs: int, after: int) -> int:
    """0 while theirs lies between our two readings; a slow answer is no skew."""
    return theirs - min(max(theirs, before), after)
