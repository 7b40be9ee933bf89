"""Frequent given and family names of several languages; the rest is put together from syllables.

Facts: names that the statistics offices of these countries list among the most frequent, in no
exact order. Nobody is meant by a combination of them.
"""

from __future__ import annotations

_WOMEN = """
mary maria jennifer fatima anna elizabeth linda patricia barbara susan jessica olga sarah
karen nancy elena lisa margaret sandra ashley emily carmen ana kimberly donna michelle laura
amanda melissa aisha deborah stephanie rebecca natalia sharon cynthia amy irina ursula isabel
angela monika shirley kathleen helen yan katarzyna samantha christine rosa emma catherine
virginia svetlana rachel janet carolyn lucia heather diane julie joyce victoria tatiana kelly
christina joan evelyn zainab lauren judith yasmin cheryl andrea hannah martha jacqueline
frances gloria teresa ann kathryn sara janice alice julia grace amina judy sofia sophia pilar
ingrid renate francesca giulia valentina dolores priya sunita layla mariam khadija joanna
malgorzata ewa zofia marta eva petra agnes nadia leila sabine claudia birgit heike anja
mercedes beatriz raquel ines
"""
WOMEN = tuple(_WOMEN.split())

_MEN = """
james jose john mohammed robert michael david william richard juan joseph thomas alexander
charles christopher daniel carlos matthew anthony mark ahmed antonio luis steven paul andrew
sergei peter joshua hans kenneth kevin brian george francisco edward ali timothy manuel ronald
vladimir jason jeffrey ryan jacob pedro gary nicholas eric jonathan stephen dmitri larry
justin scott brandon benjamin jorge samuel gregory frank raymond miguel patrick alexei wei
jack dennis jerry rafael tyler aaron henry douglas ibrahim jean adam hassan nathan andreas
zachary walter kyle harold carl jeremy gerald keith roger arthur terry lawrence sean fernando
christian albert joe ethan austin jesse willie mikhail bruce billy bryan omar ralph roy jordan
eugene wayne louis javier dylan alan khalid vincent nikolai klaus juergen giuseppe giovanni
krzysztof andrzej piotr yusuf mustafa abdullah rajesh sanjay hiroshi viktor ivan pavel stefan
wolfgang dieter karl ramon
"""
MEN = tuple(_MEN.split())

_FAMILIES = """
smith garcia johnson williams brown jones wang rodriguez miller davis martinez hernandez lopez
gonzalez wilson anderson li thomas taylor moore ivanov mueller jackson martin lee perez
thompson white zhang harris sanchez clark ramirez nguyen lewis robinson walker young khan
allen king wright scott torres schmidt hill flores green adams liu nelson baker hall rivera
campbell mitchell carter roberts gomez chen phillips evans turner diaz ahmed parker cruz
edwards collins reyes kim stewart morris morales murphy cook rogers gutierrez smirnov ortiz
morgan cooper peterson bailey reed kelly howard ramos ali cox ward richardson watson brooks
chavez wood james bennett gray mendoza ruiz hughes price alvarez castillo sanders patel myers
yang long ross foster jimenez schneider fischer weber meyer wagner becker schulz hoffmann
kuznetsov popov vasiliev petrov sokolov mikhailov novikov fedorov morozov volkov rossi russo
ferrari esposito bianchi romano colombo silva santos ferreira pereira oliveira costa rodrigues
martins nowak kowalski wisniewski wojcik kowalczyk kaminski lewandowski hussein hassan ibrahim
mohamed mahmoud khalil singh kumar sharma gupta tanaka suzuki sato takahashi watanabe park
choi jung tran pham hoang bernard dubois durand moreau laurent lefebvre michel yilmaz kaya
demir celik hansen johansen andersson johansson karlsson nilsson larsen jensen nielsen
pedersen devries jansen bakker visser papadopoulos horvath kovacs szabo novak svoboda popescu
ionescu kovalenko shevchenko bondarenko
"""
FAMILIES = tuple(_FAMILIES.split())

ONSETS = (
    "b", "br", "ch", "d", "dr", "f", "g", "gr", "h", "j", "k", "kl", "kr", "l", "m", "n", "p", "pr",
    "r", "s", "sh", "sk", "st", "t", "tr", "v", "w", "y", "z", "gh",
)  # fmt: skip
VOWELS = ("a", "e", "i", "o", "u", "ai", "ou", "ia")
CODAS = ("", "", "n", "r", "l", "s", "m", "nd", "rt", "k", "lz", "st")
ENDINGS = (
    "son", "ov", "ova", "ez", "ski", "mann", "berg", "idis", "ini", "dze", "yan", "oglu", "enko",
    "sen", "ian", "eau", "ford", "ton", "ley", "aldi", "wala", "ani", "wu", "ra", "o", "a", "i",
    "e",
)  # fmt: skip
