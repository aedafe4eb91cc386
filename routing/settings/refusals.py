"""What an environment forbids although each value alone is well formed."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from routing.settings.secret_key import weakness
from routing.settings.shape import Settings

REHEARSED = ("LEADLINE_CLOCK", "LEADLINE_FAILPOINT")


def refusals(settings: Settings, given: Mapping[str, str]) -> list[str]:
    """One line for each; ``given`` holds the settings that were not left to their defaults."""
    problems = []
    if settings.environment == "production":
        problems += _production_refusals(settings, given)
    if settings.environment == "demo" and not is_loopback(settings.host):
        problems.append("LEADLINE_HOST must be a loopback address in a demo, whose secrets are not secret")
    if "LEADLINE_CLOCK_SPEED" in given and "LEADLINE_CLOCK" not in given:
        problems.append("LEADLINE_CLOCK_SPEED needs LEADLINE_CLOCK, the instant to start at")
    if settings.practices is not None and not settings.practices.is_dir():
        problems.append(f"LEADLINE_PRACTICES is not a folder: {settings.practices}")
    return problems


def _production_refusals(settings: Settings, given: Mapping[str, str]) -> list[str]:
    problems = []
    if "LEADLINE_SECRET_KEY" not in given:
        problems.append("LEADLINE_SECRET_KEY is missing: make one with `openssl rand -base64 48`")
    elif weak := weakness(settings.secret_key):
        problems.append(f"LEADLINE_SECRET_KEY {weak}: make one with `openssl rand -base64 48`")
    if settings.secret_key_previous and settings.secret_key_previous == settings.secret_key:
        problems.append("LEADLINE_SECRET_KEY_PREVIOUS is the key itself: give the one before it, or none")
    if urlsplit(settings.public_url).scheme != "https":
        problems.append("LEADLINE_PUBLIC_URL must begin with https:// and be the address Twilio calls")
    if not settings.twilio_accounts:
        problems.append("LEADLINE_TWILIO_AUTH_TOKEN is missing (or LEADLINE_TWILIO_ACCOUNTS_FILE): webhooks need it")
    problems += [f"{name} is refused in production" for name in sorted(given) if name.startswith(REHEARSED)]
    return problems


def is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
