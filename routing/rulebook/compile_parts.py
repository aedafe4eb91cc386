"""One entry of a practice file as the frozen value the rules read."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

from routing.rulebook import models_chat, models_people, models_pursuit, models_reach, models_routing, models_sources
from routing.rulebook.compile_calendars import office_calendar, queue_calendar, rota_calendar, shift_calendar
from routing.rulebook.compile_contact import terms
from routing.rules import book, cadences, chats, costs, questions
from routing.rules.calendars import Calendar, Span

Value = TypeVar("Value")


def frozen(mapping: Mapping[str, Value]) -> Mapping[str, Value]:
    return MappingProxyType(dict(mapping))


def sets(mapping: Mapping[str, tuple[str, ...]]) -> Mapping[str, frozenset[str]]:
    return frozen({name: frozenset(values) for name, values in mapping.items()})


def location(entry: models_routing.Location, above: Calendar) -> book.Location:
    return book.Location(
        id=entry.id,
        name=entry.name,
        zone=entry.zone,
        number=entry.number,
        categories=frozenset(entry.categories),
        levels_of_care=frozenset(entry.levels_of_care),
        accepts=frozenset(entry.accepts),
        fallbacks=entry.fallbacks,
        calendar=office_calendar(entry, above),
    )


def category(entry: models_routing.Category) -> book.Category:
    return book.Category(
        id=entry.id,
        label=entry.label,
        response_target_s=entry.response_target_s,
        head_start_s=entry.head_start_s,
        level_of_care=entry.level_of_care,
        fields=entry.fields,
        relay=entry.relay or entry.label,
        script=entry.script,
        templates=frozen(entry.templates),
    )


def queue(entry: models_routing.Queue, offices: Mapping[str, Calendar], top: Calendar) -> book.Queue:
    served = entry.serves.get("location", ())
    office = entry.location or (served[0] if len(served) == 1 and served[0] in offices else None)
    return book.Queue(
        id=entry.id,
        name=entry.name,
        members=tuple(member(at, one) for at, one in enumerate(entry.members, start=1)),
        owner=entry.owner or "",
        serves=sets(entry.serves),
        live_ordering=entry.live_ordering,
        later_ordering=entry.later_ordering,
        mode=entry.mode,
        phones=entry.phones,
        requires=tuple(requirement(one) for one in entry.requires),
        relax=tuple(book.Relaxation(step.after_s, frozenset(step.drop)) for step in entry.relax),
        then=entry.then,
        stay_s=entry.stay_s,
        location=office,
        calendar=queue_calendar(entry, offices[office] if office else top),
        emails=entry.emails,
    )


def member(at: int, entry: models_routing.Member) -> book.Member:
    return book.Member(entry.coordinator, entry.position or at, entry.rank, entry.weight, entry.from_s)


def requirement(entry: models_routing.Requirement) -> book.Requirement:
    return book.Requirement(entry.attribute, entry.value, entry.at_least, entry.group)


def coordinator(entry: models_people.Coordinator, *, relays: bool = False) -> book.Coordinator:
    """``relays`` is what the practice's policy says of ``text_relay``."""
    return book.Coordinator(
        id=entry.id,
        name=entry.name,
        phone=entry.phone,
        languages=frozenset(entry.languages),
        skills=frozen(entry.skills),
        locations=frozenset(entry.locations),
        capacity=entry.capacity,
        cap=entry.cap,
        per_hour=entry.per_hour,
        per_day=entry.per_day,
        shifts=shift_calendar(entry),
        presence=entry.presence,
        role=entry.role,
        email=entry.email,
        text_relay=relays if entry.text_relay is None else entry.text_relay,
    )


def rota(entry: models_people.Rota) -> book.Rota:
    return book.Rota(entry.id, entry.name, entry.rungs, rota_calendar(entry), entry.ring_s, entry.target_s)


def affiliate(entry: models_people.Affiliate) -> book.Affiliate:
    return book.Affiliate(
        id=entry.id,
        name=entry.name,
        number=entry.number,
        owner=entry.owner or "",
        zip=entry.zip,
        licence=entry.licence,
        contract=entry.contract,
        disclosure=entry.disclosure,
        categories=frozenset(entry.categories),
        levels_of_care=frozenset(entry.levels_of_care),
        accepts=frozenset(entry.accepts),
        languages=frozenset(entry.languages),
    )


def campaign(entry: models_reach.Campaign) -> book.Campaign:
    paid = entry.cost
    cost = costs.CampaignCost(paid.per_lead, paid.per_month, paid.currency) if paid else None
    return book.Campaign(entry.id, entry.label, frozen(entry.attributes), cost)


def tracking_number(entry: models_reach.TrackingNumber) -> book.TrackingNumber:
    said = frozen(entry.attributes)
    return book.TrackingNumber(entry.number, entry.campaign or "", entry.location, said, entry.texts, entry.menu)


def rule(entry: models_routing.Rule) -> book.Rule:
    then = entry.then
    effect = book.Effect(frozen(then.sets), then.queue, then.rota, then.ask, then.head_start_s, then.target_s)
    return book.Rule(entry.name, entry.layer, sets(entry.when), effect)


def category_rule(entry: models_routing.Category) -> book.Rule:
    """A category that names its queue is a rule of the queue layer, after the written ones."""
    name = f"category_{entry.id.replace('-', '_').lower()}"
    return book.Rule(name, "queue", sets({"category": (entry.id,)}), book.Effect(queue=entry.queue))


def form(entry: models_reach.Form) -> questions.Form:
    category_said = {"category": entry.category} if entry.category else {}
    return questions.Form(
        id=entry.id,
        label=entry.label,
        campaign=entry.campaign,
        attributes=frozen({**entry.attributes, **category_said}),
        fields=tuple(form_field(field) for field in entry.fields),
        consent=entry.consent,
        redirect=entry.redirect,
        redirects=entry.redirects,
        origins=entry.origins,
        honeypot=entry.honeypot,
        min_fill_s=entry.min_fill_s,
        token=entry.token,
    )


def chat(entry: models_chat.Chat) -> chats.Chat:
    return chats.Chat(
        origins=entry.origins,
        campaign=entry.campaign,
        attributes=frozen(entry.attributes),
        consent=entry.consent,
        number=entry.number,
    )


def form_field(entry: models_reach.FormField) -> questions.FormField:
    return questions.FormField(
        name=entry.name,
        label=entry.label,
        attribute=entry.attribute,
        options=entry.options,
        required=entry.required,
        keep_days=entry.keep_days,
        names=entry.names,
        kind=entry.kind,
        values=frozen(entry.values),
    )


def lead_source(entry: models_sources.LeadSource) -> questions.LeadSource:
    values = frozen({name: frozen(words) for name, words in entry.values.items()})
    return questions.LeadSource(
        id=entry.id,
        secret=entry.secret,
        previous=entry.previous,
        key=entry.key,
        verify=entry.verify,
        kind=entry.kind,
        campaign=entry.campaign,
        fields=frozen(entry.fields),
        values=values,
        token=entry.token,
        api_url=entry.api_url,
    )


def menu(entry: models_reach.Menu) -> questions.Menu:
    choices = tuple(questions.MenuChoice(choice.key, choice.value, choice.say) for choice in entry.choices)
    return questions.Menu(entry.id, entry.ask, entry.attribute, choices)


def cadence(entry: models_pursuit.Cadence) -> cadences.Cadence:
    after: dict[str, cadences.FollowUp] = {
        outcome: cadences.FollowUp(then.way, then.wait_s, then.template, then.stop)
        for outcome, then in entry.after.items()
    }
    return cadences.Cadence(entry.id, entry.attempts_s, frozen(after), frozenset(entry.categories))


def ladder(entry: models_pursuit.Ladder) -> cadences.Ladder:
    rungs = (cadences.Rung(rung.at, rung.step, rung.to, rung.alarm) for rung in entry.rungs)
    return cadences.Ladder(entry.id, tuple(sorted(rungs, key=lambda rung: rung.at)), frozenset(entry.categories))


def crm(entry: models_pursuit.Crm) -> cadences.Crm:
    labels = {attribute: frozen(values) for attribute, values in entry.labels.items()}
    return cadences.Crm(entry.kind, entry.url, entry.token, frozen(entry.fields), frozen(labels), frozen(entry.owners))


def policies(entry: models_pursuit.Policies) -> book.Policies:
    quiet: dict[str, tuple[Span, ...]] = dict(entry.quiet_hours.items())
    return book.Policies(
        fallback_numbers=entry.fallback_numbers,
        recording_notice=entry.recording_notice,
        crisis_notice=entry.crisis_notice,
        person_first=entry.person_first,
        review_deadline_s=entry.review_deadline_s,
        sms_neutral=entry.sms_neutral,
        text_relay_content=entry.text_relay_content,
        record_calls=entry.record_calls,
        quiet_hours=frozen(quiet),
        attempts_per_day=entry.attempts_per_day,
        attempts_per_week=entry.attempts_per_week,
        callback_offer_s=entry.callback_offer_s,
        longest_wait_s=entry.longest_wait_s,
        longest_hold_s=entry.longest_hold_s,
        monitoring=entry.monitoring,
        cover=entry.cover,
        retention_days=frozen(entry.retention_days.model_dump()),
        forms_per_minute=entry.forms_per_minute,
        opt_out_scope=entry.opt_out_scope,
        contact=terms(entry.contact),
    )
