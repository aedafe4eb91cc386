"""Sources that refuse our token, read from the rows at the moment of asking; nothing while the database is away."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.house import House
from routing.state.database import DatabaseDown
from routing.state.lead.refused_tokens import refused


class SourceGauges(Collector):
    def __init__(self, house: House) -> None:
        self.house = house

    def collect(self) -> Iterator[Metric]:
        told = GaugeMetricFamily(
            "leadline_source_refused",
            "Sources that refuse our token",
            labels=["practice", "source"],
        )
        try:
            with self.house.desk.db.reading() as tx:
                for practice, book in sorted(self.house.desk.shelf.books.items()):
                    for source in refused(tx, practice):
                        # One that is not asked any more needs no new token.
                        if source in book.sources and book.sources[source].token:
                            told.add_metric([practice, source], 1)
        except DatabaseDown:
            return
        yield told
