"""Words of a reply to a pick-list: numbers, what may stand around an answer, how payers and visits are called."""

from collections.abc import Mapping
from types import MappingProxyType

from routing.rules.wording.folding import words
from routing.rules.wording.opt_out_doubts import POLITE

ORDINALS: Mapping[str, int] = MappingProxyType(
    {
        word: number
        for number, said in enumerate(
            (
                "1 one first 1st uno una primero primera primer",
                "2 two second 2nd dos segundo segunda",
                "3 three third 3rd tres tercero tercera tercer",
                "4 four fourth 4th cuatro cuarto cuarta",
                "5 five fifth 5th cinco quinto quinta",
                "6 six sixth 6th seis sexto sexta",
                "7 seven seventh 7th siete septimo septima",
                "8 eight eighth 8th ocho octavo octava",
                "9 nine ninth 9th nueve noveno novena",
            ),
            start=1,
        )
        for word in words(said)
    }
)
MAYBE_A_NUMBER = frozenset({"one", "una", "uno"})
""""The second one", "la una": beside another number these are none."""
AROUND = POLITE | frozenset(
    words(
        "the option number no choice i id ill im would like want choose prefer take go with for me we office "
        "place is it's "
        "its my yes yeah sure best works fine good closest nearest hi hello in at to near location that this "
        "number no um "
        "la el opcion numero quiero prefiero me conviene seria es esta si mi yo para hola en mejor queda cerca "
        "oficina "
        "consultorio lugar de a"
    )
)
"""Words that change nothing about the number or name they stand beside."""
DENIED = frozenset(words("not no except but instead never dont anything neither excepto menos ni tampoco nunca sino"))
NO_CHOICE = (
    "dont|not know|sure|care",
    "any|either of? them?",
    "whichever|whatever|anywhere",
    "doesnt matter",
    "no se",
    "cualquiera",
    "da igual",
    "no importa",
)
WRITTEN_OUT: Mapping[str, str] = MappingProxyType({"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"})

STATES: Mapping[str, str] = MappingProxyType(
    dict(
        entry.split(":")
        for entry in words(
            "alabama:al alaska:ak arizona:az arkansas:ar california:ca colorado:co connecticut:ct delaware:de "
            "florida:fl "
            "georgia:ga hawaii:hi idaho:id illinois:il indiana:in iowa:ia kansas:ks kentucky:ky louisiana:la maine:me "
            "maryland:md massachusetts:ma michigan:mi minnesota:mn mississippi:ms missouri:mo montana:mt nebraska:ne "
            "nevada:nv ohio:oh oklahoma:ok oregon:or pennsylvania:pa tennessee:tn texas:tx utah:ut vermont:vt "
            "virginia:va "
            "washington:wa wisconsin:wi wyoming:wy new_hampshire:nh new_jersey:nj new_mexico:nm new_york:ny "
            "north_carolina:nc north_dakota:nd rhode_island:ri south_carolina:sc south_dakota:sd west_virginia:wv"
        )
    )
)
ALSO_WORDS = frozenset(words("al co de hi id in la ma me mi mt ok or pa oh"))
"""State codes that are words as well: states only in capitals or after a comma."""

CALLED: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "payer": MappingProxyType(
            {
                "commercial": (
                    "private",
                    "commercial",
                    "employer",
                    "through|from work|job",
                    "privado|privada",
                    "trabajo",
                ),
                "medicaid": ("medicaid", "medi cal"),
                "medicare": ("medicare",),
                "self-pay": ("self pay", "cash", "out of pocket", "pay myself", "efectivo", "por mi cuenta"),
            }
        ),
        "patient": MappingProxyType(
            {
                "new": ("new", "first time|visit", "never been", "nuevo|nueva", "primera vez"),
                "established": (
                    "established|returning|existing|current",
                    "been there|here|before",
                    "ya soy|era paciente",
                    "ya he|habia venido|ido",
                    "conocido|conocida",
                ),
            }
        ),
    }
)
"""Attribute to value to the phrases that mean it beyond doubt, besides its own name."""

SHOWN: Mapping[str, Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "payer": MappingProxyType(
            {
                "commercial": {"en": "Private insurance", "es": "Seguro privado"},
                "medicaid": {"en": "Medicaid", "es": "Medicaid"},
                "medicare": {"en": "Medicare", "es": "Medicare"},
                "self-pay": {"en": "Self-pay", "es": "Pago propio"},
            }
        ),
        "patient": MappingProxyType(
            {
                "new": {"en": "I am new", "es": "Es mi primera vez"},
                "established": {"en": "I have been here before", "es": "Ya he venido antes"},
            }
        ),
    }
)
"""How a value is shown in a pick-list; any other by its own name."""
