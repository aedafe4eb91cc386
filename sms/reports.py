"""What the provider reports of our texts, in any order and any number of times (F26)."""

from datetime import datetime

from routing.rules.texting import FAILED
from routing.state.text.reporting import Report, Told, note_report
from sms.reception import Reception
from sms.webhooks import TextReported

OPTED_OUT = "21610"


def reported(reception: Reception, text: TextReported, message: str | None, now: datetime) -> None:
    """``message`` is ours where the URL named it; else it is found by the provider's sid."""
    desk = reception.desk
    report = Report(message or "", text.account, text.sid, text.status, text.error or None)
    refused = text.error == OPTED_OUT and text.status in FAILED
    note_report(desk.db, Told(report, refused), desk.new_id, now)
