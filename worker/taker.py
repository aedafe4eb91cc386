"""One child of the worker: takes jobs until it is told to stop, and then ends the one in hand first."""

import logging
import os
import sys
import time

from rq import Queue, SimpleWorker
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.utils import import_attribute

from routing.now import ClockError
from routing.settings import Settings, SettingsError, read
from routing.state import strikes
from worker.bells import JOBS, SERIALIZER, URGENCIES, JobsDown, open_jobs
from worker.jobs import hands

WORKER_TTL_S = 20
"""An idle worker waits for a job 15 s less; with RQ's 420 s it would notice nothing for minutes."""
MAINTENANCE_S = 30
ASK_S = 1.0
"""Between two questions whether the queues are there."""


def main() -> int:
    """A worker that does not fork: jobs run in this thread, where their time-out reaches them, with opened handles."""
    logging.basicConfig(stream=sys.stderr, format='{"level":"%(levelname)s","event":"%(message)s"}')
    try:
        settings = read(os.environ)
        load_jobs()
        hands().desk.shelf.start()
        wait_for_queues(settings)
    except (SettingsError, ClockError) as wrong:
        sys.stderr.write(f"leadline: {wrong}\n")
        return 2
    try:
        taking(settings).work(logging_level="WARNING")
    except JobsDown as down:
        sys.stderr.write(f"leadline: no job queues: {type(down).__name__}\n")
        return 1
    return 0


log = logging.getLogger("leadline.worker")


def load_jobs() -> None:
    """All of one version: by the time the first bell rings another may be installed beneath this process."""
    for job in JOBS.values():
        import_attribute(job.path)


def wait_for_queues(settings: Settings) -> None:
    """Whoever ends would only be started again, which costs more than to ask."""
    told = False
    with open_jobs(settings.jobs_redis_url) as queues:
        while True:
            try:
                queues.ping()
                return
            except JobsDown as down:
                if not told:
                    sys.stderr.write(f"leadline: no job queues: {type(down).__name__}\n")
                told = True
                time.sleep(ASK_S)


class Taking(SimpleWorker):
    """Knows which jobs there are: what else somebody puts into a queue is parked and never run (F22, F23)."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        name = name_of(job)
        if name in {each.path for each in JOBS.values()}:
            super().execute_job(job, queue)
            return
        by = hands()
        log.error("unknown_job_parked")
        strikes.park_unknown(by.desk.db, name, job.id, by.now())
        job.delete()


def name_of(job: Job) -> str:
    """Empty for a payload that is not ours to read."""
    try:
        return str(job.func_name or "")
    except (DeserializationError, ValueError, TypeError):
        return ""


def taking(settings: Settings) -> SimpleWorker:
    return Taking(
        list(URGENCIES),
        connection=open_jobs(settings.jobs_redis_url),
        serializer=SERIALIZER,
        worker_ttl=WORKER_TTL_S,
        maintenance_interval=MAINTENANCE_S,
        log_job_description=False,
    )


if __name__ == "__main__":
    sys.exit(main())
