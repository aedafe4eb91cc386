"""E-mails go out by the practice's own mail server: one attempt a call, and what came of it. The only user of SMTP.

Nothing here is logged or raised that the server says in words: it repeats addresses.
"""

import re
import ssl
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as LINES
from email.utils import format_datetime
from ipaddress import ip_address
from smtplib import CRLF, SMTP, SMTP_SSL, SMTPException, SMTPResponseException
from urllib.parse import unquote, urlsplit

from worker.answers import Ambiguous, Done, NotProcessed, Refused

TIMEOUT_S = 8.0
"""For each step; a job may take twenty."""
TAKEN, REFUSALS = range(200, 300), range(400, 600)
GO_ON, NEVER = 354, 500
NOBODY, POLICY = (550, 551, 553), b"5.7"
"""Of an address (RFC 5321 section 4.2.3), but for what the server holds against us (RFC 3463 section 3.8)."""
NO_MAILBOX = "no_such_mailbox"
DOTS = re.compile(rb"^\.", re.MULTILINE)
"""A line of one dot ends a letter (RFC 5321 section 4.5.2)."""
PORTS = {"smtp": 587, "smtps": 465}
Answer = Done | NotProcessed | Refused | Ambiguous


@dataclass(frozen=True, slots=True)
class Email:
    """``id`` is ours and becomes its Message-ID at the sender's domain; ``stop`` is where opt-outs are written to."""

    id: str
    from_: str
    to: str = field(repr=False)
    subject: str
    body: str = field(repr=False)
    at: datetime

    @property
    def message_id(self) -> str:
        return f"<{self.id}@{self.from_.rpartition('@')[2]}>"

    def written(self) -> EmailMessage:
        """Plain text. ValueError for a line break in a header."""
        made = EmailMessage(policy=LINES)
        made["From"], made["To"], made["Subject"] = self.from_, self.to, self.subject
        made["Date"], made["Message-ID"] = format_datetime(self.at), self.message_id
        made["List-Unsubscribe"] = f"<mailto:{self.from_}?subject=STOP>"
        made["Auto-Submitted"] = "auto-generated"
        made.set_content(self.body)
        return made


class Mail:
    """One server. ``trusted`` are the certificates that are believed; None for those of the system."""

    def __init__(self, url: str, trusted: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(url)
        self.scheme, self.host = parts.scheme, parts.hostname or ""
        self.port = parts.port or PORTS[parts.scheme]
        self.login = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        self.trusted = trusted or ssl.create_default_context()
        self.is_loopback = is_loopback(self.host)

    def send(self, email: Email) -> Answer:
        """Until the words themselves are handed over nothing can have been sent; after that a lost answer leaves it
        open."""
        try:
            words = email.written().as_bytes()
        except ValueError:
            return Refused("malformed", terminal=True)
        try:
            server = self.opened()
        except SMTPResponseException as said:
            return NotProcessed(f"smtp_{said.smtp_code}")
        except (SMTPException, OSError, ValueError):
            # ValueError: a name or password that the protocol cannot carry, and whose text would tell it.
            return NotProcessed("no_mail_server")
        with closing(server):
            return addressed(server, email) or handed_over(server, words, email.message_id)

    def opened(self) -> SMTP:
        """Never a word in clear to another machine."""
        if self.scheme == "smtps":
            server: SMTP = SMTP_SSL(self.host, self.port, timeout=TIMEOUT_S, context=self.trusted)
        else:
            server = SMTP(self.host, self.port, timeout=TIMEOUT_S)
        try:
            if self.scheme == "smtp" and not self.is_loopback:
                server.starttls(context=self.trusted)
            server.ehlo_or_helo_if_needed()
            if self.login:
                server.login(*self.login)
        except (SMTPException, OSError, ValueError):
            server.close()
            raise
        return server


def addressed(server: SMTP, email: Email) -> Answer | None:
    """None where it is taken so far."""
    try:
        code, _ = server.mail(email.from_)
        if code not in TAKEN:
            return meant(code)
        code, why = server.rcpt(email.to)
        if code in NOBODY and not why.startswith(POLICY):
            return Refused(NO_MAILBOX, terminal=True)
        if code not in TAKEN:
            return meant(code)
        code, _ = server.docmd("DATA")
    except ValueError:
        # An address that this server's words cannot carry.
        return Refused("malformed", terminal=True)
    except (SMTPException, OSError):
        return NotProcessed("no_mail_server")
    return None if code == GO_ON else meant(code)


def handed_over(server: SMTP, words: bytes, name: str) -> Answer:
    """An answer that is none leaves it as open as no answer."""
    try:
        server.send(DOTS.sub(b"..", words) + f".{CRLF}".encode())
        code, _ = server.getreply()
    except (SMTPException, OSError):
        return Ambiguous("mail_unknown")
    if code in TAKEN:
        return Done(name)
    return meant(code) if code in REFUSALS else Ambiguous("mail_unknown")


def meant(code: int) -> Answer:
    """What a refusal means: 5xx for good, all others later."""
    return Refused(f"smtp_{code}", terminal=True) if code >= NEVER else NotProcessed(f"smtp_{code}")


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
