"""A mail server on this machine that takes what it is told to: enough of SMTP for one letter at a time."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailServer:
    """``says`` is its answer to a command, in place of the usual one; empty hangs up. ``end`` is what ends a letter."""

    port: int = 0
    says: dict[str, str] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://mailer:an%20invented%20word@127.0.0.1:{self.port}"


USUAL = {
    "EHLO": "250-mail.example\r\n250 AUTH PLAIN",
    "AUTH": "235 welcome",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    "end": "250 taken",
}


@contextmanager
def mail_server(encrypted: ssl.SSLContext | None = None) -> Iterator[MailServer]:
    server = MailServer()

    class Line(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 mail.example\r\n")
            while words := self.rfile.readline():
                verb = words.split()[0].decode().upper()
                server.heard.append(words.decode().strip())
                if not self.answer(verb) or (verb == "DATA" and not self.letter()):
                    return

        def answer(self, verb: str) -> bool:
            told = server.says.get(verb, USUAL.get(verb, "250 ok"))
            self.wfile.write(f"{told}\r\n".encode() if told else b"")
            return bool(told) and not (verb == "DATA" and not told.startswith("3"))

        def letter(self) -> bool:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line)
            lines = [line.removeprefix(b".") for line in lines]
            if server.says.get("end", USUAL["end"]).startswith("2"):
                server.taken.append(message_from_bytes(b"".join(lines), policy=policy.SMTP))
            return self.answer("end")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as listening:
        server.port = listening.server_address[1]
        if encrypted:
            listening.socket = encrypted.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        listening.shutdown()
        thread.join()
