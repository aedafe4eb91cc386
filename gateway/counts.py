"""What is counted for operators. Labels are route templates, codes and practice ids: nothing of a request itself."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import Seen
from gateway.request_log import METHODS
from routing.rules.book import Book
from routing.rules.lawful.reviews import overdue
from routing.state.database import DatabaseDown

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Counts:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "leadline_requests", "Requests answered", ["method", "route", "status"], registry=self.registry
        )
        self.request_seconds = Histogram(
            "leadline_request_seconds", "Time to answer", ["route"], registry=self.registry, buckets=SECONDS
        )
        self.errors = Counter("leadline_errors", "Errors answered, by code", ["code"], registry=self.registry)
        self.live_state_down = Counter(
            "leadline_live_state_down", "Answers given without live state", registry=self.registry
        )
        self.database_down = Counter(
            "leadline_database_down", "Answers given without the database", registry=self.registry
        )
        self.spooled = Counter("leadline_spooled", "Webhooks kept in the spool", registry=self.registry)
        self.spool_down = Counter("leadline_spool_down", "Failures of the spool itself", registry=self.registry)
        self.replayed = Counter("leadline_replayed", "Spooled webhooks now in the rows", registry=self.registry)
        self.set_aside = Counter(
            "leadline_set_aside", "Spooled webhooks that never fit into the rows", registry=self.registry
        )

    def degraded(self, error: Exception) -> None:
        """A caller was answered with the static words."""
        self.errors.labels("degraded").inc()
        if isinstance(error, DatabaseDown):
            self.database_down.inc()

    def error(self, seen: Seen) -> None:
        """For the report of ``ErrorAnswers``."""
        self.errors.labels(seen.code).inc()
        if seen.kind == "DatabaseDown":
            self.database_down.inc()
        elif seen.kind == "LiveStateDown":
            self.live_state_down.inc()


COUNTS = Counts()
"""Those of this process."""


class RequestCounts:
    """Counts every answered request by route template. ``route_of`` is ``templates(routes)`` of the request log."""

    def __init__(
        self,
        app: ASGIApp,
        route_of: Callable[[Scope], str],
        counts: Counts = COUNTS,
        seconds: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.app = app
        self.route_of = route_of
        self.counts = counts
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = "none"

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        started = self.seconds()
        try:
            await self.app(scope, receive, watched)
        finally:
            route = self.route_of(scope)
            method = scope["method"] if scope["method"] in METHODS else "other"
            self.counts.requests.labels(method, route, status).inc()
            self.counts.request_seconds.labels(route).observe(self.seconds() - started)


class BookVersions(Collector):
    """The rulebook version each practice has here, read at the moment of asking (F67)."""

    def __init__(self, books: Callable[[], Mapping[str, Book]]) -> None:
        self.books = books

    def collect(self) -> Iterator[Metric]:
        family = GaugeMetricFamily("leadline_rulebook_version", "Rulebook version at hand", labels=["practice"])
        for practice, book in sorted(self.books().items()):
            family.add_metric([practice], book.version)
        yield family


class OverdueRules(Collector):
    """Rows of the law that are in force but were to be reviewed by now."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        number = len(overdue(self.now().astimezone(UTC).date()))
        yield GaugeMetricFamily("leadline_rules_overdue", "Rows of the law whose review is overdue", value=number)


class Shown(Collector):
    """Everything for ``practice`` None; else nothing that carries another practice's name."""

    def __init__(self, parts: tuple[Collector, ...], practice: str | None) -> None:
        self.parts = parts
        self.practice = practice

    def collect(self) -> Iterator[Metric]:
        for family in (family for part in self.parts for family in part.collect()):
            if self.practice is not None:
                family.samples = [each for each in family.samples if self.may_see(each.labels)]
            yield family

    def may_see(self, labels: Mapping[str, str]) -> bool:
        return labels.get("practice", self.practice) == self.practice
