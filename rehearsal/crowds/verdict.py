"""What a load showed: waits, service level, abandonment, and whether each invariant held."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

from rehearsal.crowds.load import Carried
from rehearsal.transcript import Failure, Transcript

ANSWERED_SOON_S = 20.0
DEAD_AIR = frozenset({"I1", "loop"})


@dataclass(frozen=True, slots=True)
class Invariant:
    """``broken`` names the calls; empty means it held."""

    name: str
    words: str
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Seconds from dialling to the talk of those who talked; shares from 0 to 1; ``refused`` by code."""

    calls: int
    ends: Counter[str]
    waits_s: tuple[float, ...]
    refused: Counter[str]
    callbacks_lost: int
    invariants: tuple[Invariant, ...]

    @property
    def answered_soon(self) -> float:
        return sum(wait <= ANSWERED_SOON_S for wait in self.waits_s) / self.calls if self.calls else 1.0

    @property
    def abandonment(self) -> float:
        return self.ends["gave up"] / self.calls if self.calls else 0.0

    @property
    def violated(self) -> bool:
        return bool(self.refused) or any(each.broken for each in self.invariants)


def judge(carried: Sequence[Carried], truth: Transcript, unowned: Sequence[str]) -> Verdict:
    """``unowned`` are the callers for whom the API shows no lead with an owner."""
    failures = truth.failures
    invariants = (
        Invariant("I1", "no dead air", _calls(failures, DEAD_AIR)),
        Invariant("I2", "every call an owned lead", tuple(unowned)),
        Invariant("I3", "one live call a coordinator", _calls(failures, frozenset({"I3"}))),
        Invariant("I10", "copies change nothing", _calls(failures, frozenset({"I10"}))),
    )
    named = DEAD_AIR | {"I3", "I10"}
    lost = sum(line.what == "status" and line.text.endswith("is lost") for line in truth.lines)
    return Verdict(
        len(carried),
        Counter(_end(each) for each in carried),
        tuple(wait for each in carried if (wait := _wait_s(each)) is not None),
        Counter(failure.code for failure in failures if failure.code not in named),
        lost,
        invariants,
    )


def _calls(failures: Sequence[Failure], codes: frozenset[str]) -> tuple[str, ...]:
    return tuple(failure.call for failure in failures if failure.code in codes)


def _wait_s(one: Carried) -> float | None:
    bridged = next((line.at_s for line in one.outcome.lines if line.what == "bridged"), None)
    return None if bridged is None else bridged - one.began_s


def _end(one: Carried) -> str:
    """In the words of the report."""
    lines = one.outcome.lines
    if one.outcome.bridged:
        return "talked"
    if one.outcome.status == "failed":
        return "cut off"
    if any(line.what == "speaks" for line in lines):
        return "left a message"
    if any(line.what == "hangs-up" and line.text == "has waited long enough" for line in lines):
        return "gave up"
    return "ended by our words"


def report(verdict: Verdict) -> str:
    ends = [f"{end:<20}{count:>6}  {count / max(verdict.calls, 1):>4.0%}" for end, count in verdict.ends.most_common()]
    lines = [
        f"{'calls':<20}{verdict.calls:>6}",
        *ends,
        f"{'wait to talk':<20}{_waits(verdict.waits_s)}",
        f"{'service level':<20}{verdict.answered_soon:>6.0%}  within {ANSWERED_SOON_S:.0f} s",
        f"{'abandonment':<20}{verdict.abandonment:>6.0%}",
        f"{'callbacks lost':<20}{verdict.callbacks_lost:>6}",
        f"{'refused':<20}{verdict.refused.total():>6}  {_codes(verdict.refused)}".rstrip(),
        *(_line(each) for each in verdict.invariants),
    ]
    return "\n".join(lines)


def _waits(waits_s: Sequence[float]) -> str:
    if not waits_s:
        return "nobody talked"
    tenth = quantiles(waits_s, n=10)[-1] if len(waits_s) > 1 else waits_s[0]
    return f"median {median(waits_s):.1f} s, nine in ten within {tenth:.1f} s, longest {max(waits_s):.1f} s"


def _codes(refused: Counter[str]) -> str:
    return ", ".join(f"{code} x {count}" for code, count in sorted(refused.items()))


def _line(each: Invariant) -> str:
    told = "holds" if not each.broken else f"BROKEN {len(each.broken)} times, first by {each.broken[0]}"
    return f"{each.name:<4}{each.words:<30}{told}"
