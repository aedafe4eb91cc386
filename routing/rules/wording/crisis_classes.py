"""Classes of words that the phrases of a crisis are built from: one place of a phrase each."""

TOOK = "took|taken|take|swallowed|swallow|popped|downed|ate|drank|snorted|shot|injected"
PILLS = (
    "pills|tablets|medication|medications|medicine|meds|xanax|tylenol|fentanyl|oxy|oxys|percs|percocet|benzos|opioids|"
    "ambien|klonopin|valium|adderall|methadone|insulin|bleach"
)
SELF = "myself|himself|herself|themselves"
KIN = (
    "husband|wife|boyfriend|girlfriend|partner|mom|mother|dad|father|son|daughter|brother|sister|baby|child|children|"
    "kid|kids|family|roommate|neighbor|boss|friend|ex"
)
SOMEONE = "me|us|him|her|them|someone|somebody|people|everyone|others|anyone"
HE = (
    "he|she|hes|shes|they|theyre|him|her|i|im|son|daughter|husband|wife|brother|sister|mom|dad|friend|boyfriend|"
    "girlfriend"
)
MANY = "10|12|15|20|25|30|40|50|60|80|90|100|dozen|dozens|ten|fifteen|twenty|thirty|forty|fifty|hundred"
PASTILLAS = "pastillas|medicinas|medicamentos|pildoras|tabletas|somniferos"
