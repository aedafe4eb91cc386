"""How often a person may be contacted, whoever of the practice does it and by whatever channel."""

from collections.abc import Mapping
from types import MappingProxyType

from routing.rules.lawful.rows import CapRow, Source

DEFAULT_CAP = CapRow(
    "freq.default", "", 3, 7, Source((), "derived", verified=True, note="the strictest cap known, for everybody")
)

STATE_CAPS: Mapping[str, CapRow] = MappingProxyType(
    {
        "FL": CapRow("freq.us.fl", "FL", 3, None, Source(("Fla. Stat. 501.616(6)(b)",), "secondary", verified=True)),
        "MD": CapRow(
            "freq.us.md", "MD", 3, None, Source((), "secondary", verified=False, note="a similar cap is reported")
        ),
        "OK": CapRow(
            "freq.us.ok", "OK", 3, None, Source(("Okla. Stat. tit. 15 section 775C.4",), "secondary", verified=True)
        ),
    }
)
