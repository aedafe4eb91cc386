"""What counts as a crisis and what only sounds like one: a small corpus, each phrase with its verdict."""

import pytest

from routing.rules.wording.crisis import crisis_in
from routing.rules.wording.crisis_friends import FALSE_FRIENDS
from routing.rules.wording.crisis_words import CRISIS
from routing.rules.wording.folding import folded, phrase_pattern

SUICIDE = """
I want to kill myself
I'm thinking about suicide
my daughter is suicidal
I feel like killing myself tonight
I want to die
I just wanna die
I want to be dead
I've been cutting myself
she keeps hurting herself
he says he will hang himself
I'm going to end my life
I want to end it all
he wants to take his own life and I do not know what to do, he said he would kill himself
I wish I was dead
everyone would be better off without me
I don't want to live anymore
I don't want to be here anymore
I have nothing to live for
I can't go on
I'm tired of living
self-harm
I want to jump off the bridge
is this the 988 line
this pain is killing me and I want to kill myself
quiero morirme
me quiero matar
pienso en matarme
no quiero vivir
ya no quiero seguir viviendo
quiero quitarme la vida
no tengo ganas de vivir
mi hijo habla de suicidio
quiero hacerme daño
estaría mejor muerta
"""
OVERDOSE = """
I think I overdosed
my son is overdosing
he took too many pills
she swallowed way too many of her sleeping tablets
I took the whole bottle
he swallowed all of the pills
her lips are turning blue
his lips are blue
we need Narcan
I poisoned myself
he is ODing
creo que es una sobredosis
tomé demasiadas pastillas
se tomó... tomo muchas pastillas para dormir
necesito naloxona
tiene los labios morados
"""
EMERGENCY = """
this is an emergency
it's an emergency
please send an ambulance
call 911
I can't breathe
she's not breathing
he stopped breathing
I'm having chest pain
there is a pain in my chest
I think it is a heart attack
my father is having a stroke
he is having a seizure
my wife is unconscious
she passed out and won't wake up
he won't stop bleeding
my husband has a gun
he has a knife
he is going to kill me
my boyfriend threatened to kill me
he is hitting me
he keeps beating her
I was assaulted
I'm going to hurt somebody
I will kill him
I'm not safe at home
I am in danger
es una emergencia
llamen al 911
no puedo respirar
mi padre no respira
tengo dolor en el pecho
creo que es un infarto
está inconsciente
tiene una pistola
me quiere matar
me está golpeando
voy a matarlo
estoy en peligro
"""
NONE = """
I'm dying to quit
I'm dying to see a doctor about this knee
this pain is killing me
my back is killing me
my shoulder's killing me
these shoes are killing me
I need something to kill the pain
just killing time
my boss is going to kill me if I miss another day
my wife will kill me if I do not get this looked at
can you shoot me an email
I have shooting pains down my leg
stabbing pain in the hip
I need a flu shot
the cake is to die for
I'm dead tired
I don't want to die, I want to get clean
he is not suicidal
do you do suicide prevention training
he overdosed last year and has been clean since
my brother died of an overdose
I had a heart attack in 2019
I went to the emergency room last week
it's not an emergency
do you have an emergency contact form
I cut myself shaving and it got infected
I hurt myself playing tennis
I hurt myself at work
I want to see somebody about a mole
a mole check
orthopaedics
my knee hurts when I climb stairs
I need an X-ray of my wrist
detox for alcohol
I need rehab for my husband
outpatient program please
do you take Blue Cross
I want to stop drinking
looking for help with pills
my daughter is using heroin
how many days is the program
can I bring my own medication
I'd like to make an appointment
what are your hours
hello
hello this is relay operator two two four
representative
I need to reschedule
the pharmacy sent me
me muero de ganas de empezar
me muero de hambre
estoy muerto de cansancio
la rodilla me mata
este dolor me está matando
matar el tiempo
mi jefe me va a matar
no quiero morir, quiero ayuda
fui a la sala de emergencias ayer
no es una emergencia
me duele la espalda
quiero una cita para la piel
busco un programa de desintoxicación
¿aceptan Medicaid?
"""
CORPUS = [
    (words, verdict)
    for verdict, block in (("suicide", SUICIDE), ("overdose", OVERDOSE), ("emergency", EMERGENCY), (None, NONE))
    for words in block.strip().splitlines()
]


def test_the_corpus_has_a_hundred_and_twenty_phrases_and_none_twice() -> None:
    assert len({words for words, _ in CORPUS}) == len(CORPUS) >= 120


@pytest.mark.parametrize(("words", "verdict"), CORPUS)
def test_a_phrase_is_what_it_means(words: str, verdict: str | None) -> None:
    found = crisis_in(words)
    assert (found.category if found else None) == verdict


@pytest.mark.parametrize("words", [words for words, verdict in CORPUS if verdict])
def test_case_accents_and_punctuation_change_no_verdict(words: str) -> None:
    found = crisis_in(words)
    assert crisis_in(words.upper()) == found
    assert crisis_in(f"  {words.replace(' ', ', ')}!!! ") == found
    assert crisis_in(folded(words)) == found


@pytest.mark.parametrize("words", [words for words, verdict in CORPUS if verdict is None])
def test_a_false_friend_hides_no_crisis_beside_it(words: str) -> None:
    assert crisis_in(f"{words}. I want to kill myself.") is not None
    assert crisis_in(f"I want to kill myself. {words}.") is not None


def test_the_answer_names_a_phrase_of_the_table_and_never_the_words_said() -> None:
    found = crisis_in("my neighbour Ana Reyes took too many pills")
    assert found
    assert found.phrase in CRISIS[found.category]


def test_a_phrase_of_the_table_is_folded_as_the_words_it_is_compared_with() -> None:
    for phrase in (*FALSE_FRIENDS, *(each for phrases in CRISIS.values() for each in phrases)):
        plain = "".join(letter for letter in phrase if letter not in "|?*.")
        assert " ".join(folded(plain).split()) == " ".join(plain.split())
        phrase_pattern(phrase)


@pytest.mark.parametrize("words", ["", " ", "!!!", "a" * 10_000, "took " * 2_000, "\u0000\ud800", "我想死"])
def test_anything_at_all_is_answered(words: str) -> None:
    assert crisis_in(words) is None
