"""The standard names every source's fields are brought to, and the ways people name the questions of a form."""

import re
from collections.abc import Mapping
from types import MappingProxyType

CONTACT = ("phone", "email", "name", "first_name", "last_name")
TEXTS = ("campaign", "ad_group", "keyword", "landing_page", "referrer")
"""Of marketing, each with a place of its own."""
IDS = (
    *("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"),
    *("gclid", "gbraid", "wbraid", "dclid", "fbclid", "msclkid", "ttclid", "li_fat_id"),
    *("campaign_id", "ad_group_id", "ad_id", "form_id", "page_id", "asset_group_id", "creative_id"),
)
"""Of marketing, kept verbatim by name."""
TRACKING = ("call_sid", "tracking_number", "dialled_number", "location")
EVENT = ("source_id", "happened_at", "is_test", "kind")
"""Set by the vendor's module; the generic source reads them through the practice's map."""
STANDARD = frozenset({*CONTACT, *TEXTS, *IDS, *TRACKING})

MEANT: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(
            ("phone", "phonenumber", "telephone", "mobile", "mobilephone", "mobilenumber", "cell"), "phone"
        ),
        **dict.fromkeys(("cellphone", "tel", "yourphone", "userphone", "contactnumber", "workphone"), "phone"),
        **dict.fromkeys(("email", "emailaddress", "youremail", "useremail", "mail", "workemail"), "email"),
        **dict.fromkeys(("name", "fullname", "yourname", "contactname"), "name"),
        **dict.fromkeys(("firstname", "fname", "givenname"), "first_name"),
        **dict.fromkeys(("lastname", "lname", "surname", "familyname"), "last_name"),
        **dict.fromkeys(("zip", "zipcode", "postalcode", "postcode"), "zip"),
        **dict.fromkeys(("city", "town"), "city"),
        **dict.fromkeys(("state", "region", "province"), "state"),
        **dict.fromkeys(("reason", "message", "comments", "reasonforvisit", "howcanwehelp"), "reason"),
        **dict.fromkeys(("besttime", "besttimetocall", "preferredtime"), "best_time"),
    }
)
"""Letters of a question's key, to the standard name it certainly means; a practice's own map comes before it."""
LETTERS: Mapping[str, str] = MappingProxyType({name.replace("_", ""): name for name in STANDARD - {*TRACKING}})
NUMBERED = re.compile(r"^q\d+_")
"""Jotform's ``q4_phoneNumber``."""


def meant(key: str) -> str | None:
    letters = re.sub(r"[^a-z0-9]", "", NUMBERED.sub("", key.strip().lower()))
    return MEANT.get(letters) or LETTERS.get(letters)


def answer_name(key: str) -> str:
    """The key of a question as the name of an answer: ``[a-z][a-z0-9_]*``, 64 letters at most."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", NUMBERED.sub("", key.strip()))
    plain = re.sub(r"[^a-z0-9]+", "_", snake.lower()).strip("_")[:60]
    return plain if plain[:1].isalpha() else f"q_{plain}"
