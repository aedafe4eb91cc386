"""Where we may call: ordinary numbers of the listed regions, and nothing that costs extra (SEC-12)."""

import pytest

from worker.destinations import Refusal, refusal

US, AND_CANADA = frozenset({"US"}), frozenset({"US", "CA"})


@pytest.mark.parametrize(
    ("number", "regions", "expected"),
    [
        ("+18135550163", US, None),
        ("+12125550100", US, None),
        ("+14165550100", US, "region"),
        ("+14165550100", AND_CANADA, None),
        ("+17875550100", US, "region"),
        ("+17875550100", frozenset({"US", "PR"}), None),
        ("+13405550100", US, "region"),
        ("+18765550100", US, "region"),
        ("+18765550100", AND_CANADA, "region"),
        ("+18095550100", US, "region"),
        ("+12425550100", US, "not_in_use"),
        ("+16492315550", US, "region"),
        ("+19005550100", US, "premium"),
        ("+19765550100", US, "premium"),
        ("+12129760100", US, "premium"),
        ("+18005550100", US, "toll_free"),
        ("+18885550100", US, "toll_free"),
        ("+18335550100", US, "toll_free"),
        ("+442079460123", US, "region"),
        ("+442079460123", frozenset({"GB"}), None),
        ("+449098790123", frozenset({"GB"}), "premium"),
        ("+4918012345", frozenset({"DE"}), "shared_cost"),
        ("+447640123456", frozenset({"GB"}), "pager"),
        ("+445512345678", frozenset({"GB"}), "company"),
        ("+12120000000", US, "not_in_use"),
        ("+1911", US, "not_in_use"),
        ("+188222", US, "not_in_use"),
        ("911", US, "malformed"),
        ("88222", US, "malformed"),
        ("8135550163", US, "malformed"),
        ("+1 813 555 0163", US, "malformed"),
        ("+1813555016３", US, "malformed"),
        ("+18135550163;ext=9", US, "malformed"),
        ("+18135550163,,9", US, "malformed"),
        ("client:somebody", US, "malformed"),
        ("sip:somebody@example.com", US, "malformed"),
        ("+", US, "malformed"),
        ("", US, "malformed"),
    ],
)
def test_only_ordinary_numbers_of_listed_regions_are_called(
    number: str, regions: frozenset[str], expected: Refusal | None
) -> None:
    assert refusal(number, regions) == expected


def test_without_a_list_only_the_united_states_are_called() -> None:
    assert refusal("+18135550163") is None
    assert refusal("+14165550100") == "region"


def test_no_number_of_the_caribbean_passes_for_a_domestic_one() -> None:
    areas = (242, 246, 264, 268, 284, 345, 441, 473, 649, 658, 664, 721, 758, 767, 784, 809, 829, 849, 868, 869, 876)
    numbers = [
        f"+1{area}{exchange}{line:04d}" for area in areas for exchange in (222, 555, 654, 923) for line in range(60)
    ]
    assert len(numbers) > 5000
    assert {number for number in numbers if refusal(number) is None} == set()
