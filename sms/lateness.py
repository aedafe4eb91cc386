"""Texts that were answered without the rows, brought into the rows afterwards: as they came, at their own instant, with
the answer that was given."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from routing.desk import Busy
from routing.state.spool import Lost, Verdict
from sms.conversing import conversed
from sms.incoming import texted
from sms.reception import Reception, Unanswerable
from sms.reports import reported
from sms.webhooks import ConversationEvent, TextArrived, TextReported

TEXT, REPORT, EVENT = "text", "text_report", "conversation_event"


def made_good(reception: Reception, lost: Lost) -> Verdict:
    """Safe to repeat.

    :raises DatabaseDown: it can be tried again.
    :raises LookupError: and others, for what will never fit into the rows.
    """
    try:
        AGAIN[lost.what](reception, lost)
    except Busy:
        return "later"
    except Unanswerable:
        return "done"
    return "done"


def text_again(reception: Reception, lost: Lost) -> None:
    texted(reception, TextArrived.model_validate(lost.fields), lost.at, late=True)


def report_again(reception: Reception, lost: Lost) -> None:
    reported(reception, TextReported.model_validate(lost.fields), lost.inquiry or None, lost.at)


def event_again(reception: Reception, lost: Lost) -> None:
    conversed(reception, ConversationEvent.model_validate(lost.fields), lost.at)


AGAIN: Mapping[str, Callable[[Reception, Lost], None]] = MappingProxyType(
    {TEXT: text_again, REPORT: report_again, EVENT: event_again}
)
