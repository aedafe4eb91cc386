"""A practice as the rules see it: the frozen values compiled from one version of its practice file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from routing.rules.cadences import Cadence, Crm, Ladder
from routing.rules.calendars import Calendar
from routing.rules.chats import Chat
from routing.rules.costs import CampaignCost
from routing.rules.policies import Policies as Policies
from routing.rules.questions import Form, LeadSource, Menu

OrderingName = Literal[
    "longest_idle",
    "round_robin",
    "weighted_round_robin",
    "fewest_in_window",
    "least_loaded",
    "most_available",
    "least_talk_time",
    "ranked",
    "top_down",
    "random",
    "weighted_random",
]
OfferMode = Literal["one_at_a_time", "simultaneous", "progressive"]
LayerName = Literal["service_line", "level_of_care", "location", "payer", "patient", "urgency", "hours", "queue"]

MOST_PHONES = 10
"""So many phones may ring for one caller (routing-semantics section 3.2)."""
LARGE_POOL = 50
"""Above this many members a queue may only use an ordering that is kept as a sorted set."""
SORTED_ORDERINGS: frozenset[OrderingName] = frozenset({"longest_idle", "round_robin", "least_loaded", "ranked"})


def nothing() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Location:
    id: str
    name: str
    zone: str
    number: str
    categories: frozenset[str] = frozenset()
    levels_of_care: frozenset[str] = frozenset()
    accepts: frozenset[str] = frozenset()
    fallbacks: tuple[str, ...] = ()
    """Offices that stand in when this one is closed by hand, in order (A-83)."""
    calendar: Calendar = field(default_factory=Calendar)


@dataclass(frozen=True, slots=True)
class Category:
    """The one place of a category's process (S-28). ``response_target_s`` is in open seconds."""

    id: str
    label: str
    response_target_s: int
    head_start_s: int = 0
    level_of_care: str | None = None
    fields: tuple[str, ...] = ()
    relay: str = ""
    """What the whisper calls it; the label if empty."""
    script: str = ""
    """What the coordinator asks, shown with the lead."""
    templates: Mapping[str, str] = field(default_factory=nothing)
    """Occasion to template id, where this category has words of its own."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a coordinator must bring. ``attribute`` is ``language``, ``location`` or ``skill``. ``value`` is the wanted
    value, or ``plan`` for whatever the plan's facts say. ``group`` names the soft group that relaxation drops; None is
    hard and never dropped."""

    attribute: Literal["language", "location", "skill"]
    value: str
    at_least: int = 1
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Relaxation:
    """From ``after_s`` open seconds of waiting on, the soft groups in ``drop`` no longer count."""

    after_s: int
    drop: frozenset[str]


@dataclass(frozen=True, slots=True)
class Member:
    """``position`` is unique in the queue and breaks every tie; ``rank`` may be shared; joins after ``from_s``."""

    coordinator: str
    position: int
    rank: int = 0
    weight: int = 1
    from_s: int = 0


@dataclass(frozen=True, slots=True)
class Queue:
    """``serves`` maps an attribute to the values it takes (``missing`` allowed); empty serves nothing by itself.
    ``then`` is where an inquiry goes after ``stay_s`` open seconds, or at once when nobody there can ever take it."""

    id: str
    name: str
    members: tuple[Member, ...]
    owner: str
    serves: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    live_ordering: OrderingName = "longest_idle"
    later_ordering: OrderingName = "least_loaded"
    mode: OfferMode = "one_at_a_time"
    phones: int = 5
    """So many ring at once at most, where ``mode`` lets several ring."""
    requires: tuple[Requirement, ...] = ()
    relax: tuple[Relaxation, ...] = ()
    then: tuple[str, ...] = ()
    stay_s: int = 60
    location: str | None = None
    calendar: Calendar = field(default_factory=Calendar)
    emails: tuple[str, ...] = ()
    """Told as well when something arrives; never instead of an owner (B-18)."""


@dataclass(frozen=True, slots=True)
class Coordinator:
    """``phone`` is E.164. ``cap`` is in open-lead load (12 = twelve new leads), ``capacity`` in parallel chats.
    ``shifts`` None means always on shift."""

    id: str
    name: str
    phone: str
    languages: frozenset[str] = frozenset({"en"})
    skills: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    locations: frozenset[str] = frozenset()
    capacity: int = 3
    cap: float = 12.0
    per_hour: int | None = None
    per_day: int | None = None
    shifts: Calendar | None = None
    presence: Literal["phone", "console"] = "phone"
    role: Literal["coordinator", "supervisor", "admin", "auditor"] = "coordinator"
    email: str = ""
    text_relay: bool = False
    """What persons write in her threads is told to her own phone, and she answers from there."""


@dataclass(frozen=True, slots=True)
class Rota:
    """``rungs`` are coordinators, first to last; the last is the end of the ladder."""

    id: str
    name: str
    rungs: tuple[str, ...]
    calendar: Calendar
    ring_s: int = 25
    target_s: int = 900


@dataclass(frozen=True, slots=True)
class Campaign:
    id: str
    label: str
    attributes: Mapping[str, str] = field(default_factory=nothing)
    """What reaching us through it says, e.g. ``level_of_care: detox``, ``urgency: high``."""
    cost: CampaignCost | None = None


@dataclass(frozen=True, slots=True)
class TrackingNumber:
    number: str
    campaign: str
    location: str | None = None
    attributes: Mapping[str, str] = field(default_factory=nothing)
    texts: bool = False
    menu: str | None = None
    """The menu its callers hear; None asks nothing."""


@dataclass(frozen=True, slots=True)
class Effect:
    """Sets attributes, names the queue, orders the next steps, or asks. All empty: "go on to the next layer"."""

    sets: Mapping[str, str] = field(default_factory=nothing)
    queue: str | None = None
    rota: str | None = None
    ask: tuple[str, ...] = ()
    head_start_s: int | None = None
    target_s: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """``when`` maps an attribute to the values that match (``missing`` for "not given"); all must match. The rule's
    name is the reason it gives."""

    name: str
    layer: LayerName
    when: Mapping[str, frozenset[str]]
    then: Effect


@dataclass(frozen=True, slots=True)
class Affiliate:
    """A target outside the practice; ``owner`` follows the referral up. Chosen by the person, by fit, by distance,
    then in turn, never by money (routing-semantics section 18)."""

    id: str
    name: str
    number: str
    owner: str
    zip: str | None = None
    licence: str = ""
    contract: str = ""
    """Recorded with a referral, never read by a rule."""
    disclosure: str = ""
    categories: frozenset[str] = frozenset()
    levels_of_care: frozenset[str] = frozenset()
    accepts: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset({"en"})


@dataclass(frozen=True, slots=True)
class Book:
    """One published rulebook version. ``nearness`` gives, for a ZIP or a picked city (lower case), all location ids by
    distance, nearest first; unknown places are absent."""

    practice: str
    name: str
    version: int
    digest: str
    zone: str
    languages: tuple[str, ...]
    intake: str
    """Queue id of general intake: the end of every plan."""
    after_hours: str
    """Queue id that takes what arrives when closed; may equal ``intake``."""
    manager: str
    """Coordinator id who owns what ran past its deadline."""
    locations: Mapping[str, Location]
    categories: Mapping[str, Category]
    queues: Mapping[str, Queue]
    """In the order of the file: the first whose ``serves`` matches is taken."""
    coordinators: Mapping[str, Coordinator]
    rotas: Mapping[str, Rota]
    campaigns: Mapping[str, Campaign]
    tracking_numbers: Mapping[str, TrackingNumber]
    rules: tuple[Rule, ...]
    nearness: Mapping[str, tuple[str, ...]]
    policies: Policies
    calendar: Calendar
    mail_from: str | None = None
    """The address that e-mails come from."""
    templates: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    """Template id to language to text."""
    menus: Mapping[str, Menu] = field(default_factory=lambda: MappingProxyType({}))
    menu: str | None = None
    """What callers of a tracking number without a menu of its own hear."""
    forms: Mapping[str, Form] = field(default_factory=lambda: MappingProxyType({}))
    chat: Chat | None = None
    sources: Mapping[str, LeadSource] = field(default_factory=lambda: MappingProxyType({}))
    cadences: Mapping[str, Cadence] = field(default_factory=lambda: MappingProxyType({}))
    ladders: Mapping[str, Ladder] = field(default_factory=lambda: MappingProxyType({}))
    affiliates: Mapping[str, Affiliate] = field(default_factory=lambda: MappingProxyType({}))
    crm: Crm = field(default_factory=Crm)
    cities: tuple[str, ...] = ()
    """The pick-list of forms, as shown ("Kenosha, WI"); ``nearness`` knows each with and without its state."""

    def menu_of(self, number: str) -> Menu | None:
        """What callers of this tracking number are asked; None for a number that is none of the practice's."""
        tracked = self.tracking_numbers.get(number)
        return self.menus.get(tracked.menu or self.menu or "") if tracked else None
