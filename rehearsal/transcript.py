"""What really happened on the simulated network: timed lines, who was bridged with whom, and what was refused."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Line:
    """``what`` is dials asks answers hears rings ends silent presses picks-up bridged hangs-up status refused."""

    at_s: float
    call: str
    who: str
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Failure:
    """``code`` is Twilio's, or the rule of ours that was broken."""

    at_s: float
    call: str
    code: str
    where: str
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as the gateway answered it; ``url`` is empty for the words REST gave. ``took_s`` of the pace."""

    at_s: float
    call: str
    who: str
    url: str
    status: int
    took_s: float
    text: str


Reader = Callable[[Line | Shown], None]


@dataclass(slots=True)
class Bridge:
    call: str
    caller: str
    coordinator: str
    began_s: float
    ended_s: float | None = None


@dataclass(slots=True)
class Transcript:
    """The ground truth: the gateway never reads it, only the checks do."""

    lines: list[Line] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    bridges: list[Bridge] = field(default_factory=list)
    reader: Reader | None = None
    """Reads along: every line and document at the moment it comes. Documents are not kept here."""

    def write(self, line: Line) -> None:
        self.lines.append(line)
        if self.reader:
            self.reader(line)

    def show(self, shown: Shown) -> None:
        if self.reader:
            self.reader(shown)

    def fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        text = f"{failure.code} at {failure.where}: {failure.why}"
        self.write(Line(failure.at_s, failure.call, "network", "refused", text))

    def bridge(self, bridge: Bridge, lines: int = 1) -> None:
        """I3: more live bridges than the coordinator's phone has lines are a failure, and stay in the truth."""
        if len(self.live(bridge.coordinator)) >= lines:
            why = "the coordinator already talks to another caller"
            self.fail(Failure(bridge.began_s, bridge.call, "I3", bridge.coordinator, why))
        self.bridges.append(bridge)

    def live(self, coordinator: str) -> list[Bridge]:
        return [bridge for bridge in self.bridges if bridge.coordinator == coordinator and bridge.ended_s is None]

    def forget(self, call: str) -> None:
        self.lines = [line for line in self.lines if line.call != call]
        self.failures = [failure for failure in self.failures if failure.call != call]
        self.bridges = [bridge for bridge in self.bridges if bridge.call != call]

    def lines_of(self, call: str) -> list[Line]:
        return [line for line in self.lines if line.call == call]

    def failures_of(self, call: str) -> list[Failure]:
        return [failure for failure in self.failures if failure.call == call]


def written(lines: list[Line]) -> str:
    """Plain text, one line each: seconds since the first line, who, what."""
    if not lines:
        return ""
    began = lines[0].at_s
    return "\n".join(f"{line.at_s - began:7.1f} s  {line.who:<18} {line.what:<9} {line.text}" for line in lines)
