"""What an unwilling person says, as shapes: a few classes of words and the orders they stand in, so that wording nobody
wrote down is caught as well. All of it is doubtful: obeyed, and shown to a person. Folded as ``folding`` writes it."""

from collections.abc import Mapping
from types import MappingProxyType

from routing.rules.wording.opt_out_shapes_es import SHAPES_ES
from routing.rules.wording.opt_out_words import Language, Scope

CEASE = (
    "stop|quit|cease|end|halt|discontinue|stopping|cut|kill|pause|suspend|silence|mute|disable|deactivate|terminate|"
    "refrain|desist|enough|tired|sick|fed|hate|unwelcome|unwanted|unsolicited"
)
TEXTS = "texts|texting|messages|messaging|sms|txts|notifications|alerts|reminders|updates|blasts|promotions|promos|ads"
CALLS = "calls|calling|robocalls|voicemails|ringing|phoning|dialing"
MAILS = "emails|emailing|newsletters|mailings"
CONTACT = (
    "contact|contacting|communication|communications|correspondence|outreach|solicitation|solicitations|soliciting|"
    "marketing|advertising|spam|spamming|bothering|harassing|bugging|pestering|pinging|writing|reaching|followups"
)
REACH = (
    "text|texting|call|calling|contact|contacting|message|messaging|msg|email|emailing|write|writing|reach|reaching|"
    "bother|bothering|ping|follow|following|hit|hitting|harass|spam"
)
AGAIN = "again|anymore|ever|further|ever"
NOT = "dont|not|never|didnt|doesnt|wont|longer|without|neither"
WISH = (
    "want|need|wish|like|care|ask|asked|asking|consent|agree|agreed|appreciate|enjoy|request|requested|require|welcome|"
    "accept|authorize|authorized|permit|allow|subscribe|subscribed|opt|enroll|enrolled|register|registered"
)
HAVING = "to? be? receive|get|getting|receiving|have|see|hear|keep"
REMOVE = (
    "remove|delete|erase|drop|scratch|cross|strike|kick|pull|take|get|cut|exclude|unenroll|disenroll|unregister|"
    "deregister|unlist|delist|wipe|purge|clear|leave|keep"
)
RECORD = (
    "list|lists|database|system|records|file|texts|messages|thread|chat|group|contacts|program|directory|roster|thing"
)
YOU = "you|u|yall|ya"
LAW = "fcc|ftc|bbb|carrier|authorities|police|cops|harassment|spam|junk|attorney"

SHAPES: Mapping[Language, Mapping[Scope, tuple[str, ...]]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "email": (
                    f"{CEASE} ... {MAILS}",
                    f"{NOT} {WISH} ... {MAILS}",
                    f"{NOT} {WISH} {HAVING} ... ... {MAILS}",
                ),
                "calls": (
                    f"{CEASE} ... {CALLS}",
                    f"{NOT} {WISH} ... {CALLS}",
                    f"{NOT} {WISH} {HAVING} ... ... {CALLS}",
                    f"too|so many|much of? these|your? {CALLS}",
                ),
                "texts": (
                    f"{CEASE} it|up|out|this|that? with|of|about? ... {TEXTS}",
                    f"{NOT} {WISH} ... {TEXTS}",
                    f"{NOT} {WISH} {HAVING} ... ... {TEXTS}",
                    f"no more|further|additional|future ... {TEXTS}",
                    f"too|so many|much of? these|your? {TEXTS}",
                    f"turn|shut|switch ... {TEXTS} off",
                    f"turn|shut|switch off ... {TEXTS}",
                    "turn|shut|switch this|these|them|those off",
                    f"why am|are i|we still|always|even? getting|receiving ... {TEXTS}|{CALLS}|{MAILS}",
                ),
                "everything": (
                    f"{CEASE} it|up|out|this|that? with|of|about? ... {CONTACT}",
                    "stop|quit|cease following up",
                    "stop|quit|cease hitting|hit|blowing|blow|lighting me|us|my up|phone",
                    f"{NOT} {WISH} ... {CONTACT}",
                    f"{NOT} {WISH} {HAVING} ... ... {CONTACT}",
                    f"tired|sick|fed|done|enough ... {YOU} ... {REACH}",
                    "me|us|thats|its enough $",
                    "number|phone|line is? isnt|not for|with|of *",
                    "asked|asking|told|want|wanted|like|request|requested ... be taken|removed|deleted off|from|out",
                    f"never contacted|messaged|texted|called|emailed {YOU}",
                    "dont|not|never|didnt fill|filled|submit|submitted|complete|completed out|in? any|a|your? "
                    "form|forms|application|survey|request|requests",
                    "someone|somebody|anyone|they used|using|gave|put|entered|stole my number|phone|info|name|email",
                    "want|need nothing|anything further|more|else? ... from|with|to you|u|yall|your|this|company|"
                    "clinic",
                    "dont|never|not use|save|store this|my|our number|phone|info",
                    f"mind not {REACH}",
                    "leave|let ... in peace",
                    "dont|not|never|didnt recall|remember|believe|think ... "
                    "agreeing|signing|asking|giving|subscribing|requesting|consenting",
                    "guy|person|man|woman|lady|one|patient youre|you ... after|looking|seeking|want",
                    "changed|switched numbers|phones",
                    "number by|in mistake|accident|error",
                    f"ease|slow|calm|chill|tone|easy up|down|off|out|it? with|on ... {TEXTS}|{CALLS}|{MAILS}",
                    "longer wish|want to? be ... part|member|involved|included|associated",
                    f"cancel|remove|delete all|any|the|your|these ... {CONTACT}|{CALLS}|{MAILS}",
                    "dont|never|not send me|us another|any|more|anything|things|stuff|these|this|that|crap|shit",
                    "^ mute|silence|ignore|forget|block me|us|this",
                    "dont|never|not ... follow|following up",
                    "dont|never|not reach|write|ping|reply|respond|get|hit out|me|us|back|up|again",
                    "remove|delete|erase|drop|scratch|scrub|purge|wipe|clear|ditch|dump|trash|toss|lose|burn|destroy "
                    "my|this|our mobile|cell|cellphone|digits|line|contact|phone|number",
                    "^ theres|there is? no * here",
                    f"{NOT} {WISH} ... you|u|anyone|anybody|someone to {REACH}",
                    f"{NOT} want|need|like|wish ... to hear from",
                    f"no more|further|additional|future ... {CONTACT}",
                    f"dont|never|not ... {REACH} ... {AGAIN}",
                    f"dont|never|not {YOU}|ever|even dare|ever|even? {REACH} me|us|this|my",
                    f"dont|never|not try|keep|think|start|bother|dare|continue|ever to|about|of? {REACH}",
                    "no need|reason|point|use to|in|for? ... contact|contacting|follow|following|reach|reaching|"
                    "texting|messaging|writing|emailing ... me|us|again|anymore|further|up|out|texting",
                    f"no need|reason|point to|in? keep|continue|keeping ... {REACH}",
                    f"rather|prefer|would|wish|better not|no to? be? {REACH}|hear|heard|contacted|texted|called|"
                    "messaged|emailed|bothered|receive|get",
                    f"rather|prefer|appreciate|grateful ... {YOU} ... didnt|stopped|dont|not|quit|wouldnt",
                    f"you|u|yall can|may|should|need|must ... stop|quit|cease ... {REACH}|{TEXTS}",
                    f"{REMOVE} me|us|this ... from|off|out ... {RECORD}",
                    f"{REMOVE} my|this|our name|number|cell|info|phone|contact ... from|off|out ... {RECORD}",
                    "unenroll|disenroll|unregister|deregister|unlist|delist|unfollow me|us|my|this|from",
                    "want|wish|like|need|get|getting|how ... off|out of? this|these|your|ur|the "
                    "list|texts|messages|thing|thread|chat|group|messaging",
                    "how do|can|to|would i|we? unsubscribe|unenroll|opt",
                    "count|leave|keep me|us out of? this|it|these",
                    "without my|our|any|prior consent|permission|authorization",
                    "dont|never|not|no have|had|gave|give|given ... my|our|any? consent|permission",
                    "consent|permission is|was|has|hereby? been? revoked|withdrawn|rescinded|denied|revoke",
                    "take|taking back my consent|permission",
                    "unauthorized|unwelcome texts|messages|calls|contact",
                    "longer|arent|aint|zero interested|interest",
                    "no|zero interest|desire|use in|for|to your|ur|this|these|you|u|it|hearing|receiving|being|any|"
                    "program|services",
                    f"dont|not|never want|need anything|nothing ... from|with {YOU}",
                    "cut it|this|that|the out|crap",
                    "knock it|this|that off",
                    "no more of these|those|them",
                    "back|buzz|bug|bugger|jog|f|ef|eff|fuk|fck|fk off",
                    "lay off me|us|already|with|texting|calling|please",
                    "f|fuk|fck|fk|eff|screw|damn you|u|yourself|yourselves",
                    "go to hell|h",
                    "go f|fuck|screw|kick yourself|urself|yourselves|rocks",
                    "go bother|annoy|spam|bug|harass someone|somebody|other|others",
                    "get bent|stuffed",
                    "kick rocks",
                    "mind your|ur own? business",
                    "stfu|gtfo|kma|foad",
                    "stay away|out from|of? me|us|my ... phone|inbox|number?",
                    "shut the? hell|fuck|f? up",
                    "blowing|blow ... phone up?",
                    "how many times do|must|should|have|will i|we have|need|gotta? to? tell|say|ask|repeat|told|"
                    "asked|said",
                    "i|ive|we already|have|just? told|said|answered|texted you|u|yall|them|this? already|guys? no|stop",
                    "for the last time no|stop|dont|leave|quit|im|i am|dont",
                    f"{YOU} people|guys? are? so|very|really|being? annoying|creepy|ridiculous|unprofessional",
                    "texts|messages|calls|emails|texting|calling are|is|its? so|really|getting|very? "
                    "annoying|ridiculous|excessive|unwelcome|intrusive|harassment",
                    "end|ending|close this|our conversation|chat|thread|discussion",
                    f"done with|talking to? {YOU}",
                    f"lawyer|attorney|lawyers|attorneys will|is|be|shall|gonna ... {REACH}|hear|hearing|touch|"
                    "contacting|sue",
                    "hear|hearing from|to my|our lawyer|attorney|lawyers|attorneys",
                    f"take|taking|see {YOU}|this to|in court",
                    "legal action",
                    "small claims",
                    "class action",
                    "attorney general",
                    "better business bureau",
                    "tcpa|fcc|ftc|robocall|robocaller|telemarketer|telemarketers|telemarketing|spammer|spammers|"
                    "scammers|solicitors",
                    f"press|pressing|file|filing charges|complaint|lawsuit|report ... {YOU}|fcc|this|{LAW}",
                    f"call|calling the police|cops on {YOU}",
                    f"report|reporting|reported ... as|to|for ... {LAW}",
                    "report|reporting this|the|your|ur number|text|message",
                    "constitutes|considered|pure|text|phone harassment|spam",
                    "against the law",
                    f"sue {YOU}|yalls|ur|your",
                    f"will|ill|gonna|going|im|am|now|just|getting ... block|blocking {YOU}|this|your|ur|the number?",
                    f"{YOU}|youre|ur|number is|are? getting|being|gonna|be|been|now? blocked",
                    "blocking|block this|your|ur|the number|texts|calls",
                    "wrong man|woman|girl|dude|individual|customer|client|recipient|family|human|name",
                    f"not|isnt|aint ... who|person|one|guy|woman|man|patient {YOU}|youre|your|ur",
                    "dont even? know who you|u|yall",
                    "dont|not know anyone|anybody|any by|named|called",
                    "nobody|noone|anyone|person|one|somebody named|called|like ... here|number|house",
                    "no such person|patient|one",
                    "theres|is|have no|not * at|on|by|with this|that number|phone|name",
                    "not|isnt *s phone|number|cell",
                    "number|phone belongs to|now ... else|me|my",
                    "someone|somebody elses|else number|phone|now",
                    "doesnt|dont|not live|lives|work|works here",
                    "doesnt|longer have|has|own|owns|use|uses this|that number|phone",
                    "had this number|phone for|since",
                    "this is a landline",
                    "you|youre|got|have|has|keep|texting|calling|texted|called ... wrong house|home|line|family",
                    "not your patient|customer|client",
                    "not|never a|been? patient|customer|client there|of|with|at",
                    "not|isnt|thats my|our name",
                    "old|previous|last|former|new|phone|number owner",
                    "dont|not know you|u|yall $",
                    "who|whoever|whomever|person ... want|looking|need|think|trying ... isnt|not me|us",
                    "whoever|whomever ... quit",
                    "youre|ur|are|keep texting|calling|messaging|contacting a|an",
                    "dnc",
                    "i|ill|will|going|gonna to? file|lodge|make|submit a|formal? complaint|lawsuit|grievance",
                    "next|another|one|more text|call|message ... ... police|cops|lawyer|sue|report|block",
                    "screenshots|screenshot|screenshotting ... lawyer|attorney|court|evidence|police",
                    "expect|face|facing|get a lawsuit",
                    "i|ill|will|gonna sue",
                    "reported|blocked|blocking|reporting and|n blocked|reported|blocking|reporting",
                    "mark|marked|marking|flag|flagged|flagging ... spam|junk|scam",
                    f"never|didnt gave|give|given|shared {YOU}|out|anyone my|this number|phone|contact|cell",
                    f"never heard of {YOU}|this",
                    f"longer need|want|require {YOU}|it|this",
                    "^ no|nah|nope|ok|please|pls|plz|sorry ... no more $",
                    "leave|keep my|me|us|this|our ... out of this|it|your",
                    f"do|will|would {YOU} ... ever|never quit|stop",
                    "never|didnt|not request|requested|solicit|solicited ... any|info|information|this|these|that",
                    "discontinue|cease|desist|halt|remove|delete please|pls|plz|these|this|all|immediately|it? $",
                    "mistaken|mistook|confused me|identity",
                ),
                "unnamed": (
                    "demand|demanding|insist|insisting|beg|begging|request ... you|this|these|all ... stop|cease|"
                    "quit|end",
                    "demand|request|requesting removal",
                    "dont you|u|yall understand|get|know ... no|stop",
                    "no means no",
                ),
            }
        ),
        "es": SHAPES_ES,
    }
)
