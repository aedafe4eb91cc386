"""What Twilio posts about calls. Unknown fields are kept: Twilio adds some without notice."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from worker.answers import OVER

AccountSid = Annotated[str, StringConstraints(pattern=r"^AC[0-9a-f]{32}$")]
CallSid = Annotated[str, StringConstraints(pattern=r"^CA[0-9a-f]{32}$")]
RecordingSid = Annotated[str, StringConstraints(pattern=r"^(RE[0-9a-f]{32})?$")]
Seconds = Annotated[str, StringConstraints(pattern=r"^(-1|[0-9]{0,7})$")]
Short = Annotated[str, StringConstraints(max_length=200)]


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


class MenuAnswered(KeyPressed):
    """``<Gather>``: a key, or words as Twilio understood them; neither after silence."""

    speech: Annotated[str, StringConstraints(max_length=4_000)] = Field(default="", alias="SpeechResult", repr=False)


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


class MessageLeft(CallWebhook):
    """``<Record action>``: the recorder stopped; the caller may have hung up."""

    recording: RecordingSid = Field(default="", alias="RecordingSid")
    recorded_s: Seconds = Field(default="", alias="RecordingDuration")

    @property
    def seconds(self) -> int:
        return max(int(self.recorded_s or 0), 0)


class RecordingReported(MessageLeft):
    """A recording's own status callback: neither From nor To is in it (twilio facts section 1.7)."""

    recording: RecordingSid = Field(alias="RecordingSid", min_length=1)
    status: Short = Field(default="", alias="RecordingStatus")
    source: Short = Field(default="", alias="RecordingSource")
