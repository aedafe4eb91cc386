"""What counts as an opt-out only as a whole message, what is doubtful, and what merely sounds like one. A doubtful
phrase is obeyed all the same and shown to a person (compliance facts section 4, CTIA: ordinary language counts)."""

from collections.abc import Mapping
from types import MappingProxyType

from routing.rules.wording.folding import words
from routing.rules.wording.opt_out_words import Language, Scope

KEYWORDS: Mapping[Language, frozenset[str]] = MappingProxyType(
    {
        "en": frozenset(
            words("stop stopall unsubscribe unsub end quit revoke optout cancel remove halt cease desist delete")
        ),
        "es": frozenset(
            words(
                "alto basta parar pare paren cancelar cancele cancelen detener detenga detengan salir baja fin "
                "terminar eliminar nomas dejen parenle parale parele desuscribir desuscribirme desistir remover quitar"
            )
        ),
    }
)
"""A message of nothing but these and polite words. The law names the first ones (47 CFR 64.1200(a)(10))."""
KEYPHRASES: Mapping[Language, frozenset[str]] = MappingProxyType(
    {
        "en": frozenset(
            {
                "stop all", "opt out", "no more", "stop it", "stop this", "stop that", "stop everything", "stop these",
                "remove me", "delete me", "end all", "cancel all", "stop them", "stop now", "text stop", "stop text",
                "stop texts", "quit it", "do not contact", "dont contact", "do not call", "dont call", "do not text",
                "dont text", "do not disturb", "leave me alone", "no texts", "no calls", "no emails", "no messages",
                "stop calls", "stop emails", "take me off", "stop subscription", "end subscription",
            }
        ),
        "es": frozenset(
            {
                "no mas", "ya no mas", "no molestar", "no molesten", "no molestes", "no llamar",
                "no llamen", "no escribir",
                "no escriban",
                "no enviar", "no envien", "no manden", "no contactar", "alto ya", "quiero cancelar", "no quiero mas",
            }
        ),
    }
)  # fmt: skip
DOUBTFUL_KEYWORDS: Mapping[Language, frozenset[str]] = MappingProxyType(
    {
        "en": frozenset(
            {
                "enough",
                "enough already",
                "shut up",
                "wrong",
                "wrong no",
                "spam",
                "block",
                "blocked",
                "exit",
                "im out",
                "nomore",
                "thats enough",
                "enough is enough",
                "why am i getting this",
                "why am i getting these",
                "lay off",
                "cancel everything",
                "junk",
                "unwanted",
                "unsolicited",
                "harassment",
                "reported",
                "removal",
                "let me go",
                "let me be",
                "beat it",
                "count me out",
                "i want out",
                "take a hike",
                "get a life",
                "never again",
            }
        ),
        "es": frozenset(
            {
                "para",
                "ya no",
                "dar de baja",
                "bloqueado",
                "ya estuvo",
                "de baja",
                "callate",
                "deje",
                "deja",
                "bloquear",
                "suficiente",
                "no quiero",
                "ya para",
            }
        ),
    }
)
SIGNS = ("\U0001f6d1", "\U0001f6ab", "\u26d4", "\U0001f595", "\U0001f645")
"""A message of signs alone with one of these in it: stop sign, prohibited, no entry and the like."""
POLITE = frozenset(
    words(
        "please pls plz plse pleas thanks thank you thx ty thankyou ok okay sir maam por favor porfavor porfa gracias"
    )
)
IMPATIENT = POLITE | frozenset(
    words(
        "now already immediately asap hi hey hello just kindly omg lol ugh bro dude guys yall u can could would "
        "will all right away fucking fuckin damn the hell seriously ya hola ahora inmediatamente mismo senor senora"
    )
)
"""Words around a keyword that change nothing; beside ``quit`` or ``end`` only the polite ones do not."""
INSISTENT = frozenset(
    words(
        "stop stopall unsubscribe unsub optout opt out basta alto paren pare parar parenle parale parele dejen remove"
    )
)
"""Keywords that the impatient words, too, may stand around."""

STOPPING = "stop|quit|cease|halt|kill|enough|tired|sick|hate|hating|refuse|unwanted|unsolicited|discontinue|stopping"
NO_WISH = "want|need|wish|like|care|ask|asked|consent|agree|appreciate|enjoy|signed|subscribe|subscribed"
ERASING = "remove|delete|erase|scrub|purge|strike|wipe|removed|deleted"
RECORD = "number|name|list|lists|database|system|records|contacts|phone|file"
STOPPING_ES = "dejen|deje|deja|paren|pare|parar|basta|alto|detengan|cancelen|terminen|harto|harta|cansado|cansada"
AT_WORK = (
    "dont|never|not|quit|stop call|calling me|us? at|on|in my|the? work|job|home|house|office|night|morning|"
    "mornings|weekend|nights|landline"
)
CALLED_WHEN = "stop|quit calling me|us? before|after|until|during|while|when|so|from"
TO_VOICEMAIL = (
    "stop|quit sending|forwarding|routing|transferring me|us? "
    "straight|directly|right? to|through|around ... voicemail|machine|vm"
)
TEXTED_AT = "dont|never|not|quit|stop text|texting me|us? at|on|in my|the? work|job|home|house|office|night"
TEXTED_WHEN = "stop|quit texting me|us? before|after|until|during|while|when|so|from"
CALLED_AT_ES = "no me|nos llame|llamen|llames al|en trabajo|mi|la casa|oficina?"
AT_ANOTHER = "dont|never|not call|text my|the home|house|work|office|landline|job phone|number|line?"
GOING_ON_ES = "no dejen|dejes|paren de *"
AHEAD: tuple[str, ...] = (
    AT_WORK,
    AT_ANOTHER,
    CALLED_WHEN,
    TO_VOICEMAIL,
    TEXTED_AT,
    TEXTED_WHEN,
    CALLED_AT_ES,
    GOING_ON_ES,
)
"""Doubtful though a certain phrase is part of them: read before it."""
DOUBTFUL: Mapping[Language, Mapping[Scope, tuple[str, ...]]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "email": (),
                "calls": (
                    AT_WORK,
                    AT_ANOTHER,
                    CALLED_WHEN,
                    f"{STOPPING} ... calls|calling|robocalls|ringing",
                    f"dont|not|never|didnt {NO_WISH} ... calls|calling|called",
                ),
                "texts": (
                    TO_VOICEMAIL,
                    TEXTED_AT,
                    TEXTED_WHEN,
                    f"{STOPPING} ... texts|texting|messages|messaging|sms|notifications|alerts|blasts",
                    f"dont|not|never|didnt {NO_WISH} ... texts|texting|messages|messaging|sms|texted|messaged",
                ),
                "everything": (
                    "wrong number|person|guy|lady|patient|phone|contact",
                    "not|isnt|never|longer his|her|their|my number|phone anymore?",
                    "nobody|noone|one|anyone here? by|with that name",
                    "number belongs to someone|somebody|another else|person",
                    "no longer at|using|on this number|phone",
                    "number was? changed|reassigned hands|owners?",
                    "not|no|never interested",
                    "uninterested",
                    "no longer need|want|require your? help|services|this|these|it|contact",
                    "never|didnt|not signed|sign|subscribed|subscribe|asked|ask|agreed|agree|consented|consent|"
                    "opted|opt up|for|to|in",
                    "how|where did|do you|u|yall get|got|have my number|info|information|name",
                    "who gave you|u my",
                    "this|its|it|that is? spam|harassment|harassing|spamming|illegal|unsolicited|scam",
                    "report|reporting|reported you|u|yall|this",
                    "reported as spam",
                    "sue|suing|block|blocking|blocked you|u|yall",
                    "fuck|screw|piss|eff you|u|off",
                    "go away",
                    "get lost",
                    f"{STOPPING} ... contacting|contact|emails|emailing|spam|spamming|bothering|harassing",
                    f"dont|not|never|didnt {NO_WISH} ... contact|contacted|contacting|emails|emailed|communication",
                    f"{ERASING} ... {RECORD}",
                    f"get|take me|us|my ... off|out ... {RECORD}",
                    "give it a rest",
                    "asked|said|want for? no texts|messages|calls|contact",
                    "why are|do you|u still|keep|always? still|keep? texting|calling|messaging|contacting|text|call me",
                    "you|u|yall are|keep? bothering|harassing|spamming|annoying me|us",
                    "no more of this|it|that",
                    "if|wish|rather you|u|yall stopped|quit|stop|stops",
                    "asked ... to be removed|unsubscribed|deleted|left",
                    "want|wanted|wish|like|requested to be removed|unsubscribed|deleted|left",
                    "never|didnt|not gave|give|given|granted you|u? permission|consent",
                    f"{ERASING} ... ... from|off ... list|lists|database|system",
                    "knock it off",
                    "enough with|of the|these|your|this texts|messages|calls|already",
                    "done|tired|sick|fed of|with|getting|receiving|up with? all? these|your|the texts|messages|"
                    "calls|emails",
                    "buzz|bugger off",
                    "back|bug off",
                    "take|remove|get|delete me|us off|from",
                    "remove|delete|erase me|us|my data|account|records",
                    "dont|not want|need your|this|these? help|services|anything|contact",
                    "dont|not want to? talk|speak|deal|be to|with|messaged you|u|yall|anyone",
                    "dont|not want this|these|them|it",
                    "dont|never|not call|text|message|contact",
                ),
                "unnamed": (
                    "how|where|can|could do|to|can|could? i|we|you? stop|end|cancel this|it|these|them|that",
                    "make it|this|these|them stop",
                    "you|u|yall need|must|better to? stop",
                    "want|wants|need it|this|these|them to? stop",
                ),
            }
        ),
        "es": MappingProxyType(
            {
                "email": (),
                "calls": (CALLED_AT_ES,),
                "texts": (),
                "everything": (
                    GOING_ON_ES,
                    "cancele|cancelen|cancelar|cancela todo",
                    "desactivar|desactiven|desactive|apagar|apaguen ... mensajes|notificaciones|alertas",
                    "numero|telefono|persona equivocado|equivocada|incorrecto|incorrecta|erroneo",
                    "se? equivoco|equivocaron|equivoca|equivocan|equivocaste|equivocados|equivocado de|numero",
                    "no soy esa|ese|la|el persona|paciente",
                    "ya? no es su|el numero|telefono",
                    "no me|nos interesa|interesan",
                    "no estoy|estamos|esta interesado|interesada|interesados",
                    "quien les|le|te dio mi numero",
                    "como|donde consiguieron|obtuvieron|tienen|consiguio mi numero",
                    "esto|es spam|acoso|estafa",
                    "equivocado|equivocada",
                    "los|les|te voy|vamos a reportar|denunciar|demandar|bloquear",
                    "reportarlos|denunciarlos|demandarlos|bloquearlos",
                    "borrenme|borreme|borrame|eliminenme|elimineme|quitenme|saquenme|bloqueenme|dejenme",
                    f"{STOPPING_ES} ... mensajes|textos|llamadas|correos|llamando|escribiendo|mandando|molestando",
                    "no quiero|deseo|necesito|queremos|pedi|manden|mande|mandes|envien|envie|envies|llamen|"
                    "escriban ... "
                    "mensajes|textos|llamadas|correos",
                    "no me|nos anden|ande|andes|sigan|siga|sigas|vayan|vaya|esten|este ... "
                    "*ando|*iendo|llamar|escribir|mandar|molestar|contactar",
                    "borren|borre|borra|borrar|eliminen|elimine|eliminar|quiten|quite|quita|quitar|quitenme|"
                    "remover ... "
                    "numero|lista|listas|nombre|datos|registro|sistema|base",
                    "vayanse|vayase|vete|larguense|largate",
                    "no quiero|necesito nada|sus|su|mas servicios|ayuda|contacto?",
                    "nunca|no me? registre|inscribi|suscribi|autorice|pedi",
                ),
                "unnamed": ("como|puedo paro|parar|detengo|detener|cancelo|cancelar esto|estos",),
            }
        ),
    }
)
BARE: Mapping[Language, tuple[str, ...]] = MappingProxyType({"en": ("stop",), "es": ("basta",)})
"""A last look: the word anywhere, where nothing said what is to end and no false friend explains it."""
