"""One child of the worker: takes jobs until it is told to stop, and then ends the one in hand first."""

import logging
import os
import sys

from rq import SimpleWorker

from routing.now import ClockError
from routing.settings import Settings, SettingsError, read
from worker.bells import SERIALIZER, URGENCIES, JobsDown, open_jobs
from worker.jobs import hands

WORKER_TTL_S = 20
"""An idle worker waits for a job 15 s less; with RQ's 420 s it would notice nothing for minutes."""
MAINTENANCE_S = 30


def main() -> int:
    """A worker that does not fork: jobs run in this thread, where their time-out reaches them, with opened handles."""
    logging.basicConfig(stream=sys.stderr, format='{"level":"%(levelname)s","event":"%(message)s"}')
    try:
        settings = read(os.environ)
        hands()
    except (SettingsError, ClockError) as wrong:
        sys.stderr.write(f"leadline: {wrong}\n")
        return 2
    try:
        taking(settings).work(logging_level="WARNING")
    except JobsDown as down:
        sys.stderr.write(f"leadline: no job queues: {type(down).__name__}\n")
        return 1
    return 0


def taking(settings: Settings) -> SimpleWorker:
    return SimpleWorker(
        list(URGENCIES),
        connection=open_jobs(settings.jobs_redis_url),
        serializer=SERIALIZER,
        worker_ttl=WORKER_TTL_S,
        maintenance_interval=MAINTENANCE_S,
        log_job_description=False,
    )


if __name__ == "__main__":
    sys.exit(main())
