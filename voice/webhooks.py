"""What Twilio posts about calls. Unknown fields are kept: Twilio adds some without notice."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

AccountSid = Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")]
CallSid = Annotated[str, StringConstraints(pattern=r"^CA[0-9a-f]{32}$")]
Short = Annotated[str, StringConstraints(max_length=200)]

OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Call statuses after which nothing follows."""


class CallWebhook(BaseModel):
    """The fields every request about a call has (twilio facts section 1.1)."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)

    account: AccountSid = Field(alias="AccountSid")
    sid: CallSid = Field(alias="CallSid")
    status: Short = Field(default="", alias="CallStatus")
    caller: Short = Field(default="", alias="From")
    called: Short = Field(default="", alias="To")

    @property
    def is_over(self) -> bool:
        return self.status in OVER

    @property
    def extras(self) -> dict[str, str]:
        return {name: str(value) for name, value in (self.__pydantic_extra__ or {}).items()}


class KeyPressed(CallWebhook):
    digits: Short = Field(default="", alias="Digits")


class Queued(CallWebhook):
    """``<Enqueue action>``: how the caller left the provider's queue (routing-semantics section 9)."""

    queue_result: Short = Field(default="", alias="QueueResult")


class DialEnded(CallWebhook):
    """``<Dial action>``: how the dialled leg ended."""

    dial_status: Short = Field(default="", alias="DialCallStatus")
    dial_seconds: Annotated[str, StringConstraints(pattern=r"^[0-9]{0,7}$")] = Field(
        default="", alias="DialCallDuration"
    )

    @property
    def talk_s(self) -> int | None:
        return int(self.dial_seconds) if self.dial_seconds else None
