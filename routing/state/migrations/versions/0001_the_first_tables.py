"""The first tables"""

import sqlalchemy as sa
from alembic import op

from routing.state.columns import COUNTER, Instant
from routing.state.sealed import Sealed

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_inbox"),
    )
    op.create_index("ix_inbox_until", "inbox", ["until"], unique=False)
    op.create_table(
        "practices",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practices"),
    )
    op.create_table(
        "provider_accounts",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("next_call_ms", COUNTER, nullable=False),
        sa.Column("resting_since_ms", COUNTER, nullable=True),
        sa.Column("probe_ms", COUNTER, nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("account", name="pk_provider_accounts"),
    )
    op.create_table(
        "strikes",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("parked_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job", "row_id", name="pk_strikes"),
    )
    op.create_table(
        "audit",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_audit_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["practice_id", "subject_id", "id"], unique=False)
    op.create_table(
        "closures",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_closures_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_closures"),
    )
    op.create_index("ix_closures_kept", "closures", ["kept", "ends_at"], unique=False)
    op.create_table(
        "desired_statuses",
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("set_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_desired_statuses_practice_id"),
        sa.PrimaryKeyConstraint("practice_id", "coordinator_id", name="pk_desired_statuses"),
    )
    op.create_table(
        "events",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_events_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_events"),
    )
    op.create_index("ix_events_at", "events", ["at"], unique=False)
    op.create_table(
        "opt_outs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("contact_index", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("is_out", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_opt_outs_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_opt_outs"),
    )
    op.create_index("ix_opt_outs_contact", "opt_outs", ["practice_id", "contact_index", "channel", "at"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("name", Sealed(), nullable=True),
        sa.Column("email", Sealed(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(), nullable=True),
        sa.Column("email_place", sa.Integer(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("established", sa.Boolean(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_people_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_people"),
        sa.UniqueConstraint(
            "practice_id", "email_index", "email_place", name="uq_people_practice_id_email_index_email_place"
        ),
    )
    op.create_table(
        "quarantined",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("traps", sa.Text(), nullable=False),
        sa.Column("entered", Sealed(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_quarantined_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_quarantined"),
    )
    op.create_index("ix_quarantined_state", "quarantined", ["practice_id", "state", "at"], unique=False)
    op.create_table(
        "recorded_sends",
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_recorded_sends_practice_id"),
        sa.PrimaryKeyConstraint("practice_id", "system", "reference", name="pk_recorded_sends"),
    )
    op.create_index(
        "ix_recorded_sends_number", "recorded_sends", ["practice_id", "number_index", "sent_at"], unique=False
    )
    op.create_table(
        "refused_tokens",
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("probe_at", Instant(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_refused_tokens_practice_id"),
        sa.PrimaryKeyConstraint("practice_id", "source", name="pk_refused_tokens"),
    )
    op.create_table(
        "relay_stops",
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_relay_stops_practice_id"),
        sa.PrimaryKeyConstraint("practice_id", "coordinator_id", name="pk_relay_stops"),
    )
    op.create_table(
        "relay_texts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("body", Sealed(), nullable=False),
        sa.Column("is_answer", sa.Boolean(), nullable=False),
        sa.Column("shows_words", sa.Boolean(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_relay_texts_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_relay_texts"),
    )
    op.create_index(
        "ix_relay_texts_coordinator", "relay_texts", ["practice_id", "coordinator_id", "created_at"], unique=False
    )
    op.create_table(
        "rulebook_versions",
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("published_at", Instant(), nullable=False),
        sa.Column("published_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_rulebook_versions_practice_id"),
        sa.PrimaryKeyConstraint("practice_id", "version", name="pk_rulebook_versions"),
    )
    op.create_table(
        "scrubs",
        sa.Column("id", COUNTER, autoincrement=True, nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("checked_at", Instant(), nullable=False),
        sa.Column("told_by", sa.Text(), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_scrubs_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_scrubs"),
    )
    op.create_index("ix_scrubs_number", "scrubs", ["practice_id", "number_index", "checked_at"], unique=False)
    op.create_table(
        "standings",
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.Column("calibration", sa.Float(), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("talk_calibration_s", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_standings_practice_id"),
        sa.PrimaryKeyConstraint("practice_id", "queue", "coordinator_id", name="pk_standings"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_tokens_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
    )
    op.create_table(
        "tracking_numbers",
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_tracking_numbers_practice_id"),
        sa.PrimaryKeyConstraint("number", name="pk_tracking_numbers"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("is_granted", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.Text(), nullable=True),
        sa.Column("evidence", Sealed(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("names_us", sa.Boolean(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_consents_person_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_consents_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_person", "consents", ["person_id", "channel", "at"], unique=False)
    op.create_table(
        "leads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("routed_category", sa.Text(), nullable=False),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("payer", sa.Text(), nullable=True),
        sa.Column("level_of_care", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("clock_started_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("first_response_at", Instant(), nullable=True),
        sa.Column("contacted_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("close_cause", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_leads_person_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_leads_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
    )
    op.create_index("ix_leads_due", "leads", ["practice_id", "status", "due_at"], unique=False)
    op.create_index("ix_leads_newest", "leads", ["practice_id", "created_at", "id"], unique=False)
    op.create_index("ix_leads_owner", "leads", ["practice_id", "owner_id", "status"], unique=False)
    op.create_index(
        "uq_leads_open",
        "leads",
        ["practice_id", "person_id", "category"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "person_numbers",
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("number", Sealed(), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=True),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_person_numbers_person_id"),
        sa.PrimaryKeyConstraint("practice_id", "number_index", "person_id", name="pk_person_numbers"),
        sa.UniqueConstraint(
            "practice_id", "number_index", "place", name="uq_person_numbers_practice_id_number_index_place"
        ),
    )
    op.create_index("ix_person_numbers_person", "person_numbers", ["person_id"], unique=False)
    op.create_index(
        "uq_person_numbers_first",
        "person_numbers",
        ["practice_id", "number_index"],
        unique=True,
        sqlite_where=sa.text("is_first"),
        postgresql_where=sa.text("is_first"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("previous_owner", sa.Text(), nullable=True),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_assignments_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_assignments_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
    )
    op.create_index("ix_assignments_owner", "assignments", ["practice_id", "owner_id", "since"], unique=False)
    op.create_index(
        "uq_assignments_open",
        "assignments",
        ["lead_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("ours", sa.Text(), nullable=True),
        sa.Column("address", Sealed(), nullable=True),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.Column("last_inbound_at", Instant(), nullable=True),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_conversations_lead_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_conversations_person_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_conversations_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index("ix_conversations_lead", "conversations", ["lead_id", "opened_at"], unique=False)
    op.create_index(
        "uq_conversations_open",
        "conversations",
        ["practice_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "inquiries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("contact_index", sa.LargeBinary(), nullable=True),
        sa.Column("tracking_number", sa.Text(), nullable=True),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("rulebook_version", sa.Integer(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("effective_start", Instant(), nullable=False),
        sa.Column("waiting_key", sa.BigInteger(), nullable=False),
        sa.Column("reach", sa.Integer(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("resumed_by", sa.Text(), nullable=True),
        sa.Column("extras", Sealed(), nullable=True),
        sa.Column("chosen_at", Instant(), nullable=True),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_inquiries_lead_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_inquiries_person_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_inquiries_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inquiries"),
        sa.UniqueConstraint("account", "sid", "channel", name="uq_inquiries_account_sid_channel"),
    )
    op.create_index("ix_inquiries_lead", "inquiries", ["lead_id", "received_at"], unique=False)
    op.create_index("ix_inquiries_line", "inquiries", ["practice_id", "state", "waiting_key"], unique=False)
    op.create_index("ix_inquiries_person", "inquiries", ["person_id", "ended_at"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("target_queue", sa.Text(), nullable=True),
        sa.Column("note", Sealed(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("rung_at", Instant(), nullable=True),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_tasks_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_tasks_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
    )
    op.create_index("ix_tasks_due", "tasks", ["state", "due_at"], unique=False)
    op.create_index("ix_tasks_lead", "tasks", ["lead_id", "state"], unique=False)
    op.create_index("ix_tasks_owner", "tasks", ["practice_id", "owner_id", "state"], unique=False)
    op.create_table(
        "callbacks",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=True),
        sa.Column("requested_at", Instant(), nullable=True),
        sa.Column("chosen_at", Instant(), nullable=True),
        sa.Column("best_from", sa.Integer(), nullable=True),
        sa.Column("best_until", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("first_at", Instant(), nullable=True),
        sa.Column("lost", sa.Integer(), nullable=False),
        sa.Column("waiting_key", sa.BigInteger(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_callbacks_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_callbacks_lead_id"),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_callbacks_person_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_callbacks_practice_id"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_callbacks_task_id"),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
    )
    op.create_index("ix_callbacks_due", "callbacks", ["settled_at", "state", "due_at"], unique=False)
    op.create_index("ix_callbacks_person", "callbacks", ["person_id", "settled_at"], unique=False)
    op.create_index("ix_callbacks_task", "callbacks", ["task_id"], unique=False)
    op.create_index(
        "uq_callbacks_dialling",
        "callbacks",
        ["practice_id", "number_index"],
        unique=True,
        sqlite_where=sa.text("state = 'dialling'"),
        postgresql_where=sa.text("state = 'dialling'"),
    )
    op.create_index(
        "uq_callbacks_open",
        "callbacks",
        ["lead_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "chat_sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("next_hash", sa.LargeBinary(), nullable=True),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("page", Sealed(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_chat_sessions_conversation_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_chat_sessions_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_chat_sessions"),
    )
    op.create_index("ix_chat_sessions_conversation", "chat_sessions", ["conversation_id"], unique=False)
    op.create_index("ix_chat_sessions_expires", "chat_sessions", ["expires_at"], unique=False)
    op.create_table(
        "conferences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("coordinator_sid", sa.Text(), nullable=False),
        sa.Column("caller_sid", sa.Text(), nullable=False),
        sa.Column("move_id", sa.Text(), nullable=True),
        sa.Column("heir", sa.Text(), nullable=True),
        sa.Column("caller_from", sa.Text(), nullable=True),
        sa.Column("guest_from", sa.Text(), nullable=True),
        sa.Column("coordinator_joined_at", Instant(), nullable=True),
        sa.Column("caller_joined_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_conferences_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_conferences_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_conferences_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_conferences"),
    )
    op.create_index("ix_conferences_inquiry", "conferences", ["inquiry_id", "created_at"], unique=False)
    op.create_index(
        "uq_conferences_open",
        "conferences",
        ["inquiry_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "covers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Text(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_covers_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_covers_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_covers_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_covers"),
    )
    op.create_index("ix_covers_lead", "covers", ["lead_id", "until"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_decisions_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_decisions_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_decisions_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_inquiry", "decisions", ["inquiry_id", "at"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("body", Sealed(), nullable=False),
        sa.Column("media", Sealed(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=True),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("status_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_messages_conversation_id"),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_messages_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_messages_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_messages_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("account", "sid", name="uq_messages_account_sid"),
        sa.UniqueConstraint("conversation_id", "sequence", name="uq_messages_conversation_id_sequence"),
    )
    op.create_index("ix_messages_lead", "messages", ["lead_id", "created_at"], unique=False)
    op.create_table(
        "moves",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("call_sid", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=True),
        sa.Column("coaches", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("rung_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_moves_inquiry_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_moves_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_moves"),
    )
    op.create_index("ix_moves_due", "moves", ["settled_at", "due_at"], unique=False)
    op.create_index("ix_moves_inquiry", "moves", ["inquiry_id"], unique=False)
    op.create_index(
        "uq_moves_open",
        "moves",
        ["call_sid"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_questions_conversation_id"),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_questions_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_questions_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_questions_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_questions"),
    )
    op.create_index("ix_questions_due", "questions", ["state", "due_at"], unique=False)
    op.create_index(
        "uq_questions_open",
        "questions",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("duration_s", sa.Integer(), nullable=False),
        sa.Column("media", Sealed(), nullable=True),
        sa.Column("media_kind", sa.Text(), nullable=True),
        sa.Column("is_remote", sa.Boolean(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_recordings_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_recordings_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_recordings_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
        sa.UniqueConstraint("account", "sid", name="uq_recordings_account_sid"),
    )
    op.create_index("ix_recordings_due", "recordings", ["is_remote", "due_at"], unique=False)
    op.create_index("ix_recordings_expiry", "recordings", ["state", "expires_at"], unique=False)
    op.create_index("ix_recordings_lead", "recordings", ["lead_id", "created_at"], unique=False)
    op.create_table(
        "relays",
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("relayed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_relays_conversation_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_relays_practice_id"),
        sa.PrimaryKeyConstraint("practice_id", "coordinator_id", "conversation_id", name="pk_relays"),
        sa.UniqueConstraint(
            "practice_id", "coordinator_id", "number", name="uq_relays_practice_id_coordinator_id_number"
        ),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("plan_step", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("wrap_until", Instant(), nullable=True),
        sa.Column("leg_sid", sa.Text(), nullable=True),
        sa.Column("leg_answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_reservations_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_reservations_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_reservations_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reservations"),
        sa.UniqueConstraint("inquiry_id", "step", name="uq_reservations_inquiry_id_step"),
    )
    op.create_index("ix_reservations_expiry", "reservations", ["state", "expires_at"], unique=False)
    op.create_index(
        "uq_reservations_live_call",
        "reservations",
        ["practice_id", "coordinator_id"],
        unique=True,
        sqlite_where=sa.text("state = 'accepted' AND kind = 'call'"),
        postgresql_where=sa.text("state = 'accepted' AND kind = 'call'"),
    )
    op.create_index(
        "uq_reservations_pending",
        "reservations",
        ["practice_id", "coordinator_id"],
        unique=True,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "sends",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("conversation_id", sa.Text(), nullable=True),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("recipient", Sealed(), nullable=False),
        sa.Column("recipient_index", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("rung_at", Instant(), nullable=False),
        sa.Column("posted_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"], name="fk_sends_conversation_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_sends_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sends"),
    )
    op.create_index("ix_sends_due", "sends", ["settled_at", "due_at"], unique=False)
    op.create_index("ix_sends_recipient", "sends", ["practice_id", "recipient_index", "created_at"], unique=False)
    op.create_table(
        "silences",
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("ask_at", Instant(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("over_seen_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_silences_inquiry_id"),
        sa.PrimaryKeyConstraint("inquiry_id", name="pk_silences"),
    )
    op.create_table(
        "source_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=True),
        sa.Column("inquiry_id", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("event", Sealed(), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("fetch_at", Instant(), nullable=True),
        sa.Column("fetch_rung_at", Instant(), nullable=True),
        sa.Column("fetch_ring", sa.Integer(), nullable=False),
        sa.Column("fetch_tries", sa.Integer(), nullable=False),
        sa.Column("fetch_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_source_events_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_source_events_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_source_events_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_source_events"),
        sa.UniqueConstraint("practice_id", "dedupe_key", name="uq_source_events_practice_id_dedupe_key"),
    )
    op.create_index("ix_source_events_due", "source_events", ["state", "due_at"], unique=False)
    op.create_index("ix_source_events_fetch", "source_events", ["fetch_at"], unique=False)
    op.create_index("ix_source_events_lead", "source_events", ["lead_id", "received_at"], unique=False)
    op.create_table(
        "transfers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("first_step", sa.Integer(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_step", sa.Integer(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("payer", sa.Text(), nullable=True),
        sa.Column("location", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("invite_url", sa.Text(), nullable=False),
        sa.Column("progress_url", sa.Text(), nullable=False),
        sa.Column("move_id", sa.Text(), nullable=False),
        sa.Column("target_sid", sa.Text(), nullable=True),
        sa.Column("first_joined_at", Instant(), nullable=True),
        sa.Column("caller_joined_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_transfers_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_transfers_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_transfers_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
    )
    op.create_index("ix_transfers_created_at", "transfers", ["created_at"], unique=False)
    op.create_index("ix_transfers_inquiry", "transfers", ["inquiry_id", "first_step"], unique=False)
    op.create_index(
        "uq_transfers_open",
        "transfers",
        ["inquiry_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=True),
        sa.Column("reservation_id", sa.Text(), nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("is_human", sa.Boolean(), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("talk_s", sa.Integer(), nullable=True),
        sa.Column("hold_s", sa.Integer(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_attempts_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_attempts_lead_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_attempts_message_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_attempts_practice_id"),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservations.id"], name="fk_attempts_reservation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempts"),
    )
    op.create_index(
        "ix_attempts_coordinator", "attempts", ["practice_id", "coordinator_id", "started_at"], unique=False
    )
    op.create_index("ix_attempts_lead", "attempts", ["lead_id", "started_at"], unique=False)
    op.create_index("ix_attempts_message", "attempts", ["message_id"], unique=False)
    op.create_index(
        "uq_attempts_live_dial",
        "attempts",
        ["lead_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL AND direction = 'outbound'"),
        postgresql_where=sa.text("ended_at IS NULL AND direction = 'outbound'"),
    )
    op.create_table(
        "dials",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("callback_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("reservation_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("progress_url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("rung_at", Instant(), nullable=False),
        sa.Column("posted_at", Instant(), nullable=True),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("lead_sid", sa.Text(), nullable=True),
        sa.Column("lead_status", sa.Text(), nullable=True),
        sa.Column("lead_answered_at", Instant(), nullable=True),
        sa.Column("joined_by", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["callback_id"], ["callbacks.id"], name="fk_dials_callback_id"),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_dials_inquiry_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_dials_practice_id"),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservations.id"], name="fk_dials_reservation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dials"),
        sa.UniqueConstraint("inquiry_id", "step", name="uq_dials_inquiry_id_step"),
    )
    op.create_index("ix_dials_due", "dials", ["settled_at", "due_at"], unique=False)
    op.create_index(
        "uq_dials_open",
        "dials",
        ["callback_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "follow_ups",
        sa.Column("task_id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_follow_ups_message_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_follow_ups_practice_id"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_follow_ups_task_id"),
        sa.PrimaryKeyConstraint("task_id", name="pk_follow_ups"),
    )
    op.create_index("ix_follow_ups_due", "follow_ups", ["settled_at", "state", "due_at"], unique=False)
    op.create_index("ix_follow_ups_message", "follow_ups", ["message_id"], unique=False)
    op.create_table(
        "guests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("phone", Sealed(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("wants", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("first", sa.Text(), nullable=False),
        sa.Column("first_step", sa.Integer(), nullable=False),
        sa.Column("offer_step", sa.Integer(), nullable=True),
        sa.Column("contract", sa.Text(), nullable=True),
        sa.Column("disclosure", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Text(), nullable=True),
        sa.Column("invite_url", sa.Text(), nullable=False),
        sa.Column("progress_url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("move_id", sa.Text(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("joined_at", Instant(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name="fk_guests_conference_id"),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_guests_inquiry_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_guests_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_guests_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_guests"),
        sa.UniqueConstraint("inquiry_id", "number", name="uq_guests_inquiry_id_number"),
    )
    op.create_index("ix_guests_open", "guests", ["settled_at", "conference_id"], unique=False)
    op.create_table(
        "holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("conference_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("move_id", sa.Text(), nullable=True),
        sa.Column("remind_at", Instant(), nullable=False),
        sa.Column("resume_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("held_at", Instant(), nullable=True),
        sa.Column("over_at", Instant(), nullable=True),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["conference_id"], ["conferences.id"], name="fk_holds_conference_id"),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_holds_inquiry_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_holds_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
    )
    op.create_index("ix_holds_inquiry", "holds", ["inquiry_id", "step"], unique=False)
    op.create_index(
        "uq_holds_open",
        "holds",
        ["inquiry_id"],
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "rings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("inquiry_id", sa.Text(), nullable=False),
        sa.Column("reservation_id", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("coordinator_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("progress_url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sid", sa.Text(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("ring", sa.Integer(), nullable=False),
        sa.Column("move_id", sa.Text(), nullable=True),
        sa.Column("met_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["inquiry_id"], ["inquiries.id"], name="fk_rings_inquiry_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_rings_practice_id"),
        sa.ForeignKeyConstraint(["reservation_id"], ["reservations.id"], name="fk_rings_reservation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rings"),
        sa.UniqueConstraint("inquiry_id", "step", name="uq_rings_inquiry_id_step"),
    )
    op.create_index("ix_rings_open", "rings", ["settled_at", "due_at"], unique=False)
    op.create_table(
        "outcomes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("practice_id", sa.Text(), nullable=False),
        sa.Column("lead_id", sa.Text(), nullable=False),
        sa.Column("attempt_id", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("note", Sealed(), nullable=True),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name="fk_outcomes_attempt_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_outcomes_lead_id"),
        sa.ForeignKeyConstraint(["practice_id"], ["practices.id"], name="fk_outcomes_practice_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
    )


def downgrade() -> None:
    op.drop_table("outcomes")
    op.drop_index("ix_rings_open", table_name="rings")
    op.drop_table("rings")
    op.drop_index(
        "uq_holds_open",
        table_name="holds",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index("ix_holds_inquiry", table_name="holds")
    op.drop_table("holds")
    op.drop_index("ix_guests_open", table_name="guests")
    op.drop_table("guests")
    op.drop_index("ix_follow_ups_message", table_name="follow_ups")
    op.drop_index("ix_follow_ups_due", table_name="follow_ups")
    op.drop_table("follow_ups")
    op.drop_index(
        "uq_dials_open",
        table_name="dials",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index("ix_dials_due", table_name="dials")
    op.drop_table("dials")
    op.drop_index(
        "uq_attempts_live_dial",
        table_name="attempts",
        sqlite_where=sa.text("ended_at IS NULL AND direction = 'outbound'"),
        postgresql_where=sa.text("ended_at IS NULL AND direction = 'outbound'"),
    )
    op.drop_index("ix_attempts_message", table_name="attempts")
    op.drop_index("ix_attempts_lead", table_name="attempts")
    op.drop_index("ix_attempts_coordinator", table_name="attempts")
    op.drop_table("attempts")
    op.drop_index(
        "uq_transfers_open",
        table_name="transfers",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index("ix_transfers_inquiry", table_name="transfers")
    op.drop_index("ix_transfers_created_at", table_name="transfers")
    op.drop_table("transfers")
    op.drop_index("ix_source_events_lead", table_name="source_events")
    op.drop_index("ix_source_events_fetch", table_name="source_events")
    op.drop_index("ix_source_events_due", table_name="source_events")
    op.drop_table("source_events")
    op.drop_table("silences")
    op.drop_index("ix_sends_recipient", table_name="sends")
    op.drop_index("ix_sends_due", table_name="sends")
    op.drop_table("sends")
    op.drop_index(
        "uq_reservations_pending",
        table_name="reservations",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(
        "uq_reservations_live_call",
        table_name="reservations",
        sqlite_where=sa.text("state = 'accepted' AND kind = 'call'"),
        postgresql_where=sa.text("state = 'accepted' AND kind = 'call'"),
    )
    op.drop_index("ix_reservations_expiry", table_name="reservations")
    op.drop_table("reservations")
    op.drop_table("relays")
    op.drop_index("ix_recordings_lead", table_name="recordings")
    op.drop_index("ix_recordings_expiry", table_name="recordings")
    op.drop_index("ix_recordings_due", table_name="recordings")
    op.drop_table("recordings")
    op.drop_index(
        "uq_questions_open",
        table_name="questions",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_questions_due", table_name="questions")
    op.drop_table("questions")
    op.drop_index(
        "uq_moves_open",
        table_name="moves",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index("ix_moves_inquiry", table_name="moves")
    op.drop_index("ix_moves_due", table_name="moves")
    op.drop_table("moves")
    op.drop_index("ix_messages_lead", table_name="messages")
    op.drop_table("messages")
    op.drop_index("ix_decisions_inquiry", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("ix_covers_lead", table_name="covers")
    op.drop_table("covers")
    op.drop_index(
        "uq_conferences_open",
        table_name="conferences",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index("ix_conferences_inquiry", table_name="conferences")
    op.drop_table("conferences")
    op.drop_index("ix_chat_sessions_expires", table_name="chat_sessions")
    op.drop_index("ix_chat_sessions_conversation", table_name="chat_sessions")
    op.drop_table("chat_sessions")
    op.drop_index(
        "uq_callbacks_open",
        table_name="callbacks",
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_index(
        "uq_callbacks_dialling",
        table_name="callbacks",
        sqlite_where=sa.text("state = 'dialling'"),
        postgresql_where=sa.text("state = 'dialling'"),
    )
    op.drop_index("ix_callbacks_task", table_name="callbacks")
    op.drop_index("ix_callbacks_person", table_name="callbacks")
    op.drop_index("ix_callbacks_due", table_name="callbacks")
    op.drop_table("callbacks")
    op.drop_index("ix_tasks_owner", table_name="tasks")
    op.drop_index("ix_tasks_lead", table_name="tasks")
    op.drop_index("ix_tasks_due", table_name="tasks")
    op.drop_table("tasks")
    op.drop_index("ix_inquiries_person", table_name="inquiries")
    op.drop_index("ix_inquiries_line", table_name="inquiries")
    op.drop_index("ix_inquiries_lead", table_name="inquiries")
    op.drop_table("inquiries")
    op.drop_index(
        "uq_conversations_open",
        table_name="conversations",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_conversations_lead", table_name="conversations")
    op.drop_table("conversations")
    op.drop_index(
        "uq_assignments_open",
        table_name="assignments",
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.drop_index("ix_assignments_owner", table_name="assignments")
    op.drop_table("assignments")
    op.drop_index(
        "uq_person_numbers_first",
        table_name="person_numbers",
        sqlite_where=sa.text("is_first"),
        postgresql_where=sa.text("is_first"),
    )
    op.drop_index("ix_person_numbers_person", table_name="person_numbers")
    op.drop_table("person_numbers")
    op.drop_index(
        "uq_leads_open",
        table_name="leads",
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.drop_index("ix_leads_owner", table_name="leads")
    op.drop_index("ix_leads_newest", table_name="leads")
    op.drop_index("ix_leads_due", table_name="leads")
    op.drop_table("leads")
    op.drop_index("ix_consents_person", table_name="consents")
    op.drop_table("consents")
    op.drop_table("tracking_numbers")
    op.drop_table("tokens")
    op.drop_table("standings")
    op.drop_index("ix_scrubs_number", table_name="scrubs")
    op.drop_table("scrubs")
    op.drop_table("rulebook_versions")
    op.drop_index("ix_relay_texts_coordinator", table_name="relay_texts")
    op.drop_table("relay_texts")
    op.drop_table("relay_stops")
    op.drop_table("refused_tokens")
    op.drop_index("ix_recorded_sends_number", table_name="recorded_sends")
    op.drop_table("recorded_sends")
    op.drop_index("ix_quarantined_state", table_name="quarantined")
    op.drop_table("quarantined")
    op.drop_table("people")
    op.drop_index("ix_opt_outs_contact", table_name="opt_outs")
    op.drop_table("opt_outs")
    op.drop_index("ix_events_at", table_name="events")
    op.drop_table("events")
    op.drop_table("desired_statuses")
    op.drop_index("ix_closures_kept", table_name="closures")
    op.drop_table("closures")
    op.drop_index("ix_audit_subject", table_name="audit")
    op.drop_table("audit")
    op.drop_table("strikes")
    op.drop_table("provider_accounts")
    op.drop_table("practices")
    op.drop_index("ix_inbox_until", table_name="inbox")
    op.drop_table("inbox")
