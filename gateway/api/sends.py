"""Campaign texts that other systems sent: recorded, so that replies to them are known for what they are."""

from gateway.api.asking import Asked, FieldsRefused
from gateway.api.send_models import SendsRecorded, SendsTold
from gateway.sends import SendRefused, ToldSend, checked
from routing.state.text.recorded_sends import Batch, RecordedSend, record


def record_sends(asked: Asked, told: SendsTold) -> SendsRecorded:
    """All of them or none. :raises FieldsRefused: with each faulty line by its place in the list, from 0."""
    good, wrong = read(asked, told)
    if wrong:
        raise FieldsRefused(wrong)
    fresh = record(asked.desk.db, Batch(asked.practice, told.system, asked.by, good), asked.now)
    return SendsRecorded(recorded=len(fresh), known=len(good) - len(fresh))


def read(asked: Asked, told: SendsTold) -> tuple[tuple[RecordedSend, ...], dict[str, str]]:
    good: list[RecordedSend] = []
    wrong: dict[str, str] = {}
    for at, each in enumerate(told.sends):
        found = checked(asked.book, ToldSend(each.id, each.number, each.campaign, each.sent_at), asked.now)
        if isinstance(found, SendRefused):
            wrong |= {f"sends.{at}.{name}": code for name, code in found.fields.items()}
        else:
            good.append(found)
    return tuple(good), wrong
