"""The audit log: who changed what, when and why, append-only and chained per subject."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from routing.rules import canonical
from routing.rules.receipt import digest
from routing.state.tables import audit


def audited(
    tx: Connection,
    practice: str,
    now: datetime,
    actor: str,
    action: str,
    subject: str,
    *,
    before: str | None = None,
    after: str | None = None,
    reason: str | None = None,
) -> None:
    """Appends one entry in the caller's transaction; its digest covers the entry and the digest before it."""
    previous = tx.execute(
        select(audit.c.digest)
        .where(audit.c.practice_id == practice, audit.c.subject_id == subject)
        .order_by(audit.c.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    entry = {
        "practice_id": practice,
        "at": now,
        "actor": actor,
        "action": action,
        "subject_id": subject,
        "before": before,
        "after": after,
        "reason": reason,
    }
    tx.execute(
        insert(audit),
        {
            **entry,
            "digest": digest(canonical.dumps({**entry, "previous": previous})),
        },
    )
