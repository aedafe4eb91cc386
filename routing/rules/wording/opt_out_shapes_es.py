"""The shapes of ``opt_out_shapes`` in Spanish."""

from collections.abc import Mapping
from types import MappingProxyType

from routing.rules.wording.opt_out_words import Scope

SENT = "mensajes|mensajitos|textos|sms|notificaciones|alertas|recordatorios|promociones|publicidad|propaganda"
CALLED = "llamadas|llamada|llamaditas"
MAILED = "correos|emails|correo"
TO_REACH = (
    "llam*|mand*|envi*|escrib*|molest*|marcar*|marque*|texte*|mensaje*|contact*|busc*|busq*|fastidi*|ching*|jod*|"
    "frieg*|"
    "insist*|acos*|hostig*|habl*|comuni*"
)
REACHES = (
    "mande|manden|mandes|envie|envien|envies|escriba|escriban|escribas|llame|llamen|llames|marque|marquen|marques|"
    "moleste|molesten|molestes|contacte|contacten|contactes|textee|texteen|textees|busque|busquen|hable|hablen|hables|"
    "fastidie|fastidien|hostigue|hostiguen|acosen|jodan|joda|chinguen|chingues|frieguen|insista|insistan|comuniquen"
)
CEASE_ES = (
    "dejen|deje|deja|dejar|dejarme|paren|pare|parar|parenle|parele|bajenle|bajele|corten|corte|cese|cesen|suspendan|"
    "suspenda|suspender|detengan|detenga|terminen|termine|quiten|quite|eviten|evite|alto|basta|cancelen|cancele|"
    "cancelar|cancelo|harto|harta|hartos|cansado|cansada"
)
WISH_ES = (
    "quiero|deseo|quisiera|queremos|deseamos|necesito|necesitamos|acepto|permito|autorizo|autorice|gustaria|interesa|"
    "interesan|pedi|solicite|gusta|gustan"
)

SHAPES_ES: Mapping[Scope, tuple[str, ...]] = MappingProxyType(
    {
        "email": (f"{CEASE_ES} ... {MAILED}", f"no|ni {WISH_ES} ... {MAILED}"),
        "calls": (
            f"{CEASE_ES} ... {CALLED}",
            f"no|ni {WISH_ES} ... {CALLED}",
            "no|nunca|jamas|ni ... vuelva|vuelvan|vuelvas ... a? llamar*|marcar*|telefonear*",
        ),
        "texts": (
            f"{CEASE_ES} ... {SENT}",
            f"no|ni {WISH_ES} ... {SENT}",
            "no|nunca|jamas|ni ... vuelva|vuelvan|vuelvas ... a? escribir*|mandar*|enviar*|textear*",
            f"demasiados|tantos {SENT}",
            f"no mas ... {SENT}",
            f"por que me|nos siguen|sigue|mandan|manda|envian|escriben|estan ... {SENT}|mandando|escribiendo?",
        ),
        "everything": (
            f"dejen|deje|paren|pare|dejar|parenle ya? ya|por|favor? de|con {TO_REACH}",
            "no|nunca|jamas|ni ... vuelva|vuelvan|vuelvas ... a? molest*|contact*|busc*|habl*|comunic*",
            f"nunca|jamas|tampoco mas? me|nos? {REACHES}",
            f"no|nunca {REACHES} mas|nunca|jamas|otra|por|ya|nada",
            f"ya no me|nos|le|les|lo|la? {REACHES}",
            f"no {WISH_ES} que ... {REACHES}",
            f"ya? no {WISH_ES} recibir|recibirlos|recibirlo|informacion|info|contacto|comunicacion|spam",
            f"ya? no {WISH_ES} ... mas|nada ... de|con? ustedes|informacion|info|contacto|comunicacion",
            f"ya no {WISH_ES} nada|mas|esto|eso|saber|sus|su|participar|el|los|gracias servicio|servicios?",
            "harto|harta|cansado|cansada|fastidiado|fastidiada de ... ustedes",
            f"harto|harta|cansado|cansada|fastidiado de que ... {REACHES}|llaman|mandan|escriben|molestan",
            "me tienen hart*|cansad*|fastidiad*",
            "me|nos siguen|sigue mandando|enviando|escribiendo|llamando|molestando|insistiendo",
            "siguen|sigue mandandome|enviandome|escribiendome|llamandome|molestandome",
            "no me|nos|le|les interes*",
            "no estoy|estamos|esta interesad*",
            "sin interes",
            "se equivoco|equivocaron ... aqui|persona|numero|casa|telefono",
            "no soy|somos paciente|cliente de|suyo|suya|ahi",
            f"no {WISH_ES} que ... sigan|siga|esten|este|anden *ando|*iendo|*andome|*iendome",
            "favor|porfa|porfavor|solicito|pido|ruego|agradezco|agradeceria|prefiero|preferiria ... no ... "
            f"{TO_REACH}|"
            "recib*",
            "no los|las|te|les conozco|conocemos",
            "no tiene|usa este|ese numero|telefono",
            "nunca|no les|le|te|se di|dimos|he|dado mi numero|telefono",
            f"paren|dejen|deje|pare|dejense con|de eso|esto|ya|{TO_REACH}",
            f"cero|no|ni|sin|nada de? mas? {SENT}|{CALLED}|{MAILED}",
            "me|nos estan acosando|hostigando|fastidiando|chingando|molestando",
            "ya los|las|te|lo bloquee|reporte|denuncie|bloqueo",
            "no esten|este|estes|anden *ando|*iendo",
            "no me? vuelvan|vuelva",
            "equivocad*",
            "no soy|somos quien|ella|ese|esa",
            "no conozco|conocemos a|ningun|ninguna|quien|esa|ese",
            "no se quien|quienes son|es|eres|sean",
            "aqui|ahi no vive|existe|hay|es|trabaja ningun|ninguna|nadie|esa|ese|ella|el|con",
            "este|ese|mi|el numero|telefono no es|era|pertenece",
            "numero|telefono es de|ahora ... otra persona?",
            "no es|era el|su|mi numero|telefono",
            "voy|vamos a ... demand*|denunci*|report*|bloque*",
            "los|les|te|lo|las demando|denuncio|reporto|bloqueo|bloqueare|reportare|denunciare|demandare",
            "es|esto|considero|por|puro acoso|hostigamiento|ilegal",
            "mi abogado los|les|va|se|lo|contactara|hablara ... contactar|llamar|demandar?",
            "sin mi|nuestro? consentimiento|permiso|autorizacion",
            "no|nunca|jamas les|le|te|se? di|doy|he|tienen|tiene dado? mi? autorizacion|permiso|consentimiento",
            "no|nunca me? suscribi|registre|inscribi|autorice|autorizo|apunte|anote ... esto|mensajes|lista|nada?",
            "como|donde|quien ... consig*|obtuv*|sac*|dio|dieron mi numero|telefono|informacion",
            "quit*|borr*|elimin*|sac*|remuev*|retir* ... lista|listas|registros|sistema|base|directorio",
            "quit*|borr*|elimin*|sac*|remuev* mi|mis|este|nuestro numero|datos|telefono|informacion|nombre",
            "quiero|favor|pueden|puede|solicito|pido|como dar|darme|darnos|me|doy doy? de? baja",
            "lo|los|las|me voy a bloquear",
            "a|al la? mierda|chingada|verga|diablo|carajo|demonio",
            "vete|larguense|largate|largo de|ya|aqui",
            "ching* su|tu|a madre",
            "no ching*|joda*|frieg*|fastidi*|mame*|insist*",
            "ya? cuantas veces",
            "ya les|te|le|se dije|dijimos|lo que|no|dije",
            "basta|alto de|con esto|tanto|tanta|tantos|tantas|sus|eso|los|las",
        ),
        "unnamed": (
            "quiero|queremos|necesito|exijo|pido|solicito que me|se? paren|dejen|cesen|cancelen|detengan",
            "salir|salirme de la|su|esta|este lista|grupo|chat",
        ),
    }
)
