"""What the deployment's environment says: every ``LEADLINE_`` setting, read once per process."""

from routing.settings.accounts import TwilioAccount
from routing.settings.reading import SettingsError, read
from routing.settings.shape import Settings
from routing.settings.table import SETTINGS, Setting

__all__ = ["SETTINGS", "Setting", "Settings", "SettingsError", "TwilioAccount", "read"]
