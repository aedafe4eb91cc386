"""How callbacks stand and what waits in quarantine, read from the rows at the moment of asking; nothing while the
database is away."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.house import House
from routing.state.callback.counts import callback_counts, dialled, parked_jobs
from routing.state.database import DatabaseDown
from routing.state.lead import quarantine
from routing.state.live.loads import midnight

STATES = ("due", "overdue", "later", "dialling", "ambiguous", "person", "parked")


class CallbackGauges(Collector):
    def __init__(self, house: House) -> None:
        self.house = house

    def collect(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("leadline_callbacks", "Calls that are owed, by state", labels=["practice", "state"])
        deferred = GaugeMetricFamily(
            "leadline_callbacks_deferred", "Calls put off, by reason", labels=["practice", "reason"]
        )
        asked = GaugeMetricFamily("leadline_dials", "Requests for a phone in callbacks so far", labels=["practice"])
        parked = GaugeMetricFamily("leadline_jobs_parked", "Jobs that are begun no more", labels=["job"])
        aside = GaugeMetricFamily("leadline_quarantined", "Posts set aside for a person", labels=["practice", "state"])
        try:
            self.read(states, deferred, asked, parked)
            self.read_aside(aside)
        except DatabaseDown:
            return
        yield from (states, deferred, asked, parked, aside)

    def read(
        self,
        states: GaugeMetricFamily,
        deferred: GaugeMetricFamily,
        asked: GaugeMetricFamily,
        parked: GaugeMetricFamily,
    ) -> None:
        now = self.house.now()
        with self.house.desk.db.reading() as tx:
            for practice, book in sorted(self.house.desk.shelf.books.items()):
                told = callback_counts(tx, practice, midnight(book.zone, now), now)
                for state in STATES:
                    states.add_metric([practice, state], told[state])
                for reason, count in told["deferred"].items():
                    deferred.add_metric([practice, reason], count)
                asked.add_metric([practice], dialled(tx, practice))
            for job, count in sorted(parked_jobs(tx).items()):
                parked.add_metric([job], count)

    def read_aside(self, aside: GaugeMetricFamily) -> None:
        with self.house.desk.db.reading() as tx:
            for practice in sorted(self.house.desk.shelf.books):
                for state, count in quarantine.counts(tx, practice, self.house.now()).items():
                    aside.add_metric([practice, state], count)
