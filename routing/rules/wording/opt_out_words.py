"""How people say that they want to hear no more from us, by what they want to end: English and Spanish, folded as
``folding`` writes them. These phrases are certain wherever they stand; ``opt_out_doubts`` has what is not."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Scope = Literal["email", "calls", "texts", "everything", "unnamed"]
"""What somebody wants to end. ``unnamed``: she did not say; a policy reads it (compliance facts section 4)."""
Language = Literal["en", "es"]

END = "stop|quit|cease|end|halt|discontinue|stopping"
SENDING = "sending|getting|receiving|send"
LOOSE = (
    "me|us|all|any|of|the|these|those|your|ur|this|such|more|further|future|"
    "stupid|annoying|automated|with|them|damn|fucking"
)
HER = "me|us|this|here|my"
LIST = "list|lists|database|system|texts|messages|contacts|records|distribution|campaign|thread|group|chat"
KIND = "text|texting|messaging|sms|mailing|marketing|contact|call|calling|email|phone"


def both(first: str, last: str) -> str:
    """``first`` and ``last`` with up to three loose words between them."""
    return f"{first} {LOOSE}? {LOOSE}? {LOOSE}? {last}"


EXPLICIT: Mapping[Language, Mapping[Scope, tuple[str, ...]]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "email": (
                    both(f"{END} {SENDING}?", "email|emails|emailing|newsletter|newsletters|mailings"),
                    f"dont|never|not ever? email {HER}|anymore|again|ever",
                    "no|any more|further emails|email|newsletters",
                    "no emails please|pls|thanks|anymore",
                    "dont|not want|wanna|wish to? get|receive? any? more? your|these|the|of? emails|newsletter|"
                    "newsletters",
                    "unsubscribe me? from your|this|the|all|these? email|emails|newsletter|newsletters",
                ),
                "calls": (
                    both(END, "calling|calls|phoning|ringing|dialing|robocalls|phonecalls"),
                    f"{END} {LOOSE}? phone|sales|robo calls|calling",
                    "stop|quit call|phone me|us",
                    f"dont|never|not ever? call|phone|ring|dial {HER}|anymore|again|ever",
                    "no|any more|further phone? calls|calling",
                    "no phone? calls|calling please|pls|thanks|anymore|ever",
                    "dont|not want|wanna|wish to? get|receive|have|be? any? more? your|these|the|of|phone? calls|"
                    "called",
                    "off your|the|ur|this calling|call|phone|dialing list|sheet",
                    "refrain from calling",
                    "prefer|rather not to? receive|get|be? any|these|your|phone? calls|called",
                ),
                "texts": (
                    both(f"{END} {SENDING}?", "texting|texts|messages|messaging|sms|mms|textmessages|txts"),
                    both("stop|quit|cease|end sending|getting|receiving?", "text|message"),
                    "stop|quit sending me|us|these|this? this|these|that|stuff|crap|shit|things|links|anything|info",
                    "stop|quit sending me|us",
                    f"dont|never|not ever? text|message {HER}|anymore|again|ever|back|period|please|pls",
                    f"dont|never|not send {HER}|any|anymore|more|these? any|more|another|your|anymore? texts|text|"
                    "messages|message|sms|anything|spam|stuff|again|anymore",
                    "no|any more|further of? these|those|your? text|texts|message|messages|sms|texting|messaging",
                    "no texts|texting please|pls|thanks|anymore|ever",
                    "dont|not want|wanna|wish|need|like to? get|getting|receive|receiving|be? any|anymore? more? "
                    "your|ur|these|the|of|text? texts|texted|messages|texting|messaged",
                    "no longer want|wish to? get|receive|be? any? your|these|text? texts|texted|messages",
                    "off your|the|ur|this text|texting|message|messaging|sms list",
                    "end|cancel|turn|shut|kill off? the|these|your|my|all|any? future|further? text|sms? "
                    "texts|messages|subscription|alerts|notifications|messaging",
                    "stop the|your|these|all|sending? notifications|alerts|reminders|updates|promotions|ads|marketing",
                    "refrain from texting|messaging",
                    "prefer|rather not to? receive|get|be? any|these|your? texts|texted|messages|messaged",
                ),
                "everything": (
                    both(END, "contact|contacting|communication|communications|everything|soliciting|solicitations"),
                    f"{END} trying to call|reach|contact|text|sell",
                    f"{END} bothering|harassing|spamming|bugging|pestering|hounding|stalking|annoying|disturbing",
                    "stop|quit bother|harass|spam|bug|disturb me|us",
                    "stop|quit blowing up my|me? phone|up",
                    "stop|quit wasting my time",
                    f"dont|never|not ever? contact {HER}|anymore|again|ever",
                    f"dont|never|not ever? bother|harass|spam|bug|disturb|pester {HER}|again|anymore",
                    "dont|not reach out to? me|us|anymore|again",
                    "dont|not want|wanna|wish|like to? be contacted|bothered|solicited",
                    "dont|not want|wanna|wish|like to? be on your|this|the list",
                    "dont|not want|wanna|wish to? hear from you|u|yall|any",
                    "dont|not want anything|nothing to? do? from|with you|u|yall",
                    "no longer want|wish to? be? contacted|contact|hear",
                    "no|any more|further contact|communication|communications",
                    "leave me|us|this|my number|family|phone? alone|be",
                    "lose|delete|forget|erase|remove my|this|our phone|cell? number|contact|info|information|name",
                    f"take|remove|get|delete|scrub me|us off|from|out|of of? your|ur|this|the|ya|any|these? "
                    f"{KIND}? {LIST}",
                    "take|remove|get|delete|scrub my|this name|number|info|phone|contact number? from|off|out",
                    f"off of? your|ur|this|the? {KIND}? list|lists|database",
                    "refrain from contacting",
                    "do not call list|registry",
                    "cease and desist",
                    "dont|never|not solicit",
                    "dont|not bother|keep|even texting|calling|contacting|emailing|messaging",
                ),
                "unnamed": (
                    "unsubscribe|unsubscribed|unsubscribing|unsub|unsubscription",
                    "opt|opting|opted me|us? out",
                    "optout|optingout|stopall",
                    "revoke|withdraw|rescind|revoking|withdrawing my|our|any|all? consent|permission|authorization",
                    "i|we|already|have|ive said|sent|replied|texted|typed|wrote|responded stop|unsubscribe",
                    "told|asked|telling|asking|want|need you|yall|u guys|people? to? stop|quit",
                    "please|pls|kindly stop already|now|immediately|asap|it|this|these",
                ),
            }
        ),
        "es": MappingProxyType(
            {
                "email": (
                    "deje|deja|dejen|pare|paren|paren de? mandarme|enviarme|mandar|enviar mas|sus|tantos? correos|"
                    "emails",
                    "no me|nos mande|manden|mandes|envie|envien|envies mas|sus|tantos|los? correos|emails|correo|email",
                    "no mas correos|emails",
                    "no quiero|deseo recibir? mas|sus|estos? correos|emails",
                ),
                "calls": (
                    "deje|deja|dejen|dejar|dejes|pare|paren|parar de? llamar|llamarme|llamarnos|marcar|marcarme|"
                    "telefonear",
                    "ya? no me|nos llame|llamen|llames|marque|marquen|marques|telefoneen|telefonee",
                    "deje|deja|dejen|dejar|paren de estar? llamando|marcando",
                    "no me|nos vuelva|vuelvan|vuelvas a? llamar|marcar",
                    "no llamen|llame|llames|llamar|marquen mas|nunca|jamas|otra|por",
                    "no mas llamadas",
                    "basta de llamadas",
                    "no llamen|llame|llames a este|mi numero|telefono",
                    "no me|nos esten|este|estes llamando|marcando",
                    "no vuelvan|vuelva|vuelvas a? llamarme|llamarnos|marcarme",
                    "no quiero|deseo|queremos recibir? mas|sus|estas|de|tus? llamadas",
                    "no quiero|deseo|queremos que me|nos llamen|llame|marquen|llames",
                ),
                "texts": (
                    "deje|deja|dejen|dejar|dejes|pare|paren|parar|eviten|evite de? escribir|escribirme|escribirnos|"
                    "mandar|mandarme|mandarnos|enviar|enviarme|enviarnos|textear|textearme|mensajear|mensajearme",
                    "deje|deja|dejen|pare|paren|parar|detener|detenga|detengan|cancelar|cancele|cancelen|alto|"
                    "basta con|de|a|los|sus|estos? los|sus|estos|tantos|mis? mensajes|textos|sms",
                    "ya? no me|nos escriba|escriban|escribas|escriben mas|nunca|jamas|por|ya?",
                    "ya? no me|nos mande|manden|mandes|envie|envien|envies|textee|texteen|textees|mensajee|mensajeen",
                    "deje|deja|dejen|dejar|paren de estar? mandando|escribiendo|enviando|texteando",
                    "no me|nos vuelva|vuelvan|vuelvas a? escribir|mandar|enviar|textear|mensajear",
                    "no escriban|escriba|escribas|manden|envien|texteen mas|nunca|nada|jamas|otra|a este|mi? numero|"
                    "telefono?",
                    "no mas mensajes|textos|sms|mensaje",
                    "no me|nos esten|este|estes escribiendo|mandando|enviando|texteando",
                    "no vuelvan|vuelva|vuelvas a? escribirme|mandarme|enviarme|escribirnos",
                    "no quiero|deseo|queremos|quisiera recibir? mas|sus|estos|de|tus? sus|de? mensajes|textos|sms",
                    "no quiero|deseo|queremos recibir nada|mas|esto|estos",
                    "no quiero|deseo|queremos que me|nos escriban|escriba|manden|envien|texteen|escribas",
                ),
                "everything": (
                    "ya? no me|nos moleste|molesten|molestes|contacte|contacten|contactes|busque|busquen|busques",
                    "no me|nos esten|este|estes molestando|acosando|fastidiando",
                    "no vuelvan|vuelva|vuelvas a? molestarme|contactarme|buscarme|hablarme",
                    "borrar|eliminar|quitar|sacar mi|este|nuestro numero|telefono|nombre|contacto",
                    "ya? no me hablen|hable|hables mas|nunca|por",
                    "no me|nos vuelva|vuelvan|vuelvas a? molestar|contactar|buscar|hablar",
                    "no molesten|moleste|molestar|molestes mas|nunca|jamas|por",
                    "no quiero|deseo|queremos que me|nos contacten|molesten|busquen|contacte|moleste",
                    "no quiero|deseo ser contactado|contactada|molestado|molestada",
                    "no quiero|deseo saber nada|mas de ustedes",
                    "deje|deja|dejen|dejar|paren|pare|dejes de? molestar|molestarme|molestarnos|contactarme|"
                    "contactar|acosar|acosarme|fastidiar|fastidiarme|fregar|joder|chingar|insistir",
                    "deje|deja|dejen|dejar|paren de estar? molestando|insistiendo|fastidiando",
                    "dejeme|dejenme|dejame|dejenos|dejennos|dejanos ya? en|tranquilo|tranquila paz?",
                    "me|nos deje|dejen|dejes en paz",
                    "quiteme|quitenme|quitame|borreme|borrenme|borrame|saqueme|saquenme|sacame|elimineme|"
                    "eliminenme|eliminame|remuevame|remuevanme|retireme|retirenme de|del",
                    "borre|borren|borra|elimine|eliminen|elimina|quite|quiten|quita|saque|saquen mi|este|nuestro "
                    "numero|telefono|nombre|informacion|datos|contacto",
                ),
                "unnamed": (
                    "deme|denme|dame|darme|darnos|darse|quiero la? de baja",
                    "me|nos quiero|queremos|quisiera? dar de baja",
                    "revoco|retiro|cancelo mi|el consentimiento|permiso|autorizacion",
                    "no autorizo|consiento",
                    "no doy permiso|autorizacion",
                    "cancelar|cancelo|cancele|cancelen|anular mi|la? suscripcion",
                    "desuscrib*|desuscrip*|desinscrib*",
                    "ya basta",
                    "quitar|quitarme|borrar|borrarme|sacar|sacarme|eliminar|eliminarme de la|su|esta lista",
                    "basta ya",
                ),
            }
        ),
    }
)

GERUND = {"texts": "texting|messaging|texts", "calls": "calling|phoning|calls", "email": "emailing|emails"}
PLAIN_VERB = {"texts": "text|message", "calls": "call|phone", "email": "email"}
PAIRS: tuple[tuple[Scope, Scope], ...] = (("calls", "texts"), ("calls", "email"), ("texts", "email"))
TOGETHER: tuple[tuple[str, tuple[Scope, Scope]], ...] = tuple(
    (f"{before} {verbs[one]}|{verbs[other]} me|us? and|or|nor|n|y|ni {verbs[one]}|{verbs[other]}", (one, other))
    for one, other in PAIRS
    for before, verbs in ((f"{END} {LOOSE}?", GERUND), ("dont|never|not ever?", PLAIN_VERB))
)
"""Two ways ended in one breath: "stop calling and texting me"."""
