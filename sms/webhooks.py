"""What Twilio posts about texts. Unknown fields are kept: Twilio adds some without notice."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from routing.rulebook.numbers import e164
from routing.state.text.conversations import TextChannel

AccountSid = Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")]
MessageSid = Annotated[str, StringConstraints(pattern=r"^(SM|MM)[0-9a-f]{32}$")]
ConversationSid = Annotated[str, StringConstraints(pattern=r"^CH[0-9a-f]{32}$")]
Short = Annotated[str, StringConstraints(max_length=200)]
Count = Annotated[str, StringConstraints(pattern=r"^[0-9]{0,4}$")]
MOST_MEDIA = 10
MEDIA_KIND = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
PREFIXES: Mapping[str, TextChannel] = {"": "sms", "whatsapp": "whatsapp"}


class MessageWebhook(BaseModel):
    """The fields every request about a message has (twilio facts section 4)."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    account: AccountSid = Field(alias="AccountSid")
    sid: MessageSid = Field(alias="MessageSid")
    sender: Short = Field(default="", alias="From", repr=False)
    recipient: Short = Field(default="", alias="To", repr=False)

    @property
    def extras(self) -> dict[str, str]:
        return {name: str(value) for name, value in (self.__pydantic_extra__ or {}).items()}


class TextArrived(MessageWebhook):
    """A text, or pictures. 20,000 characters are more than any carrier joins; nobody's longer one is cut silently."""

    body: Annotated[str, StringConstraints(max_length=20_000)] = Field(default="", alias="Body", repr=False)
    media_count: Count = Field(default="", alias="NumMedia")
    segment_count: Count = Field(default="", alias="NumSegments")
    opt_out_type: Short = Field(default="", alias="OptOutType")

    @property
    def channel(self) -> TextChannel | None:
        """None for a channel that is not answered here."""
        return PREFIXES.get(self.sender.rpartition(":")[0])

    @property
    def contact(self) -> str | None:
        """E.164; None for short codes and names, whom nobody can answer or call."""
        return e164(self.sender.rpartition(":")[2])

    @property
    def ours(self) -> str:
        return self.recipient.rpartition(":")[2]

    @property
    def segments(self) -> int:
        return max(int(self.segment_count or 1), 1)

    @property
    def media(self) -> tuple[dict[str, str], ...]:
        """References and kinds, kept sealed. Nothing is fetched from them, whoever's address it is (SEC-11)."""
        told = self.extras
        count = min(int(self.media_count or 0), MOST_MEDIA)
        return tuple(
            {"url": told.get(f"MediaUrl{at}", "")[:500], "kind": kind_of(told.get(f"MediaContentType{at}", ""))}
            for at in range(count)
        )


class ConversationEvent(BaseModel):
    """What Twilio Conversations posts (twilio facts section 5); names of its fields have dots."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    account: AccountSid = Field(alias="AccountSid")
    what: Short = Field(alias="EventType")
    source: Short = Field(default="", alias="Source")
    conversation: ConversationSid = Field(alias="ConversationSid")
    sid: Annotated[str, StringConstraints(pattern=r"^(IM[0-9a-f]{32})?$")] = Field(default="", alias="MessageSid")
    author: Short = Field(default="", alias="Author", repr=False)
    body: Annotated[str, StringConstraints(max_length=20_000)] = Field(default="", alias="Body", repr=False)
    ours: Short = Field(default="", alias="MessagingBinding.ProxyAddress")

    @property
    def is_text(self) -> bool:
        """Written on a phone; else by a name of the page's own."""
        return e164(self.author.rpartition(":")[2]) is not None


class TextReported(MessageWebhook):
    """What became of a message of ours."""

    status: Short = Field(alias="MessageStatus")
    error: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,6}$")] = Field(default="", alias="ErrorCode")


def kind_of(text: str) -> str:
    return text if MEDIA_KIND.fullmatch(text) else "unknown"
