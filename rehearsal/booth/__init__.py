"""The demo's phone booth: a page on which one person plays a caller and any coordinators. Loopback only."""

from rehearsal.booth.app import booth_app
from rehearsal.booth.live import Booth

__all__ = ["Booth", "booth_app"]
