"""What only sounds like an opt-out, the words misspelled ones are taken for, and words never taken for another.
English and Spanish, folded as ``folding`` writes them."""

from collections.abc import Mapping
from types import MappingProxyType

from routing.rules.wording.folding import words

RELATIVES = "wife|husband|mom|mother|dad|father|parents|boss|employer|insurance|doctor|son|daughter|kids|spouse|"
"partner|doctors|pcp|pharmacy|dentist|therapist|hospital|school|neighbor|neighbors|landlord|ex"
DRUGS = (
    "alcohol|heroin|fentanyl|meth|opioids|opiates|pills|coke|cocaine|weed|xanax|benzos|adderall|suboxone|methadone|"
    "kratom|vapes|cigarettes|nicotine|medication|medications|meds|medicine|oxy|percocet|drugs|drinking|treatment"
)
DAYS = "monday|mondays|tuesday|tuesdays|wednesday|thursday|friday|saturday|sunday|morning|evening|weekend"
FALSE_FRIENDS: tuple[str, ...] = (
    "dont|not|never|didnt|cant|wont stop texting|calling|messaging|emailing|sending|reaching|trying",
    "why|if|because|since|when|cause you|u|they|yall dont|never|not|didnt ever? call|text|message|email|contact me|"
    "us back?",
    "why dont|didnt you|u|they|yall call|text|message|email|contact",
    "you|u|yall|they|nobody|he|she|it|did|have never|didnt|not|havent call*|text*|contact*|email*|messag*",
    "dont|never|not call|text|message|contact|email|ring me|us? back? before|after|until|till|til|during|between|"
    "unless|while|today|tonight|tomorrow|yet|right|early|late|monday|mondays|tuesday|wednesday|thursday|friday|"
    "saturday|saturdays|sunday|sundays|weekends",
    "dont|never|not call|text|message|contact|email me|us? on|at|in the|this? monday|mondays|tuesday|wednesday|"
    "thursday|friday|saturday|saturdays|sunday|sundays|weekends|weekend|morning|afternoon|evening|lunch",
    f"dont|never|not call|text|message|contact|email|tell my {RELATIVES}",
    "dont|not|quit|stop text|texting and|while driv*",
    "dont|not hesitate",
    "i|we|you|there|did|didnt|havent|hasnt|never|not|ive|has got|get|receive|received|see|have|had|been|were no|any "
    "more? "
    "texts|messages|calls|emails",
    "dont|never|wont|cant|not|afraid|scared to? be? leave|left|leaves me|us|him|her alone",
    "left me|us|him|her? alone",
    f"off of? my|the|his|her|all|these? {DRUGS}",
    f"take|get|remove me|him|her|it off|from of? {DRUGS}",
    "off|from|on of? your|the? wait|waiting|cancellation list",
    "off|from|on of? your|the? waitlist",
    "old|previous|other number|phone|address",
    "did|do|have you|u|they|yall lose|lost|forget|delete|remove|removed my|our? number|name|info|information",
    "i|we|accidentally|mistakenly typed|entered|put|gave|wrote|dialed|called|had|have|texted|used you? down? in|a|"
    "the|you? wrong number|phone|person",
    "not|no|longer|arent|isnt|aint interested in a|an|the|surgery|residential|inpatient|outpatient|detox|rehab|meds|"
    f"{DRUGS}|"
    "braces|implants|veneers|whitening|dentures|crowns|injections|shots|meetings|aa|na|weekly|nights|mornings|"
    "doing|having|going|insurance|pills|therapy|telehealth|virtual|group|anything",
    "report|reports you|u sent|send|need|needed|asked|requested|have|want|gave|mailed|mentioned|wrote",
    "went|goes|go|in|into|to my|the|your? spam",
    "spam folder|filter",
    "unsubscribed|unsubscribe|opted out? by accident|mistake|accidentally",
    "accidentally|mistakenly unsubscribed|opted|stopped|texted|replied out|stop?",
    "didnt|dont|not mean|want to? unsubscribe|stop|opt|end out|texts|getting|receiving? messages|texts?",
    "pain|rash|bump|bumps|mole|spot|it|swelling|cough|wont|doesnt|didnt|not|to|never|will|would go|goes|went away",
    "back off work|of",
    "never|not|didnt asked|ask|agreed|agree|signed for|to|up a|surgery|that|pain|meds|medication|pills",
    "at|by|near|since|until|till the end of",
    "blocked up|nose|artery|ear|duct",
    "hasta|mientras|antes|cuando|si que? no me|nos llame|llamen|llames|escriban|manden|contacten",
    "no me|nos llame|llamen|llames|escriba|escriban|mande|manden|busque|busquen|contacte|contacten antes|despues|"
    "hasta|entre|hoy|manana|todavia|"
    "tarde|temprano",
    "no me|nos llame|llamen|escriban|manden los|el lunes|martes|miercoles|jueves|viernes|sabado|sabados|domingo|"
    "domingos",
    "no me|nos mande|manden|envie|envien a|al|con",
    "lista de espera",
    "un stop",
    "hate calling|texting",
    "no me|nos deja|dejan|dejo|dejaba",
    "miss|missed|missing|return|returning your|the|a|any|my? call|calls|text|texts|message|messages|reminders|updates",
    "dont|not forget|wait to?",
    "tired|sick|enough|hate|quit|stop of? being|waiting|drinking|smoking|using",
    "no necesito|quiero quitar|borrar mi|el dolor",
    "i|id|we|he|she|they rather|would|could|did|do|can? rather? not|never|dont|didnt "
    "call|text|message|contact|email|reach|follow|write|reply|respond|get",
    "go|going|went away to|for|on|from|next|this|until",
    "get|getting back on|into|to work|school|my|normal|on",
    f"anyone|anybody|someone|you|need to call|contact|text|tell|ask|reach out? to? my|his|her {RELATIVES}",
    "i|we|im dont|not live|living|work|working here",
    "lawyer|attorney ... about|for my|the|a? records|record|letter|case|papers|court|paperwork|chart",
    "copy of the|my? report",
    "police|incident report",
    f"off|from|on of? the|your|my? {DAYS}? schedule|calendar|bill|policy|appointment",
    f"off|from|on of? the? {DAYS} group|class|session|slot|list",
    "cut it|this|that out of|from",
    f"hes|shes|theyre|he|she|they|{RELATIVES}|brother|sister|friend is|are|was|seems? not|isnt|arent|longer interested",
    "sorry|perdon|apologies|apologize|disculpe for|about|por ... messages|texts|calls|mensajes|llamadas",
    "take|took|make|made|had too|so many calls",
    "tired|sick|fed of|up calling|writing|texting|emailing|messaging the|around|other|every|forms|everyone|places|and",
    "dont|not need anything else",
    "why not call|text|email",
    "esto de la|las|los|el|beber|tomar|drogas",
    "no quiero|deseo|necesito mas|nada? de|la|las? cita|citas|sufrimiento|sufrir|problemas|recaidas|terapia",
    "no quiero|deseo|necesito recibir tratamiento|terapia|visitas|inyecciones|medicamento|medicinas|metadona",
    "cancelar|cancelo|cancelen|cancele la|mi|esa|una llamada|videollamada",
    "cansado|cansada|harto|harta de llamar|buscar|esperar|escribir|hablar|mandar",
    "no soy la|el|yo ... es|sino mi|su",
    "conozco a? ningun|ninguna|otro|otra doctor|doctora|dentista|clinica|lugar|terapeuta|hospital",
    "no se quien|quienes es|son mi|el|la|los",
    "registre|inscribi|suscribi en el|la|su portal|clase|programa|pagina|plan",
    "no hable con",
    "permiso|autorizacion de|del mi|doctor|trabajo|jefe|seguro",
    "siguen|sigue llamando de|del|otra|otro",
    "dolor|rodilla|muela|cabeza|pecho sigue molestando",
    "abogado ... por|para|con ... papeles|expediente|carta|caso|records",
    "equivocada|equivocado la|el|mi direccion|hora|fecha|dia|oficina",
    "hora|direccion|oficina|cita equivocada|equivocado",
    "basta con una|un|dos|que",
    "basta ya? de drogas|alcohol|beber|tomar|dolor|sufrir",
    "not|isnt|thats my name on|in|is",
    "make|makes it|this|him|her|me|them stop *ing",
    "is|are it|this|these? illegal|spam|scam|a to|or",
    "not a patient yet|but|before",
    "my|our number was|has|is? changed",
    "messaged|texted|called|emailed you back|about|yesterday|today|yet",
    "fill|filled|complete|completed|submit|submitted ... form|forms yet|because|before|since|correctly",
    "i|ive|we just? changed|switched numbers|phones",
    "equivoco|equivocaron en|con mi|la|el",
    "gave|give you my new",
    "no llamar|escribir|mandar|enviar antes|despues|hasta|hoy|manana|al|mi",
    "no|ni|sin mensajes|llamadas|llamada perdida|perdidas|de ustedes|hoy|todavia",
    "please|can you|we discontinue|remove|delete the|my|his|her ... stitches|mole|cast|tooth|appointment|medication",
    "estoy|estaba|dia|fecha|medicina|pastilla|rodilla|lado equivocado|equivocada",
    "do|will you need|have to stop",
    "no me|nos interesa|interesan la|el|una|un|los|las",
    "no estoy|esta interesado|interesada en la|el|una|un",
    "baja|bajas|alta presion|medica|laboral",
    "no quiero mas dolor|medicinas|pastillas|drogas|alcohol|cirugia",
)
"""Taken out first, so that the words beside them are still heard."""

BARE_FRIENDS: tuple[str, ...] = (
    "stop by|in|at|over|off|there|before|along|near|between|later|soon|tomorrow|today|tonight|anytime|or|and|being|"
    "time",
    "stop me if|when|anytime|from",
    "stop for a|gas|food|lunch|coffee|my|the|an|blood|labs|imaging|xray",
    "bus|truck|train|rest|pit|one|full|non|short|last|first|next|door|tab|subway|metro|trolley|tram|only|quick|"
    "single|whistle stop",
    "a|the|my|your|that|this|another stop",
    "stop sign|light|lights|watch|gap|loss|payment|date|dose",
    "stop *ing",
    "stop my|his|her|our|their",
    f"stop the|a|with|all? the? pain|bleeding|itch|itching|swelling|cycle|cravings|bottle|{DRUGS}",
    "i|we|he|she|they|ill|id|im|it|should|could|can|would|will|did|have|had|must|might|ever|even|just|finally|"
    "never? should|could|can|would|will|did|have|had|must|do|might|to|just|ever|even|really|finally|never|cant|"
    "wont stop",
    "i|we|he|she|they|who stop",
    "want|wants|wanted|wanna|need|needs|needed|try|trying|tried|ready|going|gonna|able|unable|decided|hope|hoping|"
    "promised|hard|easy|struggling|learn|like|love|help|afraid|scared|refuses|refused|willing|wish|used|have|has|"
    "had|how|when|where|way me|him|her|us|them? to? stop",
    "cant|cannot|wont|couldnt|didnt|doesnt|dont|not|never|nothing|without|helps|help|makes it|him|her|me|us|them|"
    "to? stop",
    "helps|help|makes|make|the|my|his|her pain|bleeding|cravings|itching|itch|spasms stop",
    "before|after|when|since|until|if i|he|she|we|you|they? stop",
    "start and|or|to stop",
    "basta con|que|una|un",
    "basta de dolor|sufrir|drogas|alcohol|beber|tomar",
    "hasta cuando|donde basta",
    "con eso|esto|uno|una basta",
)

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {
        "noo": "no",
        "mor": "more",
        "sto": "stop",
        **dict.fromkeys(
            words("stp stpo sotp tsop stopp stoo dtop syop stip stio sttop sstop st0p 5top stoip stopt stopo"), "stop"
        ),
        **dict.fromkeys(words("ztop xtop atop stob stpp tsotp s2op stap stawp stahp spto otps "), "stop"),
        **dict.fromkeys(words("txt tex tect texg tet txet"), "text"),
        **dict.fromkeys(words("txts texs texxts tets"), "texts"),
        **dict.fromkeys(
            words("txting txtin textin textn texing textng texitng txtng tecting texring texint"), "texting"
        ),
        **dict.fromkeys(words("msg mesage messge mssg"), "message"),
        **dict.fromkeys(words("msgs mesages messges msges mssgs"), "messages"),
        **dict.fromkeys(words("msging msgin mesaging"), "messaging"),
        **dict.fromkeys(words("callin caling callng caling cqlling"), "calling"),
        **dict.fromkeys(words("cal cll"), "call"),
        **dict.fromkeys(words("dnt donot dnot dony dpnt dotn odnt"), "dont"),
        **dict.fromkeys(words("qiut quti qit quitt quut qut"), "quit"),
        **dict.fromkeys(words("allone aloen alon"), "alone"),
        **dict.fromkeys(words("leav laeve leve"), "leave"),
        **dict.fromkeys(words("worng wrng rong wrogn"), "wrong"),
        **dict.fromkeys(words("nmber numer numbr nubmer"), "number"),
        **dict.fromkeys(words("emial emal"), "email"),
        **dict.fromkeys(words("msj mensaj mesaje"), "mensaje"),
        **dict.fromkeys(words("msjs mensjes mesajes"), "mensajes"),
        **dict.fromkeys(words("dejn djen"), "dejen"),
        **dict.fromkeys(words("envien enbien"), "envien"),
        **dict.fromkeys(words("yamen yame llmen"), "llamen"),
        **dict.fromkeys(words("vasta bsta baasta bastaa"), "basta"),
        **dict.fromkeys(words("k q ke"), "que"),
    }
)
"""Slips of short words, where a distance of one would take too many words for another."""

LOOKALIKES: frozenset[str] = frozenset(
    words(
        "resubscribe subscribe subscribed subscriber there three where here were their then than step steps shop "
        "top slop stoop store stow stomp stops stopped spot strop stock stood story also alto salto pasta hasta "
        "cancer cancels canceled cancelled cancelation cancun revolve remote removed removal reverse provoke evoke "
        "quiet quite suit quiz quilt quits quest auto alta altos pagar pasar parir parece parte pared tester "
        "testing tested resting nesting falling failing filling pulling caring calming cutting massage massages "
        "massaging masaje masajes passage contract contracts contracting contracted contrast along clone stone "
        "phone ring wring strong listed lists lost last lust text test tests next interest interesting interested "
        "email mail male emails main name named leave leaves heave weave live love leaf been being bedding sending "
        "spending feeling seeing saying ending bending mending lending numbers numb numbed lumber member remember "
        "remembered wrist writing written message messed lessons passages option options optician optical output "
        "withdrawal withdrawn withdrawing permit person personal parson wrong world word concert content context "
        "consult consults consultation consultations concerns marketing parking working talking taking making "
        "waking walking receiving reviewing relieving reminder reminders remainder bothered brother brothers "
        "mother another father unsure spasm spasms equivocal llama llamar llamo llamas llamada llegar lleva dejar "
        "dejado bajar bajo cabeza salir salida saber mejor mejorar manda mandar mandado manera escribir escrito "
        "envio enviado enviar contacto contactar contrato"
    )
)
"""Real words near a word of the phrases; none is ever read as a slip of it."""
