"""What the API is told of campaign texts that other systems sent."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from gateway.api.models import Answer, Request, Slug

MOST_SENDS = 300
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class SendTold(Request):
    """`id` is the other system's own; told again, it changes nothing."""

    id: Reference
    number: Annotated[str, StringConstraints(max_length=40)] = Field(repr=False, description="whom it went to")
    campaign: Slug = Field(description="a campaign of the practice file")
    sent_at: AwareDatetime


class SendsTold(Request):
    system: Slug = Field(description="which system tells, such as `mass-texts`")
    sends: list[SendTold] = Field(min_length=1, max_length=MOST_SENDS)


class SendsRecorded(Answer):
    """How many are new, and how many were known already."""

    recorded: int
    known: int
