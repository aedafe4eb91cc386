"""The table of settings: what an operator may say, and what is meant if she says nothing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the settings table. ``default`` is for people: empty means there is none."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting(
        "LEADLINE_ENVIRONMENT",
        "production",
        "`production` refuses missing or default secrets, `development`, or `demo` (loopback only)",
    ),
    Setting("LEADLINE_DATA_DIR", "./.leadline", "folder of the default database, spool, logs and embedded Valkey"),
    Setting(
        "LEADLINE_DATABASE_URL",
        "SQLite in the data folder",
        "`sqlite:///...` or `postgresql://...`",
    ),
    Setting("LEADLINE_REDIS_URL", "the embedded Valkey", "live state: Redis 7.0 or later, or Valkey, `noeviction`"),
    Setting("LEADLINE_JOBS_REDIS_URL", "LEADLINE_REDIS_URL", "job queues, if they live on another server"),
    Setting("LEADLINE_HOST", "127.0.0.1", "address the gateway listens on"),
    Setting("LEADLINE_PORT", "8080", "port the gateway listens on"),
    Setting("LEADLINE_PUBLIC_URL", "http://HOST:PORT", "how Twilio reaches the gateway; https in production"),
    Setting("LEADLINE_SECRET_KEY", "", "seals personal text and signs URLs: at least 32 random bytes"),
    Setting("LEADLINE_SECRET_KEY_PREVIOUS", "", "the key before it, while rows are being sealed anew"),
    Setting("LEADLINE_TWILIO_ACCOUNT_SID", "", "the Twilio account"),
    Setting("LEADLINE_TWILIO_AUTH_TOKEN", "", "its token, which signs webhooks"),
    Setting("LEADLINE_TWILIO_AUTH_TOKEN_SECONDARY", "", "its secondary token, accepted during a rotation"),
    Setting("LEADLINE_TWILIO_API_KEY_SID", "", "API key for requests to Twilio (else the token is used)"),
    Setting("LEADLINE_TWILIO_API_KEY_SECRET", "", "the API key's secret"),
    Setting("LEADLINE_TWILIO_SHARED_KEYS", "", "keys of SHA-256 signed webhooks: `id=secret,id=secret`"),
    Setting("LEADLINE_TWILIO_ACCOUNTS_FILE", "", "JSON list of several accounts and their practices"),
    Setting("LEADLINE_TWILIO_API_URL", "https://api.twilio.com", "another REST base, for tests and rehearsals"),
    Setting("LEADLINE_FALLBACK_NUMBER", "", "dialled when no practice can be found for a call"),
    Setting(
        "LEADLINE_SMTP_URL",
        "",
        "`smtp://` or `smtps://` server that e-mails go out by, with user and password; always encrypted",
    ),
    Setting("LEADLINE_PRACTICES", "", "folder of practice files to publish at start"),
    Setting("LEADLINE_CLOCK", "", "instant a rehearsal starts at, with offset; refused in production"),
    Setting("LEADLINE_CLOCK_SPEED", "1", "seconds of rehearsal per real second; refused in production"),
    Setting("LEADLINE_FAILPOINT", "", "where a worker dies, waits or fails in tests; refused in production"),
)
"""Each may also be given as ``NAME_FILE``, the path of a file that holds the value. Empty means not given."""
