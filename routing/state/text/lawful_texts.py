"""May a text that we start go to her now: what she wrote last asks for it, and everything on record is weighed."""

from datetime import datetime

from sqlalchemy.engine import Connection

from routing.rulebook.jurisdictions import Signs
from routing.rules.book import Book
from routing.rules.contact import Request, Verdict, may_contact
from routing.state.lead.contactable import Whom, contactable
from routing.state.sealed import Vault
from routing.state.text.conversations import Thread


def may_start(tx: Connection, vault: Vault, book: Book, at: Thread, now: datetime) -> Verdict:
    """Her own text within seven days is a request to be written to; after that a consent on record is needed."""
    asked = at.last_inbound_at
    wished = (Request(at.id, "text", asked, frozenset({"text", "call"})),) if asked else ()
    case = contactable(tx, vault, book, Whom(at.person, Signs(at.address.contact), wished), now)
    return may_contact(case, "text", "requested_callback", now)
