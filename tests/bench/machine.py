"""Three hundred runs of the desk's state machine: whatever happens in whatever order, the invariants hold."""

import argparse
import sys

import pytest

MACHINE = "tests/test_desk_machine.py"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=300)
    seeds = parser.parse_args().seeds
    return int(pytest.main([MACHINE, f"--seeds={seeds}", "--durations=1", "-o", "timeout=3600"]))


if __name__ == "__main__":
    sys.exit(main())
