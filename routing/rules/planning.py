"""The decider: an inquiry goes through the fixed layers, most important first, and comes out as a plan."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from routing.rules.book import Book
from routing.rules.draft import Draft, applied, ruled
from routing.rules.locating import known_levels, locate
from routing.rules.matching import first_rule, serving_queue
from routing.rules.stops import lay_out
from routing.rules.values import ATTRIBUTES, Inquiry, Person, Plan

RECORDED_SEND, OUR_SEND = "recorded_send", "our_send"
"""Sources of the campaign of a reply: a text that another system sent, or one of ours."""


def plan(book: Book, inquiry: Inquiry, person: Person, now: datetime) -> Plan:
    """Never empty: the last step does not expire and has a named owner (routing-semantics section 1)."""
    draft = Draft(facts=opening_facts(book, inquiry, person))
    if inquiry.crisis:
        draft = draft.to_intake("crisis", "crisis")
    draft = service_line(book, replying(inquiry, draft))
    draft = level_of_care(book, draft)
    draft = location(book, inquiry, draft, now)
    for layer in ("payer", "patient", "urgency"):
        draft = ruled(book, draft, layer)
    draft = queue(book, draft)
    return lay_out(book, inquiry, person, draft, now)


def opening_facts(book: Book, inquiry: Inquiry, person: Person) -> Mapping[str, str]:
    """Campaign, then the dialled number, then what is known of the person, then what was said: later wins. Only what
    rules may look at: whatever else an edge lets through changes no route (routing-semantics section 18). A field that
    was left empty was not given."""
    facts = assumed(book, inquiry)
    if person.established is not None:
        facts["patient"] = "established" if person.established else "new"
    if person.language:
        facts["language"] = person.language
    given = {name: stated.value for name, stated in inquiry.attributes.items() if name in ATTRIBUTES}
    said = {name: value for name, value in given.items() if value.strip()}
    return {**agreeing(book, facts, said), **said, "channel": inquiry.channel}


def assumed(book: Book, inquiry: Inquiry) -> dict[str, str]:
    """By campaign and number. Who answers the text of a campaign was told nothing by a number that belongs to another:
    there the campaign's word counts."""
    number = book.tracking_numbers.get(inquiry.value("tracking_number") or "")
    campaign = book.campaigns.get(inquiry.value("campaign") or (number.campaign if number else ""))
    by_campaign = {"campaign": campaign.id, **campaign.attributes} if campaign else {}
    if number is None:
        return by_campaign
    by_number = {**number.attributes, **({"location": number.location} if number.location else {})}
    if replies(inquiry) and campaign and campaign.id != number.campaign:
        return by_number | by_campaign
    return by_campaign | by_number


def replies(inquiry: Inquiry) -> bool:
    stated = inquiry.attributes.get("campaign")
    return stated is not None and stated.source in (RECORDED_SEND, OUR_SEND)


def replying(inquiry: Inquiry, draft: Draft) -> Draft:
    """The receipt says which send the campaign is known by."""
    stated = inquiry.attributes.get("campaign")
    return draft.say("campaign", stated.source, stated.value) if stated and replies(inquiry) else draft


def agreeing(book: Book, assumed: Mapping[str, str], said: Mapping[str, str]) -> Mapping[str, str]:
    """Who asks for a service on a number for another has not asked for that number's level of care, nor the reverse."""
    if "category" not in said and "level_of_care" not in said:
        return assumed
    category = book.categories.get(said.get("category", assumed.get("category", "")))
    care = said.get("level_of_care", assumed.get("level_of_care"))
    if category is None or category.level_of_care in (None, care):
        return assumed
    return {name: value for name, value in assumed.items() if name not in ("category", "level_of_care")}


def service_line(book: Book, draft: Draft) -> Draft:
    draft = ruled(book, draft, "service_line")
    care = draft.facts.get("level_of_care")
    if "category" not in draft.facts and care:
        named = next((c.id for c in book.categories.values() if c.level_of_care == care), None)
        draft = draft.know(category=named) if named else draft
    asked_for = draft.facts.get("category")
    if asked_for is None:
        return draft.say("service_line", "category_missing")
    category = book.categories.get(asked_for)
    if category is None:
        return draft.to_intake("service_line", "general_intake")
    if category.level_of_care and not care:
        draft = draft.know(level_of_care=category.level_of_care)
    return draft.say("service_line", "category_given", category.id)


def level_of_care(book: Book, draft: Draft) -> Draft:
    rule = first_rule(book.rules, "level_of_care", draft.facts)
    if rule:
        return applied(draft, rule)
    known = known_levels(book)
    if known and draft.facts.get("level_of_care") not in known:
        return draft.to_intake("level_of_care", "general_intake", "level_of_care")
    return draft


def location(book: Book, inquiry: Inquiry, draft: Draft, now: datetime) -> Draft:
    rule = first_rule(book.rules, "location", draft.facts)
    named = rule.then.sets.get("location") if rule else None
    draft = applied(draft, rule) if rule else draft
    if draft.intake:
        return draft
    found = locate(book, inquiry, draft.facts, now, named)
    if found.location is None:
        facts = {name: value for name, value in draft.facts.items() if name != "location"}
        unplaced = replace(draft, facts=facts)
        if found.reason == "location_conflict":
            return unplaced.to_intake("location", found.reason, "location")
        if found.reason == "general_intake":
            return unplaced.to_intake("location", found.reason)
        return unplaced.say("location", found.reason)
    reason = rule.name if rule and found.location == named else found.reason
    noted = draft.say("location", reason, found.location)
    if found.reason == "specialty_mismatch":
        noted = replace(noted, note=f"specialty_mismatch:{draft.facts.get('category', '')}")
    return noted.know(location=found.location)


def queue(book: Book, draft: Draft) -> Draft:
    draft = ruled(book, draft, "queue")
    if draft.intake or draft.queue:
        return draft
    found = serving_queue(book.queues.values(), draft.facts)
    if found:
        return replace(draft.say("queue", "serves", found.id), queue=found.id)
    if "category" in draft.facts and book.locations and "location" not in draft.facts:
        return draft.to_intake("queue", "location_missing", "location")
    return draft.to_intake("queue", "general_intake")
