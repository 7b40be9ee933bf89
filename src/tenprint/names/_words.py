"""Words with a meaning of their own in names: titles, particles, nicknames.

Facts, collected by hand. Titles and particles: the usual ones of the European languages, Arabic,
Persian and Turkish (ICAO Doc 9303 part 3 names prefixes; IFLA, Names of Persons, 1996, names the
particles of each language). Nicknames: English ones as in common dictionaries of given names
(Hanks, Hardcastle and Hodges, A Dictionary of First Names, 2006) and well-known German, Spanish,
Italian, Russian and Polish ones.
"""

from __future__ import annotations

_TITLES = """
alhaji ambassador ayatollah capt captain cheikh col colonel dame dipl don dona dr esq fr frau
gen general gospodin hadji haji hajj hajji herr hon ii iii imam inc ing iv jr judge king lady
llc lord lt ltd madame mag maj major maulavi maulvi mawlavi mawlawi mba md minister miss
mister mlle mme mollah monsieur mr mrs ms mulla mullah pan pani phd prasident president
presidente prezident prince princess prof professor qari queen rev reverend sa sayyed sayyid
senator senor senora seyed sgt shaikh shaykh sheik sheikh shri sir smt sr sra syed
"""
TITLES = frozenset(_TITLES.split())

#: Particle to the form all its spellings share.
_OWN = """
de del della dello di da do dos das du des van von der den ter ten te zu zum zur vom la le las los
lo af av y e i und ap ab fitz st san santa mac na bou dit
"""
_ARABIC = {"al": "al el ul as ad ar an ash at az", "bin": "bin ibn ben ould wald bn",
           "bint": "bint bent binti"}  # fmt: skip
PARTICLES: dict[str, str] = {word: word for word in _OWN.split()} | {
    word: form for form, words in _ARABIC.items() for word in words.split()
}

#: One line a name: the full form first, then short and familiar ones.
_FAMILIAR = """
abigail abby gail
abraham abe bram avraham ibrahim
agnieszka aga
albert al bert bertie
alejandro alex sandro
aleksandr alexander alexandr alex sasha sascha shura sanya alik xander sandy olek aleksander
  iskander
aleksandra alexandra sasha alex sandra ola lexi
aleksey alexei alexey alyosha lyosha aleksei
alfred alf fred alfie
alice ali allie
amanda mandy
anastasia nastya stacy asya
anatoly tolya
andrew andy drew andreas andrei andrey andre andrzej anders
angela angie
anna ann anne annie anya ania nan nancy anita hanna
anthony tony anton antonio antoni toni
arthur art artie artur
barbara barb babs basia
barack barry
benjamin ben benny benji bibi
boris borya
bradley brad
brian bryan
caroline carol carrie karolina
catherine katherine kathryn cathy kathy kate katie kat kitty katya katarina katarzyna kasia
  ekaterina catalina kathleen
cecilia cecily
charles charlie chuck carlos karl carl chas charly karol
charlotte lottie lotte
christina christine tina chris chrissy kristina krystyna
christopher chris kit topher kris cristobal krzysztof christoph
daniel dan danny danilo
david dave davy davide dawid
deborah debbie deb debra
dimitri dmitry dmitri dima mitya dmitriy
dominic dom nick dominik
donald don donny
dorothy dot dottie dolly dorothea
douglas doug
edward ed eddie ted teddy ned eduardo eduard edek
eleanor ellie nell nora
elizabeth liz lizzie beth betty eliza elisabeth elise bess lisa elizaveta liza isabel ela elzbieta
emily em emma emilia
enrique quique henry henrik heinrich heinz hank harry henri enzo enrico
eugene gene evgeny evgeni yevgeny yevgeni zhenya eugenio jenya
ferdinand fernando nando
florence flo florrie
francis frank fran francisco paco pancho francesco franz frankie frantisek franciszek kiko curro
frances fran franny fannie francesca franziska
frederick fred freddy freddie friedrich fritz federico fryderyk
gabriel gabe gabi
galina galya
gennady gena
george georgie jorge georg jerzy georgi giorgio yuri georgios jurek
gerald gerry jerry
gerard gerry gerhard
grigory grisha gregory greg gregor grzegorz
guadalupe lupe
guillermo memo willy
gwendolyn gwen
hans johann johannes
harold harry hal
helen ellen nell elena lena helena yelena lenka
hubert bert
ignacio nacho
igor garik
ilya ilyusha elias
irina ira
ivan vanya
jacob jake jakob jakub kuba
jacqueline jackie
james jim jimmy jamie jaime diego santiago
jane jenny janet joan joanna jana
janina
jean jeannie
jeffrey jeff geoffrey geoff
jennifer jen jenny
jessica jess jessie
jesus chuy chucho
john jack johnny jon johann juan ivan giovanni jan jean johannes ioannis sean ian
jonathan jon jonny nathan
joseph joe joey jose pepe josef giuseppe beppe yusuf youssef josip jozef yosef sepp
joshua josh
judith judy
julia julie
julian jules
kenneth ken kenny
konstantin kostya konstantinos
larisa lara
lawrence larry laurence lorenz lorenzo laurent
leonard leo len lenny leonid lyonya
leopold leo poldi
lucia lucy luz
ludwig luis louis lou lewis luigi louie
lyudmila lyuda mila ludmila
magdalena magda lena
manuel manolo manny manu emmanuel emanuel immanuel
margaret maggie meg peggy marge margie greta rita gretchen margarita margarete malgorzata
  gosia marguerite
maria mary marie masha marija miriam maryam mariya molly polly marika mara
mark marcus marc marco markus marek
martin marty marcin
matthew matt matteo matthias mateo mateusz
maximilian max maxim maksim
mercedes meche
michael mike mick mickey mikhail misha miguel michel mikael michal mischa micky michele
michelle shelly
mohammed mohammad muhammad mohamed muhammed mohamad mehmet mahomet mamadou mohd md
natalia natalya natasha natalie nat nataliya
nathaniel nathan nate nat
nicholas nick nicky nikolai nicolas nikolay kolya niklas klaus nicola nico mikolaj nikolaus nikola
olga olya
oleg olezhka
oliver ollie olivier
pamela pam
patricia pat patty trish tricia
patrick pat paddy patricio patryk
paul pavel paolo pablo pasha pawel pauli
pedro peter pieter piet pete pyotr petr pietro piotr pierre petya pit petros perico
philip phil filip felipe philipp
rachel rae
raymond ray ramon raimund
rebecca becky becca
reginald reg reggie
ricardo richard rick dick rich richie ricky riccardo ryszard
robert bob bobby rob robbie bert roberto robby
rodrigo rodney rod
roger rodger ruggero
roman roma
ronald ron ronnie
rosario charo
rudolf rudi rudy
ruslan rus
samantha sam sammy
samuel sam sammy
sandra sandy
sarah sally sara
sebastian seb basti bastian
sergei sergey sergej serge seryozha sergio sergiy serhiy
sofia sophie sophia sonya
stanislav stas stanislaw stanley stan
stefan stephen steven steve stevie stephan esteban etienne stefano szczepan stefanos istvan
susan sue susie suzanne susanna zuzanna
svetlana sveta lana
tatiana tanya tatyana
teresa terry tess theresa therese tereza
theodore ted teddy theo fyodor fedor teodoro
thomas tom tommy tomas tomasz tommaso thom
timothy tim timmy timofey
ursula uschi ulla
valentina valya
valery valera
vasily vasya vasili basil vasyl vasilis
victor vic viktor vitya vittorio
victoria vicky vika viktoria tori
vincent vince vinny vincenzo vicente
viacheslav vyacheslav slava
vladimir vova volodya vlad volodymyr wladimir wlodzimierz
vladislav vlad slava wladyslaw
walter walt wally
wilhelm william will bill billy willy liam guillaume guillermo willi guglielmo
wolfgang wolf wolfi
xavier javier javi
yakov yasha
yulia julia yuliya iuliia
yuri yura yury yuriy
zachary zach zack
zbigniew zbyszek
"""

#: The words of each line.
FAMILIES: tuple[tuple[str, ...], ...] = tuple(
    tuple(line.split()) for line in _FAMILIAR.replace("\n  ", " ").strip().splitlines()
)


def _groups() -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for number, words in enumerate(FAMILIES):
        for word in words:
            found.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


#: Name to the numbers of the families of nicknames it belongs to; two names with a number in
#: common can be names of one person.
FAMILIAR: dict[str, frozenset[int]] = _groups()


def familiar_names(name: str) -> set[str]:
    """Other names that somebody called so may go by: short, familiar, of another language."""
    word = name.lower()
    return {each for n in FAMILIAR.get(word, ()) for each in FAMILIES[n]} - {word}
