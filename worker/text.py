"""A text as it is asked of the phone provider."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from worker.destinations import DEFAULT_REGIONS


@dataclass(frozen=True, slots=True)
class Text:
    """Addresses with their channel's prefix. ``status_url`` is a signed one of ours that names the row, so that a lost
    answer can be made good."""

    to: str = field(repr=False)
    from_: str
    body: str = field(repr=False)
    status_url: str
    regions: frozenset[str] = DEFAULT_REGIONS

    @property
    def words(self) -> dict[str, str]:
        return {"to": self.to, "from_": self.from_, "body": self.body, "status_callback": self.status_url}

    def listed(self, since: datetime) -> dict[str, Any]:
        """What finds it in the provider's list."""
        return {"to": self.to, "from_": self.from_, "date_sent_after": since}
