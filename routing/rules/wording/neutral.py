"""Finds words that would tell whoever sees a lock screen what somebody is treated for (42 CFR Part 2, compliance facts
sections 5 and 6). Letters and texts of treatment centres may hold none of them."""

from routing.rules.wording.folding import folded, phrase_pattern

REVEALING: tuple[str, ...] = (
    "detox|detoxification|detoxing",
    "rehab|rehabs|rehabilitation",
    "addict|addicts|addiction|addictions|addicted|addictive",
    "alcohol|alcoholic|alcoholism|drinking|drunk|sober|sobriety",
    "drug|drugs|opioid|opioids|opiate|opiates|heroin|fentanyl|cocaine|meth|methamphetamine|cannabis|marijuana",
    "substance|substances use|abuse|misuse|disorder?",
    "recovery|recovering|relapse|relapsed|withdrawal",
    "suboxone|methadone|naltrexone|vivitrol|buprenorphine|naloxone|narcan",
    "overdose|overdosed",
    "inpatient|outpatient|residential|iop|php|partial",
    "treatment|treatments center|centre|program|programme|facility|plan?",
    "clinic|hospital|hospitalisation|hospitalization",
    "admission|admissions|intake|admitted|bed|beds",
    "mental|behavioral|behavioural health|illness?",
    "psychiatric|psychiatry|psychiatrist|psychologist|therapist|therapy|counseling|counselling|counselor|counsellor",
    "depression|anxiety|bipolar|trauma|ptsd|diagnosis|diagnosed|disorder",
    "patient|patients",
    "aa|na meeting|meetings",
    "twelve|12 step|steps",
    "desintoxicacion|rehabilitacion|adiccion|adicciones|adicto|adicta",
    "alcoholismo|alcoholico|alcoholica|bebida|sobrio|sobria|sobriedad",
    "droga|drogas|opioides|heroina|fentanilo|cocaina|metanfetamina|marihuana",
    "recuperacion|recaida|abstinencia|sobredosis|metadona|naloxona",
    "tratamiento|tratamientos",
    "residencial|ambulatorio|hospital|hospitalizacion|clinica|internamiento|ingreso|admision|admisiones",
    "salud mental|conductual",
    "psiquiatra|psiquiatria|psiquiatrico|psicologo|psicologa|terapia|terapeuta|consejeria",
    "depresion|ansiedad|trauma|diagnostico|trastorno",
    "paciente|pacientes",
)
"""English and Spanish, folded as ``folding`` writes them."""
_REVEALING = tuple((phrase, phrase_pattern(phrase)) for phrase in REVEALING)


def reveals(text: str) -> str | None:
    """The first word of ours that ``text`` contains, as it stands there folded; None for a neutral text."""
    said = folded(text)
    found = (pattern.search(said) for _, pattern in _REVEALING)
    return next((hit.group(0).strip() for hit in found if hit), None)
