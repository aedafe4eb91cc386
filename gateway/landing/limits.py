"""How often an address or a form may post before what comes is set aside to be looked at: counted in this process, so
that it holds while the database is away (SEC-20)."""

import ipaddress
import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from hashlib import blake2b

from starlette.datastructures import Headers

MOST_KNOWN = 20_000
"""Addresses, forms and posts that are remembered; the one unheard of for longest goes first."""
MINUTE_S, HOUR_S = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Often:
    """So many posts in that many seconds are ordinary."""

    most: int
    within_s: float


PER_ADDRESS = (Often(5, MINUTE_S), Often(20, HOUR_S))
ONCE = Often(1, MINUTE_S)


@dataclass(slots=True)
class Visits:
    """When each was last heard of, by the clock of the deployment; addresses only as digests, and no more of the times
    than the limits look at, so that a flood costs no more than a post."""

    seen: "OrderedDict[bytes, deque[float]]" = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def too_often(self, name: str, limits: tuple[Often, ...], at: float) -> bool:
        """Whether this one is too many, itself counted."""
        key = blake2b(name.encode(), digest_size=12).digest()
        needed = 1 + max(limit.most for limit in limits)
        with self.lock:
            times = self.seen.setdefault(key, deque())
            self.seen.move_to_end(key)
            times.append(at)
            while len(times) > needed:
                times.popleft()
            if len(self.seen) > MOST_KNOWN:
                self.seen.popitem(last=False)
            return any(len(times) > limit.most and times[-1 - limit.most] > at - limit.within_s for limit in limits)


def sender(peer: str, headers: Headers) -> str:
    """Whose post it is: the peer, or what the proxy in front of us says, which stands on our machine or in our network.
    Only the right-most entry of the last line is the proxy's own; those before it are the sender's to invent
    (SEC-07)."""
    named = ",".join(headers.getlist("x-forwarded-for")).rpartition(",")[2].strip()
    return named if is_near(peer) and is_address(named) else peer


def is_near(peer: str) -> bool:
    return is_address(peer) and (ipaddress.ip_address(peer).is_private or ipaddress.ip_address(peer).is_loopback)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
