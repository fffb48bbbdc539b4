"""The words of the languages shipped, as tables: one Language each, and nothing else.

Tables of sentences (`sums`, `days`, `hours`) hold pairs: a regular expression that must fit the
whole question, with slots like `<a:n>` (see `language.matches`), and what it means. Every repeat
in them is bounded. To add a language, add a table to LANGUAGES.
"""

# ruff: noqa: E501

from __future__ import annotations

from msgspec import Struct

Rows = tuple[tuple[str, str], ...]


class Language(Struct, frozen=True, kw_only=True):
    """All that the exact tools know of one language.

    `telling` are words that give the language away; `openings` and `closings` are stripped from a
    question; `scales` are number words with their zeros; `operators` turn words into signs, in
    order, after `rewrites` have turned words into other words; `ordinals` are those that are no
    number words; `small` are the number words that also mean other things; `spans` name units of time,
    `days_named` days, `joins` what stands between two units, `into` and `many` the words of a
    conversion; `places` are names of places beside those that CLDR has.
    """

    telling: frozenset[str]
    openings: tuple[str, ...]
    closings: tuple[str, ...]
    scales: dict[str, int]
    operators: Rows
    rewrites: Rows = ()
    ordinals: dict[str, str]
    small: dict[str, str]
    money: dict[str, str]
    sums: Rows
    units: dict[str, str]
    into: tuple[str, ...]
    many: tuple[str, ...]
    inside: tuple[str, ...]
    one: tuple[str, ...]
    joins: tuple[str, ...]
    spans: dict[str, str]
    days_named: dict[str, str]
    weekday_frames: tuple[tuple[str, str], ...]
    relative: Rows
    days: Rows
    hours: Rows
    clock: Rows
    here: frozenset[str]
    places: dict[str, str]
    sayings: dict[str, str]


# fmt: off
_W = r"(?:[^\W\d_]{1,15} ){0,2}[^\W\d_'-]{1,20}"  # one to three words without a number

EN_SUMS: Rows = (
    (r"(?:percentage|what %|%|how many %) of <b:n> (?:is|are|does) <a:n>", "share({a}, {b})"),
    (r"<a:n> (?:is|are|as|makes) (?:what |a |how many )?(?:%|percentage) of <b:n>", "share({a}, {b})"),
    (r"(?:%|percentage) (?:is|are) <a:n> (?:of|out of) <b:n>", "share({a}, {b})"),
    (r"(?:<w:w> )?<a:n> (?:out )?of <b:n> (?:as a|in) (?:%|percentage)", "share({a}, {b})"),
    (
        r"(?:the )?(?:%|percentage) (?:increase|change|decrease|difference|rise|drop)"
        r" (?:from|between) <a:n> (?:to|and) <b:n>",
        "change({a}, {b})",
    ),
    (r"(?:increase|change|decrease|rise|drop) from <a:n> to <b:n> in (?:%|percentage)", "change({a}, {b})"),
    (r"(?:increase|raise) <a:n> by <b:n>%", "{a} + {b}%"),
    (r"(?:decrease|reduce|lower) <a:n> by <b:n>%", "{a} - {b}%"),
    (r"<a:n> (?:increased|raised|plus|\+|and|with) (?:by |a |an )?<b:n>%(?: (?:tip|tax|vat|sales tax|gratuity|more))?", "{a} + {b}%"),
    (r"<a:n> (?:decreased|reduced|lowered|less|minus|-|with)(?: by)? (?:a )?<b:n>% ?(?:off|discount)?", "{a} - {b}%"),
    (r"add <b:n>%(?: (?:tip|tax|vat))? to <a:n>", "{a} + {b}%"),
    (r"<b:n>% more than <a:n>", "{a} + {b}%"),
    (r"<b:n>% less than <a:n>", "{a} - {b}%"),
    (r"(?:take |a |price with )?<b:n>% (?:off|discount)(?: of| on| from)?(?: a)? <a:n>(?: price)?", "{a} - {b}%"),
    (r"(?:an? )?<b:n>% (?:tip|tax|vat|sales tax|gratuity)(?: on| for| of)?(?: a| an| the)? <a:n>(?: bill| meal| dinner)?", "{b}% of {a}"),
    (r"tip <b:n>% on <a:n>", "{b}% of {a}"),
    (r"<b:n>% (?:on|from) <a:n>", "{b}% of {a}"),
    (
        rf"(?:(?:the|this|my|an?) )?{_W} (?:was|is|costs?|cost)(?: originally| normally| usually)? <a:n>"
        r"(?: and| but|,)?(?: is| it's| it is| comes)?(?: now)?(?: on sale)?(?: for| with| at)? <b:n>%"
        r" (?:off|discount|cheaper|less|reduced)[.,;:]? ?(?:so )?(?:what's|what is|how much is)"
        r" (?:the |its )?(?:new |final |sale |reduced )?(?:price|it|it now)(?: now)?",
        "{a} - {b}%",
    ),
    (rf"(?:the )?(?:sale |final |new )?price of (?:an? |the )?(?:<c:n> )?{_W} (?:at|for|costing) <a:n> (?:with|at|after) (?:an? )?<b:n>% (?:off|discount)", "{a} - {b}%"),
    (rf"(?:an? )?<a:n> {_W} (?:is |with |at |has )?<b:n>% off", "{a} - {b}%"),
    (
        r"(?:we're|we are|there are|there's|there were)(?: a group of)? <b:n>(?: people| friends| persons| of us| guests){0,2}"
        r"(?:,? and|,|\.|;)? (?:the|our|a) (?:\w{1,15} )?(?:bill|total|check|cheque|tab|dinner|meal|rent)"
        r" (?:is|was|comes to|came to|of) <a:n>[.,;]? (?:so )?how much (?:does|do|should|must|will|is)"
        r" (?:each|everyone|everybody|each of us|each person|we each|it per person|it each)"
        r"(?: of us| person| one)?(?: have to| need to)?(?: pay| owe)?(?: each)?",
        "{a} / {b}",
    ),
    (
        r"(?:the|our|a) (?:\w{1,15} )?(?:bill|total|check|cheque|tab|dinner|meal|rent) (?:is|was|comes to|came to|of) <a:n>"
        r"(?:,? and|,|\.|;)? (?:we're|we are|there are|there were|split (?:between|by|among)|shared (?:between|by|among)|for)"
        r" <b:n>(?: people| friends| of us| persons){0,2}[.,;]? (?:so )?how much (?:does|do|should|must|will|is)"
        r" (?:each|everyone|everybody|each of us|each person|we each|it per person|it each)"
        r"(?: of us| person| one)?(?: have to| need to)?(?: pay| owe)?(?: each)?",
        "{a} / {b}",
    ),
    (r"(?:if )?(?:i |we )?(?:split|splitting|share|divide)(?: a| the)?(?: bill| check| total)?(?: of)? <a:n>(?: bill)?(?: evenly| equally)? (?:between|by|among|amongst|into|over) <b:n>(?: of us| people| friends| persons| ways| parts)?(?:,? how much (?:is it|does) each(?: pay| person pay)?)?", "{a} / {b}"),
    (r"(?:split|divide|share)(?: a)? <a:n>(?: bill)? <b:n> ways", "{a} / {b}"),
    (r"<a:n> (?:split|divided|shared)(?: evenly| equally)? (?:between|among|amongst|by|into|over|in) <b:n>(?: of us| people| friends| persons| ways| parts)?", "{a} / {b}"),
    (r"<a:n> split <b:n> ways", "{a} / {b}"),
    (r"<a:n>/<b:n> (?:as a|in|as) (?:%|percentage)", "share({a}, {b})"),
    (r"(?:the )?price (?:went|rose|fell|dropped|increased|decreased|changed) from <a:n> to <b:n>[.,]? (?:what|how much)(?: of a)? (?:%|percentage) (?:increase|decrease|change|drop|rise) (?:is|was) (?:that|it)", "change({a}, {b})"),
    (rf"(?:i|we) (?:paid|spent) <a:n> (?:for|on) <b:n> {_W}[.,]? (?:so )?how much (?:was|is|does|did|were) (?:each|one|each one|it each|a single one|each of them)(?: cost)?", "{a} / {b}"),
    (r"(?:the|my|our) bill (?:is|was|comes to) <a:n>(?:,? and|[.,]) i(?: want to|'d like to| would like to|'ll) (?:leave|give|tip|add)(?: a)? <b:n>%(?: tip)?[.,]? how much (?:is (?:the tip|that)|should i tip|tip is that)", "{b}% of {a}"),
    (r"how much (?:tip )?should i (?:leave|tip|give) (?:on|for)(?: a| an)? <a:n>(?: bill)? (?:at|with|for) <b:n>%", "{b}% of {a}"),
    (r"(?:i|we) (?:spent|paid) <a:n> (?:on|for) [a-z]{3,12}[.,]? (?:and )?(?:split|shared|divided)(?: it)? (?:between|among|by) <b:n>(?: people| friends| of us)?[.,]? how much (?:is it |is that |does |did )?(?:each|per person|everyone)(?: pay| owe)?", "{a} / {b}"),
    (rf"(?:(?:the|this|my|an?) )?{_W} (?:was|is|costs?|cost) <a:n>(?:,? and|,|\.)? (?:there's|there is|it's|it is|is|with|gets?|was)(?: now)? (?:an? )?(?:discounted by |reduced by )?<b:n>%(?: (?:off|discount|cheaper))?[.,;:]? ?(?:so )?(?:what do i pay|how much do i pay|what's the price|what is the price|how much is it|how much does it cost|what does it cost|what will i pay)(?: now| then| in the end)?", "{a} - {b}%"),
    (r"how many [a-z]{3,12} (?:are )?(?:there )?(?:are )?in <a:n> dozen", "{a} * 12"),
    (r"(?:if )?<b:n>(?: friends| people| of us| persons| colleagues){1,2} (?:share|split|are sharing|are splitting|shared)(?: a| the| our)?(?: bill of)? <a:n>(?: bill)?(?: equally| evenly)?[.,;]? (?:what|how much) (?:does|do|should|must|will) (?:each|everyone|each person|each of us|each of them|each friend)(?: person| of us)?(?: have to| need to)?(?: pay| owe| get)", "{a} / {b}"),
    (r"(?:average|mean|avg)(?: value)?(?: of| from)?(?: the numbers)? <a:l>", "mean({a})"),
    (r"median(?: of)?(?: the numbers)? <a:l>", "median({a})"),
    (r"(?:sum|total)(?: of)?(?: the numbers)? <a:l>", "sum({a})"),
    (r"add(?: up| together)?(?: the numbers)? <a:l>(?: together| up)?", "sum({a})"),
    (r"add <a:n> to <b:n>", "{b} + {a}"),
    (r"product of <a:l>", "product({a})"),
    (r"multiply <a:l>(?: together)?", "product({a})"),
    (r"multiply <a:n> (?:by|with|times) <b:n>", "{a} * {b}"),
    (r"divide <a:n> by <b:n>", "{a} / {b}"),
    (r"subtract <a:n> from <b:n>", "{b} - {a}"),
    (r"take <a:n> (?:away )?from <b:n>", "{b} - {a}"),
    (r"difference (?:between|of) <a:n> and <b:n>", "abs({a} - {b})"),
    (r"how (?:many times|often) does <a:n> (?:go|fit) in(?:to)? <b:n>", "{b} / {a}"),
    (r"(?:the )?remainder (?:of|when|if|for)(?: you divide)? <a:n>(?: is)? (?:divided |/ )?by <b:n>", "{a} mod {b}"),
    (r"(?:largest|biggest|highest|maximum|max|greatest)(?: number)?(?: of| out of| among)?:? <a:l>", "max({a})"),
    (r"(?:smallest|lowest|minimum|min)(?: number)?(?: of| out of| among)?:? <a:l>", "min({a})"),
    (r"(?:gcd|gcf|hcf|(?:greatest|highest) common (?:divisor|factor|denominator))(?: of)? <a:l>", "gcd({a})"),
    (r"(?:lcm|(?:least|lowest|smallest) common (?:multiple|denominator))(?: of)? <a:l>", "lcm({a})"),
    (r"(?:which|which one|which number|which fraction) is (?:bigger|larger|greater|more|higher)[,:]? <a:l>", "bigger({a})"),
    (r"(?:which|which one|which number|which fraction) is (?:smaller|less|lower)[,:]? <a:l>", "smaller({a})"),
    (r"round(?: off)? <a:n> to <b:n> (?:decimals?|decimal places?|digits after the (?:decimal )?point|places)", "round({a}, {b})"),
    (r"<a:n> rounded(?: off)? to <b:n> (?:decimals?|decimal places?|places)", "round({a}, {b})"),
    (r"round(?: off)? <a:n>(?: to the nearest (?:whole number|integer|whole))?", "round({a}, 0)"),
    (r"<a:n> rounded(?: off)?(?: to the nearest (?:whole number|integer|whole))?", "round({a}, 0)"),
    (r"round <a:n> to the nearest <b:n>", "round({a} / {b}, 0) * {b}"),
    (r"<a:n>(?:st|nd|rd|th) root of <b:n>", "root({b}, {a})"),
    (r"(?:factorial of|factorial) <a:n>", "{a}!"),
)

DE_SUMS: Rows = (
    (r"(?:wie ?viel|wieviele|wie viele) % (?:sind|ist|von) <a:n> von <b:n>", "share({a}, {b})"),
    (r"(?:wie ?viel|wieviele|wie viele) % von <b:n> (?:sind|ist) <a:n>", "share({a}, {b})"),
    (r"<a:n> von <b:n> (?:sind|ist|in)(?: wie ?viel| wie viele)? %", "share({a}, {b})"),
    (r"<a:n> (?:sind|ist) (?:wie ?viel|wie viele) % von <b:n>", "share({a}, {b})"),
    (r"(?:steigerung|erhöhung|zunahme|veränderung|anstieg|rückgang|änderung|prozentuale veränderung) von <a:n> auf <b:n>(?: in %)?", "change({a}, {b})"),
    (r"um (?:wie ?viel|wie viele) % (?:steigt|fällt|sinkt|wächst|erhöht)(?: es| der preis| er| sich)? von <a:n> auf <b:n>", "change({a}, {b})"),
    (r"<a:n> (?:plus|\+|zuzüglich|zzgl\.?|erhöht um|und|mit) <b:n>%(?: (?:mehrwertsteuer|mwst\.?|ust|trinkgeld|steuern?|aufschlag))?", "{a} + {b}%"),
    (r"<a:n> (?:minus|-|abzüglich|abzgl\.?|weniger|reduziert um|mit|bei) <b:n>%(?: (?:rabatt|skonto|nachlass|ermäßigung))?", "{a} - {b}%"),
    (r"<b:n>% (?:rabatt|nachlass|skonto|ermäßigung) (?:auf|von|bei) <a:n>", "{a} - {b}%"),
    (r"<b:n>% (?:trinkgeld|mehrwertsteuer|mwst|steuer) (?:auf|von|bei|für) <a:n>", "{b}% von {a}"),
    (r"<b:n>% (?:auf|aus) <a:n>", "{b}% von {a}"),
    (
        rf"(?:(?:der|die|das|eine?|mein|meine) )?{_W} (?:kostete|kostet|war|ist|hat)(?: vorher| normalerweise| sonst| eigentlich)? <a:n>"
        r"(?: gekostet)?(?: und|,|\.)?(?: ist| wird| sie ist| er ist| es ist| es gibt| jetzt ist| davon)?(?: jetzt| nun)?(?: um)? <b:n>% (?:reduziert|rabatt|günstiger|billiger|nachlass|herabgesetzt)(?: drauf)?"
        r"[.,;:]? ?(?:was kostet (?:sie|er|es|das)(?: jetzt| dann| noch)?|wie ?viel kostet (?:sie|er|es|das)(?: jetzt| dann| noch)?|was ist der (?:neue )?preis|wie hoch ist der (?:neue )?preis)",
        "{a} - {b}%",
    ),
    (rf"(?:der )?preis (?:für|von|einer|eines) (?:eine?n?m?r?s? )?{_W} (?:für|zu|von|um) <a:n> (?:mit|bei|nach|abzüglich) <b:n>% (?:rabatt|nachlass)", "{a} - {b}%"),
    (r"(?:was|wie ?viel) kostet (?:etwas|ein artikel|das) (?:für|zu) <a:n> (?:mit|bei|nach) <b:n>% (?:rabatt|nachlass)", "{a} - {b}%"),
    (
        r"(?:wir sind (?:zu )?|für )<b:n>(?: personen| leute| freunde)?(?:,? und|,|\.)? (?:die|unsere) (?:rechnung|gesamtrechnung|zeche)"
        r" (?:ist|beträgt|macht|war|betrug|lautet auf|liegt bei) <a:n>[.,;]? (?:und )?(?:wie ?viel|was) (?:zahlt|muss|bezahlt|kostet das)"
        r" (?:jeder|jede|jede person|pro person|jeder von uns)(?: von uns)?(?: zahlen| bezahlen)?",
        "{a} / {b}",
    ),
    (
        r"(?:die|unsere|eine) (?:rechnung|gesamtrechnung|zeche)(?: von| über| ist| beträgt| macht| war)? <a:n>(?:,? und|,|\.)? (?:wir sind (?:zu )?|für |durch |auf |geteilt durch |auf )<b:n>(?: personen| leute| freunde)?"
        r"(?: aufgeteilt| geteilt)?[.,;]? ?(?:(?:wie ?viel|was) (?:zahlt|muss|bezahlt|kostet das)"
        r" (?:jeder|jede|jede person|pro person|jeder von uns)(?: von uns)?(?: zahlen| bezahlen)?)?",
        "{a} / {b}",
    ),
    (r"(?:teile |teilen wir )?<a:n> (?:auf|unter|durch|aufgeteilt auf|geteilt auf|geteilt unter|verteilt auf|in) <b:n>(?: personen| leute| freunde| freunden| teile)?(?: aufgeteilt| geteilt| auf| verteilt| teilen)?", "{a} / {b}"),
    (rf"(?:(?:der|die|das|eine?|mein|meine) )?{_W} (?:kostete|kostet) <a:n>(?:,? und|,|\.)? (?:es gibt|ich bekomme|ich habe|davon gibt es|dazu gibt es|mit)(?: jetzt| noch)? <b:n>% (?:rabatt|nachlass)(?: darauf| drauf)?[.,;:]? ?(?:was|wie ?viel) (?:muss ich (?:be)?zahlen|zahle ich|bezahle ich|kostet (?:er|sie|es|das)(?: jetzt| dann)?)", "{a} - {b}%"),
    (r"<b:n> personen teilen (?:wir uns |sich )<a:n>[.,;]? (?:wie ?viel|was) (?:zahlt|bezahlt|muss) (?:jeder|jede)(?: zahlen| bezahlen)?", "{a} / {b}"),
    (r"(?:die )?rechnung(?: von| über)? <a:n> durch <b:n>(?: personen| leute)?", "{a} / {b}"),
    (r"<a:n>/<b:n> (?:als|in) (?:%|prozentzahl)", "share({a}, {b})"),
    (r"(?:welchen anteil (?:hat|haben) )?<a:n> von <b:n> in %", "share({a}, {b})"),
    (r"(?:durchschnitt|mittelwert|schnitt|mittel|durchschnittswert)(?: von| aus| der zahlen)? <a:l>", "mean({a})"),
    (r"median(?: von| aus)? <a:l>", "median({a})"),
    (r"summe(?: von| aus| der zahlen)? <a:l>", "sum({a})"),
    (r"(?:addiere|zähle|zähl|addier) <a:l>(?: zusammen)?", "sum({a})"),
    (r"produkt(?: von| aus)? <a:l>", "product({a})"),
    (r"(?:multipliziere|multiplizier) <a:n> (?:mit|und) <b:n>", "{a} * {b}"),
    (r"(?:teile|teil|dividiere) <a:n> durch <b:n>", "{a} / {b}"),
    (r"(?:subtrahiere|ziehe?) <a:n> von <b:n>(?: ab)?", "{b} - {a}"),
    (r"(?:differenz|unterschied) (?:zwischen|von|aus) <a:n> und <b:n>", "abs({a} - {b})"),
    (r"wie oft (?:passt|geht) <a:n> in <b:n>", "{b} / {a}"),
    (r"(?:der )?rest (?:von|bei|der division von) <a:n> (?:geteilt )?durch <b:n>", "{a} mod {b}"),
    (r"(?:größte|höchste|maximum|größter wert)(?: zahl| wert)?(?: von| aus| der zahlen)?:? <a:l>", "max({a})"),
    (r"(?:kleinste|niedrigste|minimum|kleinster wert)(?: zahl| wert)?(?: von| aus| der zahlen)?:? <a:l>", "min({a})"),
    (r"(?:ggt|größte[rn]? gemeinsame[rn]? teiler)(?: von| aus)? <a:l>", "gcd({a})"),
    (r"(?:kgv|kleinste[sn]? gemeinsame[sn]? vielfache[sn]?)(?: von| aus)? <a:l>", "lcm({a})"),
    (r"(?:was|welche zahl|welcher bruch) ist (?:größer|mehr)[,:]? <a:l>", "bigger({a})"),
    (r"(?:was|welche zahl|welcher bruch) ist (?:kleiner|weniger)[,:]? <a:l>", "smaller({a})"),
    (r"(?:runde )?<a:n>(?: gerundet)? auf <b:n> (?:nachkommastellen?|stellen?|dezimalstellen?|stellen nach dem komma)(?: gerundet| runden)?", "round({a}, {b})"),
    (r"runde <a:n>(?: auf (?:ganze zahlen|eine ganze zahl|die nächste ganze zahl|ganze))?", "round({a}, 0)"),
    (r"<a:n>(?:\.|te) wurzel (?:aus|von) <b:n>", "root({b}, {a})"),
    (r"fakultät (?:von )?<a:n>", "{a}!"),
    (r"(?:die )?hälfte von <a:n>", "(1/2) von {a}"),
)

ES_SUMS: Rows = (
    (r"(?:qué|que) (?:%|porcentaje) (?:de <b:n> (?:es|son|representan?)|es) <a:n>", "share({a}, {b})"),
    (r"(?:qué|que) (?:%|porcentaje) (?:es|son|representan?) <a:n> de <b:n>", "share({a}, {b})"),
    (r"<a:n> (?:qué|que|es qué) (?:%|porcentaje) es de <b:n>", "share({a}, {b})"),
    (r"<a:n> de <b:n> en (?:%|porcentaje)", "share({a}, {b})"),
    (r"(?:aumento|incremento|variación|cambio|subida|bajada|descuento)(?: porcentual| en %)? de <a:n> a <b:n>(?: en (?:%|porcentaje))?", "change({a}, {b})"),
    (r"<a:n> (?:más|\+|con) (?:el |un )?<b:n>%(?: de (?:iva|propina|impuestos?))?", "{a} + {b}%"),
    (r"<a:n> (?:menos|-|con|rebajado) (?:el |un )?<b:n>%(?: de (?:descuento|rebaja|dto))?", "{a} - {b}%"),
    (r"(?:un )?<b:n>% de (?:descuento|rebaja) (?:en|sobre|de|a) <a:n>", "{a} - {b}%"),
    (r"(?:un |una )?(?:propina del )?<b:n>%(?: de (?:propina|iva|impuestos?))? (?:sobre|para|en|a) <a:n>", "{b}% de {a}"),
    (r"propina del <b:n>% (?:sobre|para|de|en|a)(?: una cuenta de| la cuenta de)? <a:n>", "{b}% de {a}"),
    (
        rf"(?:(?:el|la|una?|mi|este|esta) )?{_W} (?:costaba|cuesta|valía|vale|era|estaba a|costó) <a:n>(?: y|,|\.)?(?: ahora)?(?: tiene| está| lleva| con| hay)?(?: ahora)?(?: rebajad[oa])?"
        r" ?(?:con |al )?(?:un |el )?<b:n>%(?: de (?:descuento|rebaja)| más barat[oa]| rebajad[oa]| menos)[.,;:]? ?¿? ?(?:cuánto (?:cuesta|vale|es|queda|pago|tengo que pagar)(?: ahora)?|cuál es el precio(?: final| nuevo| rebajado)?|en cuánto queda)",
        "{a} - {b}%",
    ),
    (rf"(?:el )?precio de (?:una? |el |la )?{_W} (?:de|a|por|que cuesta) <a:n> (?:con|tras|después de) (?:un |el )?<b:n>% de (?:descuento|rebaja)", "{a} - {b}%"),
    (rf"cuánto (?:cuesta|pago por|vale) (?:una? |el |la )?{_W} (?:de|a) <a:n> con (?:un |el )?<b:n>% de (?:descuento|rebaja)", "{a} - {b}%"),
    (
        r"somos <b:n>(?: personas| amigos| amigas)?(?:,? y|,|\.)? (?:la|nuestra) cuenta (?:es de|es|son|fue de|fue|suma|asciende a) <a:n>[.,;]? (?:y )?(?:cuánto|a cuánto) (?:paga|pagamos|debe pagar|tiene que pagar|toca|tocamos|pone|sale)(?: a)?"
        r"(?: cada uno| por persona| cada persona| por cabeza)?(?: de nosotros)?",
        "{a} / {b}",
    ),
    (
        r"(?:la|nuestra|una) cuenta (?:es de|es|son|fue de|fue|suma|de|asciende a) <a:n>(?:,? y|,|\.)? (?:somos|para|entre|dividida entre|dividido entre) <b:n>(?: personas| amigos| amigas)?[.,;]? ?(?:(?:cuánto|a cuánto) (?:paga|pagamos|debe pagar|tiene que pagar|toca|tocamos|pone|sale)(?: a)?"
        r"(?: cada uno| por persona| cada persona| por cabeza)?(?: de nosotros)?)?",
        "{a} / {b}",
    ),
    (r"(?:divide |dividir |reparte |repartir |dividido )?<a:n> (?:entre|repartidos? entre|dividid[oa]s? entre|dividid[oa]s? en|a repartir entre|para) <b:n>(?: personas| amigos| amigas| partes)?", "{a} / {b}"),
    (r"(?:quiero dejar |dejar )?(?:un |el )?<b:n>% de propina (?:en|de|sobre|para|por) (?:una|la) (?:cuenta|factura) de <a:n>[.,]?(?: ?cuánto (?:es|sería|tengo que dejar))?", "{b}% of {a}"),
    (r"(?:si )?(?:dividimos|repartimos|compartimos|pagamos) <a:n> entre <b:n>(?: personas| amigos)?[.,]? cuánto (?:paga|pagamos|toca|le toca|pone)(?: a)? cada uno", "{a} / {b}"),
    (r"<a:n>/<b:n> en (?:%|porcentaje)", "share({a}, {b})"),
    (r"(?:media|promedio|la media aritmética|media aritmética)(?: de| entre)? <a:l>", "mean({a})"),
    (r"mediana(?: de)? <a:l>", "median({a})"),
    (r"(?:suma|sumar|total)(?: de)? <a:l>", "sum({a})"),
    (r"(?:producto)(?: de)? <a:l>", "product({a})"),
    (r"(?:multiplica|multiplicar) <a:n> (?:por|y) <b:n>", "{a} * {b}"),
    (r"(?:resta|restar|quita|réstale) <a:n> (?:de|a) <b:n>", "{b} - {a}"),
    (r"diferencia entre <a:n> y <b:n>", "abs({a} - {b})"),
    (r"cuántas veces (?:cabe|entra) (?:el )?<a:n> en (?:el )?<b:n>", "{b} / {a}"),
    (r"(?:el )?resto de (?:dividir )?<a:n> (?:dividido )?(?:entre|por) <b:n>", "{a} mod {b}"),
    (r"(?:mayor|máximo)(?: número)?(?: de| entre)?:? <a:l>", "max({a})"),
    (r"(?:menor|mínimo)(?: número)?(?: de| entre)?:? <a:l>", "min({a})"),
    (r"(?:mcd|máximo común divisor)(?: de| entre)? <a:l>", "gcd({a})"),
    (r"(?:mcm|mínimo común múltiplo)(?: de| entre)? <a:l>", "lcm({a})"),
    (r"(?:qué|cuál|qué número|qué fracción|cuál fracción) es (?:mayor|más grande)[,:]? <a:l>", "bigger({a})"),
    (r"(?:qué|cuál|qué número|qué fracción|cuál fracción) es (?:menor|más pequeñ[ao])[,:]? <a:l>", "smaller({a})"),
    (r"(?:redondea|redondear) <a:n> a <b:n> (?:decimales?|cifras decimales)", "round({a}, {b})"),
    (r"(?:redondea|redondear) <a:n>(?: al entero(?: más cercano)?)?", "round({a}, 0)"),
    (r"(?:raíz|raiz) <a:n>(?:ª|a)? de <b:n>", "root({b}, {a})"),
    (r"factorial de <a:n>", "{a}!"),
)

FR_SUMS: Rows = (
    (r"(?:quel (?:%|pourcentage)|combien de %) (?:de <b:n> (?:fait|font|représentent?|est))(?: le)? <a:n>", "share({a}, {b})"),
    (r"(?:quel (?:%|pourcentage)|combien de %) (?:fait|font|représentent?|est) <a:n> (?:de|sur) <b:n>", "share({a}, {b})"),
    (r"<a:n> (?:représentent?|est|fait|font|c'est) (?:quel (?:%|pourcentage)|combien de %) de <b:n>", "share({a}, {b})"),
    (r"<a:n> sur <b:n> en (?:%|pourcentage)", "share({a}, {b})"),
    (r"(?:augmentation|hausse|variation|évolution|baisse|diminution)(?: en %)? de <a:n> à <b:n>(?: en (?:%|pourcentage))?", "change({a}, {b})"),
    (r"<a:n> (?:plus|\+|avec|augmenté de)(?: les| une? tva de)? ?<b:n>%(?: de (?:tva|pourboire|taxes?))?", "{a} + {b}%"),
    (r"<a:n> (?:moins|-|avec|diminué de)(?: une remise de| les)? ?<b:n>%(?: de (?:remise|réduction|rabais))?", "{a} - {b}%"),
    (r"<b:n>% de (?:remise|réduction|rabais) sur <a:n>", "{a} - {b}%"),
    (r"(?:un )?(?:pourboire de )?<b:n>%(?: de (?:pourboire|tva|taxes?))? (?:sur|pour)(?: une (?:addition|note) de)? <a:n>", "{b}% de {a}"),
    (
        rf"(?:(?:le|la|une?|mon|ma|ce|cette) )?{_W} (?:coûtait|coûte|valait|vaut|était à|est à) <a:n>(?: et|,|\.)?(?: est| il y a| avec| a| bénéficie de)?(?: maintenant)?(?: à| en| une remise de| soldée? à)?"
        r" ?-?<b:n>%(?: de (?:remise|réduction|rabais)| moins chère?)[.,;:]? ?(?:combien (?:coûte|vaut)-t-(?:il|elle)(?: maintenant)?|quel est (?:le|son) (?:nouveau )?prix(?: final)?|combien ça coûte|ça fait combien)",
        "{a} - {b}%",
    ),
    (rf"(?:le )?(?:prix|coût) (?:d'une? |du |de la |de l'|d')?{_W} (?:à|de|coûtant|qui coûte) <a:n> (?:avec|après|soldée? à) (?:une remise de |une réduction de |un rabais de )?-?<b:n>%(?: de (?:remise|réduction|rabais))?", "{a} - {b}%"),
    (rf"combien (?:coûte|vaut) (?:une? |le |la )?{_W} (?:à|de) <a:n> avec <b:n>% de (?:remise|réduction|rabais)", "{a} - {b}%"),
    (
        r"(?:nous sommes|on est|on était) <b:n>(?: personnes| amis)?(?:,? et|,|\.)? (?:l'addition|la note|la facture|le total) (?:est de|s'élève à|fait|était de|est à) <a:n>[.,;]? (?:et )?(?:combien|on paie combien|ça fait combien) ?(?:paie|paye|doit payer|doit|par|pour|chacun)?(?:-t-on)?"
        r" ?(?:chacun|par personne|chaque personne|personne)?(?: de nous| d'entre nous)?(?: paye| paie| doit payer| doit-il payer)?",
        "{a} / {b}",
    ),
    (
        r"(?:l'addition|la note|la facture|le total|une addition) (?:est de|s'élève à|fait|était de|est à|de) <a:n>(?:,? et|,|\.)? (?:nous sommes|on est|pour|partagée? entre|à partager entre|divisée? par) <b:n>(?: personnes| amis)?[.,;]? ?(?:(?:et )?(?:combien|on paie combien|ça fait combien) ?(?:paie|paye|doit payer|doit|par|pour|chacun)?"
        r" ?(?:chacun|par personne|chaque personne|personne)?(?: de nous)?(?: paye| paie)?)?",
        "{a} / {b}",
    ),
    (r"(?:divise |diviser |partage |partager |répartir )?<a:n> (?:entre|partagés? entre|à partager entre|répartis? entre|divisés? entre|en) <b:n>(?: personnes| amis| parts)?", "{a} / {b}"),
    (r"(?:diviser?|divise) <a:n> par <b:n>", "{a} / {b}"),
    (rf"(?:(?:le|la|une?|mon|ma|ce|cette) )?{_W} (?:coûtait|coûte) <a:n>(?: et|,|\.)?(?: il y a| avec| on me fait| bénéficie de)?(?: une remise de)? ?-?<b:n>%(?: de (?:remise|réduction|rabais))?[.,;:]? ?combien (?:je paie|je paye|dois-je payer|vais-je payer|est-ce que je paie|je dois payer)", "{a} - {b}%"),
    (r"(?:si )?(?:on|nous) (?:partage|partageons|divise|divisons) <a:n> (?:entre|par|en) <b:n>(?: personnes| amis)?[.,]? combien (?:paie|paye|doit payer|reçoit) (?:chacun|chaque personne)", "{a} / {b}"),
    (r"<a:n>/<b:n> en (?:%|pourcentage)", "share({a}, {b})"),
    (r"moyenne(?: de| entre| des nombres)? <a:l>", "mean({a})"),
    (r"médiane(?: de| des nombres)? <a:l>", "median({a})"),
    (r"(?:somme|total)(?: de| des nombres)? <a:l>", "sum({a})"),
    (r"(?:additionne|additionner|ajoute) <a:l>", "sum({a})"),
    (r"produit(?: de)? <a:l>", "product({a})"),
    (r"(?:multiplie|multiplier) <a:n> (?:par|et) <b:n>", "{a} * {b}"),
    (r"(?:soustrais|soustraire|retire|enlève) <a:n> (?:de|à) <b:n>", "{b} - {a}"),
    (r"différence entre <a:n> et <b:n>", "abs({a} - {b})"),
    (r"combien de fois (?:<a:n> (?:entre|rentre|va)|(?:entre|rentre|va) <c:n>) dans <b:n>", "{b} / {a}"),
    (r"(?:le )?reste de (?:la division de )?<a:n> (?:divisé )?par <b:n>", "{a} mod {b}"),
    (r"(?:plus grand|maximum|max)(?: nombre)?(?: de| entre| parmi)?:? <a:l>", "max({a})"),
    (r"(?:plus petit|minimum|min)(?: nombre)?(?: de| entre| parmi)?:? <a:l>", "min({a})"),
    (r"(?:pgcd|plus grand (?:commun diviseur|diviseur commun))(?: de| entre)? <a:l>", "gcd({a})"),
    (r"(?:ppcm|plus petit (?:commun multiple|multiple commun))(?: de| entre)? <a:l>", "lcm({a})"),
    (r"(?:quel nombre est le plus grand|lequel est le plus grand|quelle fraction est la plus grande|qu'est-ce qui est plus grand)[,:]? <a:l>", "bigger({a})"),
    (r"(?:quel nombre est le plus petit|lequel est le plus petit|quelle fraction est la plus petite|qu'est-ce qui est plus petit)[,:]? <a:l>", "smaller({a})"),
    (r"(?:arrondis|arrondir) <a:n> à <b:n> (?:décimales?|chiffres après la virgule)", "round({a}, {b})"),
    (r"(?:arrondis|arrondir) <a:n>(?: à l'entier(?: le plus proche)?| à l'unité)?", "round({a}, 0)"),
    (r"(?:racine) <a:n>(?:e|ème|ième)? de <b:n>", "root({b}, {a})"),
    (r"(?:factorielle|factorielle de) <a:n>", "{a}!"),
)

EN_DAYS: Rows = (
    (r"(?:(?:which|what) )?(?:day(?: of the week)?|weekday) (?:is|was|will|would|does|did|falls?)(?: be)?(?: it)?(?: on)? <d:d>(?: be on| fall on| land on| be| fall| land| on)?", "weekday"),
    (r"(?:on )?(?:which|what) (?:day(?: of the week)?|weekday) (?:is|was|will|does|did) <d:d>(?: be on| fall on| land on| be| fall| land| on)?", "weekday"),
    (r"<d:d> (?:is|was|will be|falls|fell|lands) (?:on )?(?:a )?(?:which|what) (?:weekday|day)(?: of the week)?", "weekday"),
    (r"(?:which |what )?(?:weekday|day(?: of the week)?) was i born(?: on)?,? (?:if|when) (?:i was born|my birthday is|i'm born)(?: on)? <d:d>", "weekday"),
    (r"<d:d> (?:is|was) (?:what|which) date", "date"),
    (r"(?:from|between) <a:d> (?:to|and|until) <b:d>,? how many <u:u> (?:is that|are that|are there|is it)", "between"),
    (r"(?P<d>the day after tomorrow|the day before yesterday|day after tomorrow|tomorrow|yesterday)'s date", "date"),
    (r"(?P<d>(?:last|first|second|third|fourth|\d(?:st|nd|rd|th)) [a-z]{6,9} (?:of|in) .{3,20})", "date"),
    (r"(?:weekday|day of the week) (?:of|for|on) <d:d>", "weekday"),
    (r"(?:(?:which|what) )?(?:day|date|day and date|day of the month) is (?:it )?(?:today|now)(?:'s date)?|today's date|today's day|(?:current )?date today|current date|(?:what's|what is|whats) (?:today|the date)", "today"),
    (r"(?:(?:which|what) )?date(?: is it| is| was it| was| will it be| will be| comes| falls)?(?: the| on)? <d:d>(?: be| fall)?", "date"),
    (r"(?:what )?(?:day|date) (?:will it be|is it|was it|is|was|comes) <d:d>", "date"),
    (r"when (?:is|was|will be|does) <d:d>(?: fall)?", "date"),
    (r"(?P<d>\d{1,6} [a-z]{3,10} (?:from|after|before|ago|prior to)\b.{0,60})", "date"),
    (r"how many <u:u> (?:are there |are |is it |is |were there |were |lie |will pass |passed |is there )?(?:between|from) <a:d> (?:and|to|till|until) <b:d>", "between"),
    (r"(?:number of )?<u:u> (?:between|from) <a:d> (?:and|to|till|until) <b:d>", "between"),
    (r"how (?:long|far apart) (?:is it |are |is )?(?:between |from )?<a:d> (?:and|to|till|until) <b:d>", "between"),
    (r"how many(?: more)? <u:u> (?:are there |are left |left |remain |remaining |is it |are |do (?:i|we) have |to go |have (?:i|we) got )?(?:left )?(?:until|till|til|'til|to|before) <d:d>(?: from (?:now|today))?", "until"),
    (r"how (?:long|far) (?:is it |do (?:i|we) have |is there )?(?:until|till|til|to|away is|off is|before) <d:d>(?: from (?:now|today))?", "until|days"),
    (r"how many <u:u> (?:away|off) is <d:d>", "until"),
    (r"(?:number of )?<u:u> (?:left )?(?:until|till|til|to) <d:d>", "until"),
    (r"how many <u:u> (?:are |do (?:i|we) have |remain |is )?(?:left |remaining )?(?:in|of) (?:the|this) <e:u>", "left"),
    (r"how many <u:u> (?:ago (?:was|is)|has it been since|is it since|since|have passed since|passed since|ago did) <d:d>", "since"),
    (r"how long (?:ago (?:was|is)|has it been since|is it since) <d:d>", "since|days"),
    (r"(?:iso |calendar )?week(?: number| of the year)? (?:is|was|will|does|of|for|are we)(?: it)?(?: in| on)?(?: <d:d>(?: be in| fall in| be| fall| in)?)?(?: now| right now| currently)?", "week"),
    (r"(?:which|what) (?:iso |calendar )?week(?: number| of the year)? (?:is|was|will|does|are we)(?: it)?(?: in| on)?(?: <d:d>(?: be in| fall in| be| fall| in)?)?(?: now| right now| currently)?", "week"),
    (r"(?:number )?day of the year (?:is|was|will be)(?: it)? <d:d>", "day_of_year"),
    (r"day number (?:of the year )?(?:is|was|of|for) <d:d>", "day_of_year"),
    (r"(?:is|was|will|were)(?: the year)? (?P<y>\d{4}|this year|next year|last year|it)(?: be| going to be)? a leap[ -]year(?: or not)?", "leap"),
    (r"when is the next leap[ -]year|(?:the )?next leap[ -]year", "next_leap"),
    (r"how old (?:am i|is someone|is a person|is somebody|would someone be|are you|is he|is she|are they)(?: today| now)?,?(?: if| when)?(?: (?:i|they|he|she|you)(?: was| were| am| is))? born (?:on )?<d:d>", "age"),
    (r"(?:if )?(?:i was|i am|i'm) born (?:on )?<d:d>[,.]? how old am i(?: now| today)?", "age"),
    (r"how many days (?:are there |are |is |were )?(?:in |does )<d:d>(?: have)?", "length"),
    (r"how (?:long is|many days has) <d:d>", "length"),
)

DE_DAYS: Rows = (
    (r"(?:(?:an|auf) )?(?:was für ein|was für einen|welche[rnm]?) (?:wochentag|tag)(?: ist| war| wird| fällt| haben wir)?(?: das)?(?: der| am| auf| den)? <d:d>(?: sein| gewesen)?", "weekday"),
    (r"auf (?:welchen|was für einen) (?:wochentag|tag) (?:fällt|fiel)(?: der| das)? <d:d>", "weekday"),
    (r"(?:der |am )?<d:d> (?:ist|war|fällt|fiel) (?:auf )?(?:ein |einen )?(?:welche[rn]?|was für einen?) (?:wochentag|tag)", "weekday"),
    (r"wochentag (?:des|vom|am|von) <d:d>", "weekday"),
    (r"(?:welcher tag|welches datum|welchen tag|den wievielten|der wievielte|welcher wochentag|was für ein tag|was für ein datum|welches datum) (?:ist|haben wir)(?: heute| jetzt)?|(?:das )?heutige datum|(?:das )?datum (?:von )?heute", "today"),
    (r"(?:welches|was für ein) datum (?:ist|war|haben wir|hatten wir|wird)(?: es| das)?(?: am)? <d:d>(?: sein)?", "date"),
    (r"(?:welcher tag|der wievielte) (?:ist|war|wird)(?: es)? <d:d>(?: sein)?", "date"),
    (r"wann (?:ist|war|fällt|sind)(?: der| die| das)? <d:d>", "date"),
    (r"(?:(?:das )?datum )(?:<d:d>)", "date"),
    (r"(?P<d>\d{1,6} [a-zäöü]{3,10} (?:ab|nach|vor|von)\b.{0,60})", "date"),
    (r"wie ?viele? <u:u> (?:sind es |liegen |sind |vergehen |lagen )?(?:zwischen|vom|von|ab)(?: dem)? <a:d> (?:und|bis|bis zum)(?: dem| zum)? <b:d>", "between"),
    (r"(?:anzahl (?:der )?)?<u:u> (?:zwischen|vom|von)(?: dem)? <a:d> (?:und|bis)(?: dem| zum)? <b:d>", "between"),
    (r"wie lange ist es (?:vom|von) <a:d> bis(?: zum)? <b:d>", "between|days"),
    (r"(?:in )?wie ?viele? <u:u> (?:sind es |sind |dauert es |bleiben |habe ich |haben wir |ist )?(?:noch )?(?:bis|vor)?(?: zum| zur| zu| an| dem)? ?(?:der |das )?<d:d>", "until"),
    (r"wie lange (?:ist es |dauert es |sind es )?(?:noch )?bis(?: zum| zur| zu)? <d:d>", "until|days"),
    (r"<u:u> bis(?: zum| zur| zu)? <d:d>", "until"),
    (r"wie ?viele? <u:u> (?:hat|bleiben|sind|verbleiben)(?: noch)?(?: in| im|) (?:dieses|diesem|das|dieser|diesen|der)? ?<e:u>(?: noch)?(?: übrig)?", "left"),
    (r"(?:vor )?wie ?viele?n? <u:u> (?:ist es her seit(?: dem)?|war(?: der)?|sind seit(?: dem)?|seit(?: dem)?|sind vergangen seit(?: dem)?) <d:d>(?: vergangen)?", "since"),
    (r"wie lange ist (?:der )?<d:d> her", "since|days"),
    (r"(?:in )?(?:welche[rn]?|die wievielte) (?:kalender)?woche (?:ist|war|haben wir|liegt|fällt|sind wir)(?: der| am| das| es)?(?: <d:d>)?", "week"),
    (r"(?:welche )?(?:kw|kalenderwoche)(?: ist| haben wir| war| vom| am| von)?(?: der| das)?(?: <d:d>)?", "week"),
    (r"(?:der )?wievielte[rn]? tag (?:des|im) jahre?s? ist (?:der )?<d:d>", "day_of_year"),
    (r"(?:ist|war|wird)(?: das jahr)? (?P<y>\d{4}|dieses jahr|nächstes jahr|letztes jahr)(?: ein)? (?:ein )?schaltjahr(?: sein)?(?: oder nicht)?", "leap"),
    (r"wann ist das nächste schaltjahr|(?:das )?nächste schaltjahr", "next_leap"),
    (r"wie alt (?:bin ich|ist man|ist jemand|ist er|ist sie)(?: heute| jetzt)?,? (?:wenn|falls|der|die) ?(?:ich|man|er|sie)? ?(?:am )?<d:d> geboren(?: bin| ist| wurde| wurden| sind)?", "age"),
    (r"(?:wenn )?ich (?:bin|wurde) am <d:d> geboren[,.]? ?wie alt bin ich(?: heute| jetzt)?", "age"),
    (r"wie ?viele? tage (?:hat|hatte|haben)(?: der| das| das jahr)? <d:d>", "length"),
    (r"wie lang ist (?:der )?<d:d>", "length"),
)

ES_DAYS: Rows = (
    (r"(?:en )?(?:qué|que) día(?: de la semana)? (?:es|fue|era|será|cae|caerá|cayó)(?: el)? <d:d>", "weekday"),
    (r"(?:el )?<d:d> (?:es|cae|fue|cayó|será) (?:en )?(?:qué|que) día(?: de la semana)?", "weekday"),
    (r"día de la semana (?:del|de|que es el) <d:d>", "weekday"),
    (r"(?:qué|que) (?:día|fecha) es(?: hoy)?|a (?:qué|cuántos) (?:día )?estamos(?: hoy)?|(?:la )?fecha de hoy|cuál es la fecha(?: de hoy| actual)?", "today"),
    (r"(?:qué|que|cuál) (?:día|fecha) (?:es|será|fue|era|cae)(?: la)? <d:d>", "date"),
    (r"(?:la )?fecha (?:de )?<d:d>", "date"),
    (r"cuándo (?:es|cae|fue|será)(?: el| la)? <d:d>", "date"),
    (r"(?P<d>\d{1,6} [a-zñáéíóú]{3,10} (?:después|antes|a partir)\b.{0,60})", "date"),
    (r"cuánt[oa]s <u:u> (?:hay |pasan |van |son |pasaron )?(?:entre|desde|del)(?: el)? <a:d> (?:y|hasta|al|a)(?: el)? <b:d>", "between"),
    (r"<u:u> (?:entre|desde)(?: el)? <a:d> (?:y|hasta)(?: el)? <b:d>", "between"),
    (r"cuánto tiempo (?:hay|pasa) (?:entre|desde)(?: el)? <a:d> (?:y|hasta)(?: el)? <b:d>", "between|days"),
    (r"cuánt[oa]s <u:u> (?:faltan |quedan |hay |restan )?(?:para|hasta)(?: el| la)? <d:d>", "until"),
    (r"cuánto (?:tiempo )?(?:falta|queda) (?:para|hasta)(?: el| la)? <d:d>", "until|days"),
    (r"<u:u> (?:que faltan )?(?:para|hasta)(?: el| la)? <d:d>", "until"),
    (r"cuánt[oa]s <u:u> (?:quedan|faltan)(?: en| de| para que acabe| para acabar| para terminar| del)?(?: el| este| la| esta)? <e:u>", "left"),
    (r"(?:hace )?cuánt[oa]s <u:u> (?:fue|han pasado desde|pasaron desde|hace desde|hace de|hace que fue|hace)(?: el)? <d:d>", "since"),
    (r"cuánto (?:tiempo )?(?:ha pasado|pasó|hace) desde(?: el)? <d:d>", "since|days"),
    (r"(?:en )?(?:qué|que) (?:número de )?semana(?: del año)? (?:es|cae|será|fue|estamos)(?: el)?(?: <d:d>)?", "week"),
    (r"número de semana (?:del|de) <d:d>", "week"),
    (r"(?:qué|que) (?:número de )?día del año es(?: el)? <d:d>", "day_of_year"),
    (r"(?:es|fue|era|será|fue el año|es el año)(?: el)? (?P<y>\d{4}|este año)(?: un)?(?: año)? bisiesto(?: o no)?", "leap"),
    (r"(?:el )?(?:año )?(?P<y>\d{4}|este año) (?:es|fue|era|será)(?: un)?(?: año)? bisiesto", "leap"),
    (r"cuándo es el próximo año bisiesto|(?:el )?próximo año bisiesto", "next_leap"),
    (r"(?:cuántos años|qué edad) (?:tengo|tiene|tendría)(?: alguien| una persona| hoy)?(?: si| que)? (?:nací|nació|naciese|ha nacido) (?:el )?<d:d>", "age"),
    (r"(?:si )?nací el <d:d>[,.]? ?(?:cuántos años|qué edad) tengo(?: hoy| ahora)?", "age"),
    (r"cuántos días (?:tiene|hay en|tuvo|tendrá)(?: el| el año| el mes de)? <d:d>", "length"),
)

FR_DAYS: Rows = (
    (r"(?:à )?quel jour(?: de la semana| de la semaine)? (?:est|était|sera|tombe|tombera|tombait)(?: le)? <d:d>", "weekday"),
    (r"(?:le )?<d:d> (?:est|tombe|était|sera|tombera) (?:un |à )?quel jour(?: de la semaine)?", "weekday"),
    (r"jour de la semaine (?:du|de) <d:d>", "weekday"),
    (r"quel jour (?:sommes-nous|est-on|est-ce|on est|est-il)(?: aujourd'hui)?|quelle (?:date|est la date)(?: sommes-nous| est-on)?(?: d'aujourd'hui| aujourd'hui| du jour| de ce jour)?|on est (?:le )?(?:combien|quel jour)(?: aujourd'hui)?|(?:la )?date d'aujourd'hui|nous sommes le combien", "today"),
    (r"quelle (?:date|est la date)(?: est-ce| sera-t-on| serons-nous| sera-ce| sera-t-il| était-ce| est-il| était-on| sera| tombe)?(?: le| il y avait)? <d:d>", "date"),
    (r"quelle (?:sera|était|est) la date <d:d>", "date"),
    (r"(?:la )?date (?:du |de )?<d:d>", "date"),
    (r"quel jour (?:sera-t-on|serons-nous|sera-ce|était-ce|étions-nous|était-on|sera-t-il) <d:d>", "date"),
    (r"(?:quand|quelle est la date) (?:est|tombe|sera|de|du|était)(?: la| le)? ?<d:d>", "date"),
    (r"(?P<d>\d{1,6} [a-zûéè]{3,10} (?:après|avant|à partir)\b.{0,60})", "date"),
    (r"combien (?:de |d')<u:u> (?:y a-t-il |il y a |séparent |entre )?(?:entre|du|depuis)?(?: le)? ?<a:d> (?:et|au|jusqu'au|jusqu'à)(?: le)? <b:d>", "between"),
    (r"(?:nombre de |nombre d')?<u:u> (?:entre|du)(?: le)? <a:d> (?:et|au)(?: le)? <b:d>", "between"),
    (r"combien (?:de |d')<u:u> (?:reste-t-il |il reste |y a-t-il |jusqu'|restent |encore )?(?:avant|jusqu'au?x?|jusqu'à|d'ici)(?: le| la)? ?<d:d>", "until"),
    (r"(?:dans )?combien (?:de |d')<u:u> (?:est |c'est |tombe )(?:le |la )?<d:d>", "until"),
    (r"combien de temps (?:reste-t-il |il reste |y a-t-il )?(?:avant|jusqu'au?x?|jusqu'à|d'ici)(?: le| la)? ?<d:d>", "until|days"),
    (r"<u:u> (?:avant|jusqu'au?)(?: le)? ?<d:d>", "until"),
    (r"combien (?:de |d')<u:u> (?:reste-t-il|il reste|restent)(?: dans| avant la fin de| en| à)?(?: l'| le | la | cette? | du )<e:u>", "left"),
    (r"combien (?:de |d')<u:u> (?:se sont écoulés |sont passés |ont passé |se sont écoulées )?depuis(?: le)? <d:d>", "since"),
    (r"il y a combien (?:de |d')<u:u>(?: était)?(?: le)? <d:d>", "since"),
    (r"(?:dans )?(?:quelle|quel numéro de) semaine(?: de l'année)? (?:est|tombe|sommes-nous|est-on|était)(?: le)?(?: <d:d>)?", "week"),
    (r"numéro de (?:la )?semaine (?:du|de) <d:d>", "week"),
    (r"(?:le )?(?:combientième|quantième|quel) jour de l'année est (?:le )?<d:d>", "day_of_year"),
    (r"(?:est-ce que )?(?:l'année )?(?P<y>\d{4}|cette année) (?:est|était|sera|est-elle|était-elle|sera-t-elle|est-ce)(?: une)?(?: année)? bissextile", "leap"),
    (r"(?:quelle|quand) est la prochaine année bissextile|(?:la )?prochaine année bissextile", "next_leap"),
    (r"quel âge (?:ai-je|j'ai|a-t-on|a quelqu'un|aurait quelqu'un)(?: aujourd'hui)?,?(?: si)?(?: je suis| on est| qui est)? née?(?: le)? <d:d>", "age"),
    (r"(?:si )?je suis née? le <d:d>[,.]? ?quel âge (?:ai-je|j'ai)(?: aujourd'hui)?", "age"),
    (r"combien de jours (?:y a-t-il |il y a |compte |comptait |a |dans )(?:dans |en |au mois de )?(?:le mois de )?(?:l'année )?<d:d>", "length"),
)

EN_HOURS: Rows = (
    (r"time (?:is it|do we have|it is)(?: right now| now| currently| at the moment| here| for me)?|(?:current |local )?time(?: right now| now| is it| here)?", "now"),
    (r"time (?:is it|it is)(?: right now| now| currently)? (?:in|at|over in) <p:p>(?: right now| now| currently| at the moment| at this moment)?", "now"),
    (r"(?:current |local |exact )?time(?: right now| now)? (?:in|at|for) <p:p>(?: right now| now| currently| at the moment)?", "now"),
    (r"<p:p> time(?: right now| now| currently)", "now"),
    (r"<t:t>(?: in| at|,)? <p:p>(?: time)? (?:in|to|into|is what time in|is what in|what time is it in|as)(?: the)? <q:p>(?: time)?", "convert"),
    (r"convert <t:t> (?:from |in )?<p:p>(?: time)? (?:in|to|into) <q:p>(?: time)?", "convert"),
    (r"(?:when|if) it(?:'s| is) <t:t> in <p:p>,? (?:then )?(?:what time is it|what's the time|what is the time|what time will it be) in <q:p>", "convert"),
    (r"time (?:is it|will it be|would it be) in <q:p>,? (?:when|if) it(?:'s| is) <t:t> (?:in )?<p:p>(?: time)?", "convert"),
    (r"time (?:is|will be) <t:t>(?: in)? <p:p>(?: time)? (?:in|for) <q:p>(?: time)?", "convert"),
    (r"time is it here (?:when|if) it(?:'s| is) <t:t> in <p:p>", "convert"),
    (r"<t:t> <p:p> time (?:in )?my time", "convert"),
    (r"time (?:is it|will it be|is it going to be)(?: in)? (?P<s>\d.{2,40}?)(?: from now)?", "later"),
    (r"time was it (?P<s>\d.{2,40}?) ago", "earlier"),
    (r"(?:time (?:is it|is|will it be|would it be|was it) )?(?P<s>\d.{2,40}?) (?:after|from|past|later than) <t:t>", "later"),
    (r"(?:time (?:is it|is|will it be|would it be|was it) )?(?P<s>\d.{2,40}?) (?:before|earlier than|prior to) <t:t>", "earlier"),
    (r"<t:t> (?:plus|\+) (?P<s>\d.{2,40}?)", "later"),
    (r"<t:t> (?:minus|-) (?P<s>\d.{2,40}?)", "earlier"),
    (r"add (?P<s>\d.{2,40}?) to <t:t>", "later"),
    (r"subtract (?P<s>\d.{2,40}?) from <t:t>", "earlier"),
    (r"how (?:long|much time) (?:is it |is there |is |does it take |passes |will it take )?(?:from|between) <a:t> (?:to|until|till|and) <b:t>", "between"),
    (r"how (?:long|much time|many hours|many minutes|many hours and minutes) (?:are there |are |is it |is )?(?:from|between) <a:t> (?:to|until|till|and) <b:t>", "between"),
    (r"(?:time|hours|minutes|hours and minutes|duration|length of time) (?:between|from) <a:t> (?:and|to|until|till) <b:t>", "between"),
    (r"(?:if )?(?:i|we) (?:work|sleep|slept|worked) from <a:t> (?:to|until|till) <b:t>[,.]? how (?:long|many hours|much time) (?:is that|did (?:i|we) (?:work|sleep)|do (?:i|we) (?:work|sleep))", "between"),
    (r"how (?:long|much time|many minutes|many hours)(?: is it| is there| do i have| are there| are left| left)? (?:until|till|to|before) <t:t>", "until"),
    (r"(?:time )?difference (?:between|from) <p:p> (?:and|to) <q:p>", "offset"),
    (r"how many hours (?:is|are) <p:p> (?:ahead of|behind|from) <q:p>", "offset"),
    (r"how far (?:ahead|behind) is <p:p> (?:of|from) <q:p>", "offset"),
    (r"my (?:train|bus|meeting|shift|class|film|movie|lesson) (?:leaves|starts|departs|begins) at <t:t> and (?:takes|lasts)(?: for)? (?P<s>\d.{2,40}?)[.,]? (?:so )?(?:when|what time|at what time) (?:do i arrive|does it end|does it arrive|does it finish|will i arrive|is it over|will it end)", "later"),
    (r"how many hours (?:ahead|behind|difference) (?:of <q:p> )?is <p:p>", "offset"),
    (r"(?P<r>\d.{2,40}?) (?:plus|\+|and then) (?P<s>\d.{2,40}?)", "sum"),
    (r"(?P<r>\d.{2,40}?) (?:minus|-) (?P<s>\d.{2,40}?)", "less"),
)

DE_HOURS: Rows = (
    (r"(?:wie spät|wie viel uhr|wieviel uhr) (?:ist es|haben wir|haben wir es)(?: gerade| jetzt| im moment| momentan| denn| hier)?|wie spät|(?:die )?(?:aktuelle )?uhrzeit", "now"),
    (r"(?:wie spät|wie viel uhr|wieviel uhr|welche uhrzeit) (?:ist es|es ist|ist|haben wir|haben sie|hat man)(?: es)?(?: gerade| jetzt| im moment| momentan)? in <p:p>(?: gerade| jetzt| im moment| momentan| ist)?", "now"),
    (r"(?:aktuelle )?(?:uhrzeit|ortszeit|zeit) in <p:p>(?: jetzt| gerade)?", "now"),
    (r"<t:t>(?: in| aus)? <p:p>(?:er zeit| zeit)? (?:in|nach|ist wie spät in|sind in)(?: der)? <q:p>(?:er zeit| zeit)?", "convert"),
    (r"(?:wenn|falls) es (?:in <p:p> <t:t>(?: ist)?|<x:t> in <y:p> ist),? (?:wie spät ist es|wie viel uhr ist es|wie viel uhr ist es dann|wie spät ist es dann)(?: dann)? in <q:p>", "convert"),
    (r"(?:wie spät ist es|wie viel uhr ist es) in <q:p>,? wenn es (?:in <p:p> <t:t>(?: ist)?|<x:t> in <y:p> ist)", "convert"),
    (r"(?:wie spät|wie viel uhr) ist <t:t> (?:in )?<p:p>(?:er zeit)? in <q:p>", "convert"),
    (r"(?:wie spät|wie viel uhr|welche uhrzeit) (?:ist es|wird es|haben wir|ist|wird es sein)(?: dann)? in (?P<s>\d.{2,40}?)(?: sein)?", "later"),
    (r"(?:wie spät|wie viel uhr) war es vor (?P<s>\d.{2,40}?)", "earlier"),
    (r"(?:wie (?:spät|viel uhr) ist es )?(?P<s>\d.{2,40}?) nach <t:t>", "later"),
    (r"(?:wie (?:spät|viel uhr) ist es )?(?P<s>\d.{2,40}?) vor <t:t>", "earlier"),
    (r"<t:t> (?:plus|\+) (?P<s>\d.{2,40}?)", "later"),
    (r"<t:t> (?:minus|-) (?P<s>\d.{2,40}?)", "earlier"),
    (r"wie (?:lange|viel zeit|viele stunden|viele minuten) (?:ist es |ist |dauert es |sind es |liegt |liegen |vergeht |vergehen )?(?:von|zwischen) <a:t> (?:bis|und) <b:t>", "between"),
    (r"(?:zeit|stunden|minuten|dauer|zeitraum) (?:von|zwischen) <a:t> (?:bis|und) <b:t>", "between"),
    (r"wie (?:lange|viel zeit|viele minuten|viele stunden)(?: ist es| sind es| habe ich| dauert es)?(?: noch)? bis <t:t>", "until"),
    (r"(?:zeitunterschied|zeitverschiebung|zeitdifferenz) (?:zwischen|von) <p:p> (?:und|zu|nach) <q:p>", "offset"),
    (r"wie (?:groß|hoch) ist (?:der|die) (?:zeitunterschied|zeitverschiebung|zeitdifferenz) (?:zwischen|von) <p:p> (?:und|zu|nach) <q:p>", "offset"),
    (r"(?P<r>\d.{2,40}?) (?:plus|\+) (?P<s>\d.{2,40}?)", "sum"),
    (r"(?P<r>\d.{2,40}?) (?:minus|-) (?P<s>\d.{2,40}?)", "less"),
)

ES_HOURS: Rows = (
    (r"(?:qué|que) hora (?:es|tenemos)(?: ahora| ahora mismo| en este momento| aquí)?|(?:la )?hora(?: actual| exacta)", "now"),
    (r"(?:qué|que) hora (?:es|son|tienen|será|hay)(?: ahora| ahora mismo)? en <p:p>(?: ahora| ahora mismo| en este momento)?", "now"),
    (r"(?:la )?hora(?: actual| local)? (?:en|de) <p:p>(?: ahora)?", "now"),
    (r"<t:t>(?: en| de| hora de)? <p:p> (?:en|a|a hora de|son en|hora de)(?: la)? <q:p>", "convert"),
    (r"(?:si|cuando) (?:en <p:p> (?:son|es) <t:t>|(?:son|es) <x:t> en <y:p>),? (?:qué|que) hora es en <q:p>", "convert"),
    (r"(?:qué|que) hora (?:es|será) en <q:p>,? (?:si|cuando) (?:en <p:p> (?:son|es) <t:t>|(?:son|es) <x:t> en <y:p>)", "convert"),
    (r"(?:qué|que) hora (?:será|es|va a ser) (?:dentro de|en) (?P<s>\d.{2,40}?)", "later"),
    (r"(?:qué|que) hora era hace (?P<s>\d.{2,40}?)", "earlier"),
    (r"(?:(?:qué|que) hora (?:será|es) )?(?P<s>\d.{2,40}?) después de <t:t>", "later"),
    (r"(?:(?:qué|que) hora (?:será|es) )?(?P<s>\d.{2,40}?) antes de <t:t>", "earlier"),
    (r"<t:t> (?:más|\+) (?P<s>\d.{2,40}?)", "later"),
    (r"<t:t> (?:menos|-) (?P<s>\d.{2,40}?)", "earlier"),
    (r"(?:cuánto tiempo|cuánto|cuántas horas|cuántos minutos) (?:hay |pasa |van |pasan |dura )?(?:de|desde|entre) <a:t> (?:a|hasta|y) <b:t>", "between"),
    (r"(?:tiempo|horas|minutos|duración) (?:de|desde|entre) <a:t> (?:a|hasta|y) <b:t>", "between"),
    (r"(?:cuánto tiempo|cuánto|cuántos minutos|cuántas horas) (?:falta|faltan|queda|quedan) (?:para|hasta) <t:t>", "until"),
    (r"(?:cuál es la |qué |cuánta )?diferencia (?:horaria|de horas?|hay|de hora hay|horaria hay) (?:entre|de|hay entre) <p:p> (?:y|a|con) <q:p>", "offset"),
    (r"(?P<r>\d.{2,40}?) (?:más|\+) (?P<s>\d.{2,40}?)", "sum"),
    (r"(?P<r>\d.{2,40}?) (?:menos|-) (?P<s>\d.{2,40}?)", "less"),
)

FR_HOURS: Rows = (
    (r"quelle heure (?:est-il|est il|il est|avons-nous|est-ce)(?: maintenant| en ce moment| actuellement| ici)?|il est quelle heure(?: maintenant)?|(?:l')?heure (?:actuelle|exacte)|quelle heure", "now"),
    (r"quelle heure (?:est-il|est il|il est)(?: maintenant| en ce moment| actuellement)? (?:à|a|en|au|aux|dans) <p:p>(?: maintenant| en ce moment| actuellement)?", "now"),
    (r"il est quelle heure (?:à|en|au|aux) <p:p>(?: maintenant| en ce moment)?", "now"),
    (r"(?:l')?heure(?: actuelle| locale)? (?:à|en|au|aux|de) <p:p>(?: maintenant)?", "now"),
    (r"<t:t>(?: à| heure de| en)? <p:p> (?:à|en|au|heure de|font à|donne à)(?: la)? <q:p>", "convert"),
    (r"(?:s'il est|quand il est|lorsqu'il est) <t:t> (?:à|en|au) <p:p>,? quelle heure est-il (?:à|en|au) <q:p>", "convert"),
    (r"quelle heure est-il (?:à|en|au) <q:p>,? (?:s'il est|quand il est|lorsqu'il est) <t:t> (?:à|en|au) <p:p>", "convert"),
    (r"quelle heure (?:sera-t-il|est-il|il sera|sera t-il|fera-t-il) dans (?P<s>\d.{2,40}?)", "later"),
    (r"quelle heure était-il il y a (?P<s>\d.{2,40}?)", "earlier"),
    (r"(?:quelle heure (?:sera-t-il|est-il) )?(?P<s>\d.{2,40}?) après <t:t>", "later"),
    (r"(?:quelle heure (?:sera-t-il|est-il) )?(?P<s>\d.{2,40}?) avant <t:t>", "earlier"),
    (r"<t:t> (?:plus|\+) (?P<s>\d.{2,40}?)", "later"),
    (r"<t:t> (?:moins|-) (?P<s>\d.{2,40}?)", "earlier"),
    (r"(?:combien de temps|combien d'heures|combien de minutes) (?:y a-t-il |il y a |s'écoule |s'écoule-t-il |passe )?(?:de|entre) <a:t> (?:à|et|jusqu'à) <b:t>", "between"),
    (r"(?:temps|heures|minutes|durée) (?:de|entre) <a:t> (?:à|et|jusqu'à) <b:t>", "between"),
    (r"combien (?:de temps|de minutes|d'heures)(?: reste-t-il| il reste)? (?:jusqu'à|avant) <t:t>", "until"),
    (r"(?:quel est le |quelle est la |combien d'heures de )?(?:décalage(?: horaire)?|différence d'heures?) (?:y a-t-il )?entre <p:p> et <q:p>", "offset"),
    (r"(?P<r>\d.{2,40}?) (?:plus|\+) (?P<s>\d.{2,40}?)", "sum"),
    (r"(?P<r>\d.{2,40}?) (?:moins|-) (?P<s>\d.{2,40}?)", "less"),
)

_EN_TELLING = """what what's whats is are the how much many does do of and to in until between from
when time day week date convert plus minus times divided by squared cubed root percent percentage
half third quarter dozen average sum off tip split which was will be it please can you me tell
christmas easter today tomorrow yesterday ago after before now right if i my we january february
march may june july october december monday tuesday wednesday thursday friday saturday sunday miles
feet inches pounds ounces cups degrees kilometres kilometers metres meters hours minutes seconds
days weeks months years an people bill price leap year old born long there than more next last this
kilograms grams liters litres gallons inch foot mile ounce pound cup teaspoons tablespoons with
whole number round factorial power product add subtract multiply divide noon midnight o'clock"""
_DE_TELLING = """was wie viel wieviel viele ist sind der die das den dem des und oder von zu bis
zwischen wann welcher welche welches welchen uhr zeit tag tage tagen woche wochen monat monate jahr
jahre datum mal durch geteilt hoch wurzel aus prozent hälfte viertel drittel dutzend durchschnitt
summe rabatt trinkgeld ergibt macht ein eine einen einem einer im auf für mit nach vor heute morgen
gestern jetzt gerade spät januar februar märz mai juni juli oktober dezember montag dienstag mittwoch
donnerstag freitag samstag sonntag weihnachten ostern silvester meilen meile fuß zoll grad pfund
stunden stunde minuten sekunden kannst du mir sagen bitte rechne wir jeder rechnung kostet preis
alt bin ich geboren schaltjahr liegen umrechnen wieviele kilometer sekunde esslöffel teelöffel
tasse tassen in liter meter milliliter gramm zentimeter kilogramm plus minus fällt noch mitternacht mittag ins zur zum gibt hat um quadrat fakultät addiere runde"""
_ES_TELLING = """qué cuánto cuánta cuántos cuántas cuál cuándo es son el la los las de del y o a al
en entre hasta desde por para más menos dividido multiplicado raíz cuadrada cuadrado cubo porcentaje
ciento mitad tercio cuarto docena media promedio suma descuento propina cuesta precio día días
semana semanas mes meses año años fecha hora horas minutos segundos hoy mañana ayer ahora hace
dentro después antes enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
diciembre lunes martes miércoles jueves viernes sábado domingo navidad millas pies pulgadas libras
onzas tazas grados kilómetros metros convierte pasa un una uno cada cuenta somos bisiesto tengo nací
puedes decirme dime por favor faltan quedan cuanto que si con próximo pasado mediodía medianoche
gramos litros kilos cucharadas cucharaditas hay calcula está diferencia horaria"""
_FR_TELLING = """quel quelle quels quelles combien que quoi est sont fait font le la les l de du des
et ou à au aux en dans entre jusqu avant après depuis plus moins fois divisé multiplié racine carrée
carré cube pourcentage pour cent moitié tiers quart douzaine moyenne somme remise réduction
pourboire coûte prix jour jours semaine semaines mois an ans année années date heure heures minutes
secondes aujourd'hui demain hier maintenant il y a janvier février mars avril mai juin juillet août
septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche noël pâques
milles miles pieds pouces livres onces tasses degrés kilomètres mètres convertis un une chacun
addition nous sommes bissextile ai je suis né née peux tu me dire s'il te plaît vous reste t sera
j'aimerais savoir c'est ça par prochain dernier midi minuit d grammes litres calcule voudrais
cuillères cuillère soupe café décalage horaire tombe"""

ENGLISH = Language(
    ordinals={"first": "1", "second": "2", "third": "3", "fourth": "4"},
    telling=frozenset(_EN_TELLING.split()),
    openings=(
        "hey", "hi", "hello", "ok", "okay", "so", "and", "please", "pls", "quick question", "just",
        "can you", "could you", "would you", "can u", "will you", "kindly", "also", "um", "well",
        "tell me", "let me know", "show me", "give me", "help me", "calculate", "compute", "work out", "workout",
        "figure out", "solve", "evaluate", "find", "find out", "do you know", "do you happen to know",
        "i need to know", "i want to know", "i'd like to know", "i would like to know", "i wonder",
        "i'm wondering", "i was wondering", "what is", "what's", "whats", "what are", "what does",
        "what do you get (?:for|when you|if you)", "what was", "what will be", "what would be", "what'd be",
        "how much is", "how much are", "how much does", "how much do", "how much would", "how much was", "how much's", "how many is", "what",
        "the result of", "the answer to", "the value of", "result of", "value of", "the", "if",
        "quickly", "exactly", "me", "calc", "math", "maths", "remind me", "check",
    ),
    closings=(
        "please", "pls", "for me", "thanks", "thank you", "thx", "equal", "equals", "=", "is", "are", "be",
        "make", "makes", "get", "exactly", "quickly", "cost", "come to", "in total", "altogether", "again", "mate", "as a decimal", "as decimal", "in decimal", "as a decimal number",
    ),
    scales={"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12},
    operators=(
        (r"\b(?:to the power of|raised to(?: the power of)?|to the power)\b", "^"),
        (r"\bto the (\d{1,4})(?:st|nd|rd|th)(?: power)?\b", r"^\1"),
        (r"\b(?:multiplied by|times)\b", "*"), (r"\b(?:divided by|over)\b", "/"),
        (r"\b(?:plus|added to)\b", "+"), (r"\b(?:minus|take away|less)\b", "-"),
        (r"\bsquared\b", "^2"), (r"\bcubed\b", "^3"), (r"\b(?:modulo|modulus|mod)\b", " mod "),
        (r"\b(?:the )?(?:cube|cubic) root(?: of)?\b", "cbrt"),
        (r"\b(?:the )?(?:square root|sqrt|root)(?: of)?\b", "sqrt"),
        (r"\b(?:three|3)[ -]quarters\b", "(3/4)"), (r"\b(?:two|2)[ -](?:thirds|3rds)\b", "(2/3)"),
        (r"\b(?:half a dozen)\b", "6"), (r"(\d{1,9}) dozens?\b", r"(\1 * 12)"),
        (r"\b(?:(?:a|one) )?dozen\b", "12"),
        (r"\b(?:(?:a|one|1) )?half\b", "(1/2)"), (r"\b(?:a|one|1) (?:third|3rd)\b|\b(?:third|3rd)(?= of)", "(1/3)"),
        (r"\b(?:(?:a|one|1) )?quarter\b", "(1/4)"), (r"\b(?:(?:a|one|1) )(?:fifth|5th)\b", "(1/5)"),
        (r"\b(?:(?:a|one|1) )(?:tenth|10th)\b", "(1/10)"),
        (r"\b(?:double|twice)\b", "2 *"), (r"\b(?:triple|thrice)\b", "3 *"),
        (r"\b(\d{1,6}) factorial\b", r"\1!"), (r"\bof\b", " of "),
    ),
    small={"zero": "0", "one": "1", "two": "2", "three": "3"},
    money={"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "bucks": "USD", "pounds": "GBP", "quid": "GBP", "yen": "JPY", "francs": "CHF"},
    sums=EN_SUMS,
    units={
        "metre": "length-meter", "metres": "length-meter", "kilometre": "length-kilometer", "kilometres": "length-kilometer",
        "centimetre": "length-centimeter", "centimetres": "length-centimeter", "millimetre": "length-millimeter", "millimetres": "length-millimeter",
        "litre": "volume-liter", "litres": "volume-liter", "millilitre": "volume-milliliter", "millilitres": "volume-milliliter",
        "micron": "length-micrometer", "microns": "length-micrometer", "klicks": "length-kilometer", "kms": "length-kilometer",
        "kilo": "mass-kilogram", "kilos": "mass-kilogram", "kgs": "mass-kilogram", "kilogrammes": "mass-kilogram", "grammes": "mass-gram",
        "stone": "mass-stone", "stones": "mass-stone", "tonne": "mass-tonne", "tonnes": "mass-tonne", "metric ton": "mass-tonne",
        "metric tons": "mass-tonne", "ton": "mass-ton", "tons": "mass-ton", "short tons": "mass-ton", "long tons": "mass-long-ton",
        "ounce": "mass-ounce|volume-fluid-ounce", "ounces": "mass-ounce|volume-fluid-ounce", "oz": "mass-ounce|volume-fluid-ounce",
        "fluid ounce": "volume-fluid-ounce", "fluid ounces": "volume-fluid-ounce",
        "us gallon": "volume-gallon!", "us gallons": "volume-gallon!", "imperial gallon": "volume-gallon-imperial!", "imperial gallons": "volume-gallon-imperial!",
        "uk gallons": "volume-gallon-imperial!", "uk gallon": "volume-gallon-imperial!", "imperial pints": "volume-pint-imperial!", "uk pints": "volume-pint-imperial!",
        "us cups": "volume-cup!", "us cup": "volume-cup!", "metric cups": "volume-cup-metric!", "metric cup": "volume-cup-metric!", "us pints": "volume-pint!",
        "us mpg": "consumption-mile-per-gallon!", "uk mpg": "consumption-mile-per-gallon-imperial!", "miles per gallon": "consumption-mile-per-gallon",
        "litres per 100 km": "consumption-liter-per-100-kilometer", "liters per 100 km": "consumption-liter-per-100-kilometer",
        "litres per 100 kilometres": "consumption-liter-per-100-kilometer", "liters per 100 kilometers": "consumption-liter-per-100-kilometer",
        "km per litre": "consumption-kilometer-per-liter", "km per liter": "consumption-kilometer-per-liter",
        "kilometres per litre": "consumption-kilometer-per-liter", "kilometers per liter": "consumption-kilometer-per-liter",
        "kilometres per hour": "speed-kilometer-per-hour", "kilometers an hour": "speed-kilometer-per-hour", "kilometres an hour": "speed-kilometer-per-hour",
        "km per hour": "speed-kilometer-per-hour", "miles an hour": "speed-mile-per-hour", "metres per second": "speed-meter-per-second",
        "feet per second": "speed-foot-per-second", "knots": "speed-knot", "knot": "speed-knot",
        "celsius": "temperature-celsius", "fahrenheit": "temperature-fahrenheit", "kelvin": "temperature-kelvin", "centigrade": "temperature-celsius",
        "degrees c": "temperature-celsius", "degrees f": "temperature-fahrenheit", "degree c": "temperature-celsius", "degree f": "temperature-fahrenheit",
        "degrees celsius": "temperature-celsius", "degrees fahrenheit": "temperature-fahrenheit", "degrees centigrade": "temperature-celsius",
        "deg c": "temperature-celsius", "deg f": "temperature-fahrenheit",
        "square metre": "area-square-meter", "square metres": "area-square-meter", "square kilometres": "area-square-kilometer",
        "cubic metres": "volume-cubic-meter", "cubic metre": "volume-cubic-meter", "cubic centimetres": "volume-cubic-centimeter",
        "kibibytes": "digital-kibibyte", "mebibytes": "digital-mebibyte", "gibibytes": "digital-gibibyte", "gigs": "digital-gigabyte", "meg": "digital-megabyte", "megs": "digital-megabyte",
        "fortnight": "duration-fortnight", "fortnights": "duration-fortnight", "watt hours": "energy-watt-hour", "kilowatt hours": "energy-kilowatt-hour",
        "calorie": "", "calories": "", "food calories": "energy-kilocalorie", "kilocalories": "energy-kilocalorie", "btus": "energy-british-thermal-unit", "atmospheres": "pressure-atmosphere",
        "pounds per square inch": "pressure-pound-force-per-square-inch", "horsepower": "power-horsepower", "radians": "angle-radian",
        "full turns": "angle-revolution", "turns": "angle-revolution", "tablespoon": "volume-tablespoon", "teaspoon": "volume-teaspoon", "foot": "length-foot", "feet": "length-foot",
    },
    into=("in", "to", "into", "as", "expressed in", "equals how many", "is how many", "are how many", "is what in", "is how much in", "to be", "equal to how many", "in to",
        ", what's that in", ", what is that in", ", how much is that in", ", how tall is that in", ". what's that in", ". what is that in", ". how much is that in", ", how many is that in", ", that's how many", ", how far is that in", ", how long is that in", ", how hot is that in", ", how heavy is that in", " what's that in", " what is that in", ". how tall is that in", ", so what's that in"),
    many=("how many", "number of", "what number of"),
    inside=("are there in", "are in", "is in", "in", "is", "are", "make", "make up", "makes", "there are in", "there are to", "do", "to", "does", "equals", "equal", "fit in", "go into", "are equal to", "is equal to", "per"),
    one=("a", "an", "one"),
    joins=("and", ","),
    spans={
        "day": "days", "days": "days", "nights": "days", "night": "days", "week": "weeks", "weeks": "weeks", "fortnight": "fortnights", "fortnights": "fortnights", "month": "months",
        "months": "months", "year": "years", "years": "years", "hour": "hours", "hours": "hours", "hrs": "hours", "hr": "hours", "h": "hours",
        "minute": "minutes", "minutes": "minutes", "mins": "minutes", "min": "minutes", "m": "minutes", "second": "seconds", "seconds": "seconds",
    },
    days_named={
        "today": "+0", "tomorrow": "+1", "yesterday": "-1", "the day after tomorrow": "+2", "day after tomorrow": "+2", "the day before yesterday": "-2", "now": "+0",
        "christmas": "12-25", "christmas day": "12-25", "xmas": "12-25", "christmas eve": "12-24", "boxing day": "12-26", "new year's day": "01-01", "new years day": "01-01", "new year": "01-01", "new year's": "01-01",
        "new year's eve": "12-31", "new years eve": "12-31", "halloween": "10-31", "valentine's day": "02-14", "valentines day": "02-14", "april fools' day": "04-01", "april fool's day": "04-01",
        "easter": "easter", "easter sunday": "easter", "easter monday": "easter+1", "good friday": "easter-2", "thanksgiving": "thanksgiving", "st patrick's day": "03-17", "st. patrick's day": "03-17", "the fourth of july": "07-04",
        "the end of the year": "year-end", "end of the year": "year-end", "end of year": "year-end", "the end of this year": "year-end", "end of this year": "year-end", "year end": "year-end", "the year is over": "year-end", "the year ends": "year-end",
        "the end of the month": "month-end", "end of the month": "month-end", "end of month": "month-end", "the end of this month": "month-end", "end of this month": "month-end",
        "next year": "next-year", "next month": "next-month",
    },
    weekday_frames=(("next {}", "next"), ("(?:this |the )?coming {}", "coming"), ("last {}", "last"), ("this {}", "this"), ("(?:on )?{}", "coming")),
    relative=(
        (r"in <n:n> <u:u>(?:(?:'s|s')? time)?", "+"), (r"<n:n> <u:u> (?:from (?:now|today)|hence)", "+"), (r"<n:n> <u:u> ago", "-"),
        (r"<n:n> <u:u> (?:after|from|past) (?:the )?<d:d>", "+d"), (r"<n:n> <u:u> (?:before|prior to) (?:the )?<d:d>", "-d"),
        (r"(?:the )?<o:n>(?:st|nd|rd|th)? (?P<w>[a-z]{6,9}) (?:of|in) (?P<m>[a-z]{3,9})(?: (?P<y>\d{4}))?", "nth"),
        (r"(?:the )?(?:last) (?P<w>[a-z]{6,9}) (?:of|in) (?P<m>[a-z]{3,9})(?: (?P<y>\d{4}))?", "last"),
    ),
    days=EN_DAYS, hours=EN_HOURS,
    clock=(
        (r"noon|midday|12 noon", "12:00"), (r"midnight", "00:00"),
        (r"half past <h:n>", "{h}+30"), (r"(?:a )?quarter past <h:n>", "{h}+15"), (r"(?:a )?quarter to <h:n>", "{h}-15"),
    ),
    here=frozenset({"here", "my time", "my time zone", "my timezone", "our time"}),
    places={
        "eastern": "America/New_York", "eastern time": "America/New_York", "et": "America/New_York", "pacific": "America/Los_Angeles", "pacific time": "America/Los_Angeles", "pt": "America/Los_Angeles",
        "central time": "America/Chicago", "mountain time": "America/Denver", "california": "America/Los_Angeles", "hawaii": "Pacific/Honolulu", "texas": "America/Chicago", "england": "Europe/London", "scotland": "Europe/London",
        "uk": "Europe/London", "the uk": "Europe/London", "great britain": "Europe/London", "britain": "Europe/London", "nyc": "America/New_York", "new york city": "America/New_York", "la": "America/Los_Angeles",
        "the netherlands": "Europe/Amsterdam", "holland": "Europe/Amsterdam", "czech republic": "Europe/Prague", "uae": "Asia/Dubai", "munich": "Europe/Berlin", "cologne": "Europe/Berlin", "vienna": "Europe/Vienna", "bali": "Asia/Makassar",
    },
    sayings={
        "weekday": "{date} is a {weekday}.", "weekday_past": "{date} was a {weekday}.", "today": "Today is {weekday}, {date}.", "date": "{weekday}, {date}.",
        "span": "There are {span} between {a} and {b}.", "until": "It is {span} until {b}.", "since": "It has been {span} since {a}.", "left": "{span} are left.",
        "week": "{date} is in ISO week {n} of {y}.", "day_of_year": "{date} is day {n} of {y}.", "leap": "Yes, {y} is a leap year.", "leap_past": "Yes, {y} was a leap year.", "not_leap": "No, {y} is not a leap year.", "not_leap_past": "No, {y} was not a leap year.",
        "next_leap": "The next leap year is {y}.", "age": "Born on {date}: {span} old.", "length": "{date} has {span}.", "either": "The coming one is {a}; the one of next week is {b}.",
        "read_dmy": "{raw} read as day/month/year: {date}", "read_mdy": "{raw} read as month/day/year: {date}", "read": "{raw} read as {date}", "clamped": "{date} has no such day: its last day is taken",
        "not_counting": "The first day is not counted.", "leap_rule": "{y} ÷ 4, but not ÷ 100 unless ÷ 400", "leap_why": "{y} is divisible by {n}", "leap_why_not": "{y} is not divisible by {n}",
        "now": "It is {time} in {place}.", "now_here": "It is {time}.", "other_day": "({weekday}, {date})", "convert": "{time} in {place} is {time2} in {place2}.", "later": "{span} after {time} it is {time2}.", "earlier": "{span} before {time} it is {time2}.",
        "between": "From {time} to {time2} it is {span}.", "midnight": "The second time is on the next day.", "offset_ahead": "{place} is {span} ahead of {place2}.", "offset_behind": "{place} is {span} behind {place2}.", "offset_same": "{place} and {place2} have the same time.",
        "sum": "{a} plus {b} is {span}.", "less": "{a} minus {b} is {span}.", "zone": "{place}: {zone}, UTC{offset}", "next_day": "next day", "previous_day": "previous day",
        "of": "{a} of {b}", "rounded": "rounded", "and": "and", "inexact": "≈ rounded; the exact value does not end", "remainder": "remainder of {a} ÷ {b}", "mean": "mean", "median": "median",
        "us": "US measure: {unit}", "imperial": "imperial measure: {unit}", "metric": "metric measure: {unit}",
    },
)

GERMAN = Language(
    rewrites=((r"\bzu zweit\b", "2 personen"), (r"\bzu dritt\b", "3 personen"), (r"\bzu viert\b", "4 personen"), (r"\bzu fünft\b", "5 personen"), (r"\bzu sechst\b", "6 personen"), (r"\bzu acht\b", "8 personen")),
    ordinals={"erste": "1", "ersten": "1", "erster": "1", "zweite": "2", "zweiten": "2", "zweiter": "2", "dritte": "3", "dritten": "3", "dritter": "3", "vierte": "4", "vierten": "4", "vierter": "4"},
    telling=frozenset(_DE_TELLING.split()),
    openings=(
        "hallo", "hey", "hi", "bitte", "kannst du", "kannst du mal", "könntest du", "können sie", "könnten sie", "mir", "mal", "bitte mal", "sagen", "sag mir", "sag", "sagst du mir", "ausrechnen", "berechne", "rechne",
        "berechnen", "weißt du", "wissen sie", "ich möchte wissen", "ich würde gern wissen", "ich wüsste gern", "ich will wissen", "mich interessiert", "und", "also", "was ist", "was sind", "was ergibt", "was ergeben",
        "was macht", "was gibt", "was", "wieviel ist", "wie viel ist", "wie viel sind", "wieviel sind", "wie viel ergibt", "wieviel ergibt", "wie viel macht", "wieviel macht", "wie viel wären", "wie viel gibt", "wie viel", "wieviel",
        "wie lautet", "wie groß ist", "wie hoch ist", "wie hoch sind", "das ergebnis von", "die", "der", "das", "den", "dem", "schnell", "kurz", "wenn", "wäre", "wären", "beträgt", "schnelle frage", "guten tag", "guten morgen", "löse", "wandle", "rechne mir",
    ),
    closings=("bitte", "ist", "sind", "ergibt", "ergeben", "macht", "aus", "danke", "=", "gleich", "insgesamt", "genau", "um", "beträgt", "ausrechnen", "rechnen", "umrechnen", "wären", "wäre", "umgerechnet", "berechnen", "als dezimalzahl", "als kommazahl"),
    scales={"hundert": 2, "tausend": 3, "million": 6, "millionen": 6, "milliarden": 9, "milliarde": 9},
    operators=(
        (r"\bhoch\b", "^"), (r"\b(?:multipliziert mit|mal)\b", "*"), (r"\b(?:geteilt durch|dividiert durch|durch)\b", "/"), (r"\b(?:plus|addiert zu)\b", "+"), (r"\b(?:minus|weniger)\b", "-"),
        (r"\b(?:zum |im )?quadrat\b", "^2"), (r"\bmodulo\b|\bmod\b", " mod "),
        (r"\b(?:die )?(?:kubikwurzel|dritte wurzel|3\. wurzel)(?: aus| von)?\b", "cbrt"), (r"\b(?:die )?(?:quadratwurzel|wurzel)(?: aus| von)?\b", "sqrt"),
        (r"\b(?:drei|3) ?viertel\b", "(3/4)"), (r"\b(?:zwei|2) ?drittel\b", "(2/3)"), (r"\b(?:ein )?halbes dutzend\b", "6"), (r"(\d{1,9}) dutzend\b", r"(\1 * 12)"), (r"\b(?:ein )?dutzend\b", "12"),
        (r"\b(?:die )?hälfte\b|\bein halb\b|\bein halbes\b", "(1/2)"), (r"\b(?:ein |das )?drittel\b", "(1/3)"), (r"\b(?:ein |das )?viertel\b", "(1/4)"), (r"\bein (?:fünftel)\b", "(1/5)"), (r"\bein zehntel\b", "(1/10)"),
        (r"\b(?:das doppelte von|doppelte von|das doppelte|doppelt)\b", "2 *"), (r"\b(?:das dreifache von|dreifache von)\b", "3 *"), (r"\b(\d{1,6}) fakultät\b", r"\1!"), (r"\b(?:von|der|vom)\b", " of "),
    ),
    small={"null": "0", "eins": "1", "ein": "1", "zwei": "2", "drei": "3"},
    money={"euro": "EUR", "euros": "EUR", "dollar": "USD", "franken": "CHF", "pfund": "GBP", "yen": "JPY"},
    sums=DE_SUMS,
    units={
        "zoll": "length-inch", "fuß": "length-foot", "fuss": "length-foot", "meile": "length-mile", "meilen": "length-mile", "seemeilen": "length-nautical-mile", "seemeile": "length-nautical-mile", "yards": "length-yard",
        "kilo": "mass-kilogram", "kilos": "mass-kilogram", "gramm": "mass-gram", "pfund": "mass-pound|mass-metric-pound", "unze": "mass-ounce", "unzen": "mass-ounce", "tonne": "mass-tonne", "tonnen": "mass-tonne", "zentner": "mass-centner",
        "stone": "mass-stone", "liter": "volume-liter", "tasse": "volume-cup-metric!", "tassen": "volume-cup-metric!", "esslöffel": "volume-tablespoon-metric!", "esslöffeln": "volume-tablespoon-metric!", "teelöffel": "volume-teaspoon-metric!", "teelöffeln": "volume-teaspoon-metric!", "el": "volume-tablespoon-metric!", "tl": "volume-teaspoon-metric!",
        "gallone": "volume-gallon", "gallonen": "volume-gallon", "us-gallonen": "volume-gallon!", "cups": "volume-cup", "cup": "volume-cup",
        "celsius": "temperature-celsius", "fahrenheit": "temperature-fahrenheit", "kelvin": "temperature-kelvin", "grad celsius": "temperature-celsius", "grad fahrenheit": "temperature-fahrenheit", "grad": "angle-degree",
        "stundenkilometer": "speed-kilometer-per-hour", "km pro stunde": "speed-kilometer-per-hour", "meilen pro stunde": "speed-mile-per-hour", "knoten": "speed-knot", "meter pro sekunde": "speed-meter-per-second",
        "quadratmeter": "area-square-meter", "quadratkilometer": "area-square-kilometer", "hektar": "area-hectare", "ar": "area-are", "quadratfuß": "area-square-foot", "kubikmeter": "volume-cubic-meter", "morgen": "", "acre": "area-acre",
        "liter auf 100 km": "consumption-liter-per-100-kilometer", "liter auf 100 kilometer": "consumption-liter-per-100-kilometer", "liter pro 100 km": "consumption-liter-per-100-kilometer", "meilen pro gallone": "consumption-mile-per-gallon",
        "wochen": "duration-week", "tagen": "duration-day", "stunden": "duration-hour", "tage": "duration-day", "monaten": "duration-month", "jahren": "duration-year", "metern": "length-meter", "kilometern": "length-kilometer", "zentimetern": "length-centimeter", "litern": "volume-liter", "millilitern": "volume-milliliter",
        "kalorie": "", "kalorien": "", "pferdestärken": "power-horsepower-metric", "ps": "power-horsepower-metric", "kilokalorien": "energy-kilocalorie", "kilowattstunden": "energy-kilowatt-hour", "wattstunden": "energy-watt-hour", "bogenmaß": "angle-radian",
    },
    into=("in", "nach", "zu", "sind wie viel", "sind wie viele", "sind wieviel", "ist wie viel", "sind in", "ist in", "in die einheit", "wie viel in", "umgerechnet in", ", wie viel ist das in", ", was ist das in", ", wie viel sind das in", ", was sind das in", ", wie groß bin ich in", ". wie viel ist das in", ". wie viel sind das in", ". was ist das in"),
    many=("wie viele", "wie viel", "wieviel", "wieviele", "anzahl"),
    inside=("sind in", "hat", "haben", "sind", "ist", "in", "ergeben", "entsprechen", "stecken in", "passen in", "sind es in", "sind das in", "macht", "machen", "ergibt", "gehen in", "entspricht"),
    one=("ein", "eine", "einem", "einer", "einen", "eines"),
    joins=("und", ","),
    spans={"tag": "days", "tage": "days", "tagen": "days", "woche": "weeks", "wochen": "weeks", "monat": "months", "monate": "months", "monaten": "months", "jahr": "years", "jahre": "years", "jahren": "years",
        "stunde": "hours", "stunden": "hours", "std": "hours", "h": "hours", "minute": "minutes", "minuten": "minutes", "min": "minutes", "sekunde": "seconds", "sekunden": "seconds"},
    days_named={
        "heute": "+0", "morgen": "+1", "gestern": "-1", "übermorgen": "+2", "vorgestern": "-2", "jetzt": "+0", "weihnachten": "12-25", "erster weihnachtstag": "12-25", "heiligabend": "12-24", "heilig abend": "12-24", "zweiter weihnachtstag": "12-26",
        "nikolaus": "12-06", "silvester": "12-31", "neujahr": "01-01", "tag der deutschen einheit": "10-03", "valentinstag": "02-14", "halloween": "10-31", "ostern": "easter", "ostersonntag": "easter", "ostermontag": "easter+1", "karfreitag": "easter-2",
        "pfingsten": "easter+49", "pfingstsonntag": "easter+49", "pfingstmontag": "easter+50", "himmelfahrt": "easter+39", "christi himmelfahrt": "easter+39", "rosenmontag": "easter-48",
        "jahresende": "year-end", "ende des jahres": "year-end", "ende dieses jahres": "year-end", "zum jahresende": "year-end", "monatsende": "month-end", "ende des monats": "month-end", "ende dieses monats": "month-end", "nächstes jahr": "next-year",
    },
    weekday_frames=(("(?:am )?nächste[rnm]? {}", "next"), ("(?:am )?kommende[rnm]? {}", "coming"), ("(?:am )?letzte[rnm]? {}", "last"), ("(?:am )?diese[rnm]? {}", "this"), ("(?:am )?{}", "coming")),
    relative=(
        (r"in <n:n> <u:u>", "+"), (r"<n:n> <u:u> (?:ab|von) (?:heute|jetzt)(?: an)?", "+"), (r"vor <n:n> <u:u>", "-"), (r"(?:heute )?in <n:n> <u:u>", "+"),
        (r"<n:n> <u:u> (?:nach|ab|von)(?: dem| der)? <d:d>", "+d"), (r"<n:n> <u:u> vor(?: dem| der)? <d:d>", "-d"),
        (r"(?:der |am )?<o:n>\.? (?P<w>[a-zäöü]{6,10}) (?:im|des) (?P<m>[a-zäöü]{3,9})(?: (?P<y>\d{4}))?", "nth"),
        (r"(?:der |am )?letzte[rn]? (?P<w>[a-zäöü]{6,10}) (?:im|des) (?P<m>[a-zäöü]{3,9})(?: (?P<y>\d{4}))?", "last"),
    ),
    days=DE_DAYS, hours=DE_HOURS,
    clock=(
        (r"mittag|mittags|12 uhr mittags", "12:00"), (r"mitternacht", "00:00"), (r"halb <h:n>", "{h}-30"), (r"viertel nach <h:n>", "{h}+15"), (r"viertel vor <h:n>", "{h}-15"),
        (r"<h:n> uhr morgens|<g:n> uhr früh", "{h}am"), (r"<h:n> uhr (?:nachmittags|abends)", "{h}pm"), (r"<h:n> uhr", "{h}:00"), (r"<h:n> uhr <m:n>", "{h}:{m}"),
        (r"(?P<h>\d{1,2})[:.](?P<m>\d{2}) uhr", "{h}:{m}"),
    ),
    here=frozenset({"hier", "meiner zeit", "bei mir", "bei uns"}),
    places={"england": "Europe/London", "schottland": "Europe/London", "großbritannien": "Europe/London", "kalifornien": "America/Los_Angeles", "holland": "Europe/Amsterdam", "tschechien": "Europe/Prague", "münchen": "Europe/Berlin", "köln": "Europe/Berlin",
        "wien": "Europe/Vienna", "zürich": "Europe/Zurich", "genf": "Europe/Zurich", "mailand": "Europe/Rome", "venedig": "Europe/Rome", "florenz": "Europe/Rome", "neapel": "Europe/Rome", "nizza": "Europe/Paris", "peking": "Asia/Shanghai", "neu-delhi": "Asia/Kolkata", "kapstadt": "Africa/Johannesburg", "bali": "Asia/Makassar", "hawaii": "Pacific/Honolulu", "nürnberg": "Europe/Berlin"},
    sayings={
        "weekday": "Der {date} ist ein {weekday}.", "weekday_past": "Der {date} war ein {weekday}.", "today": "Heute ist {weekday}, der {date}.", "date": "{weekday}, der {date}.",
        "span": "Zwischen dem {a} und dem {b} liegen {span}.", "until": "Bis zum {b} sind es {span}.", "since": "Seit dem {a} sind es {span}.", "left": "Es bleiben {span}.",
        "week": "Der {date} liegt in der Kalenderwoche {n} ({y}).", "day_of_year": "Der {date} ist der {n}. Tag des Jahres {y}.", "leap": "Ja, {y} ist ein Schaltjahr.", "leap_past": "Ja, {y} war ein Schaltjahr.", "not_leap": "Nein, {y} ist kein Schaltjahr.", "not_leap_past": "Nein, {y} war kein Schaltjahr.",
        "next_leap": "Das nächste Schaltjahr ist {y}.", "age": "Geboren am {date}: {span} alt.", "length": "{date}: {span}.", "either": "Der kommende ist {a}, der in der nächsten Woche {b}.",
        "read_dmy": "{raw} als Tag/Monat/Jahr gelesen: {date}", "read_mdy": "{raw} als Monat/Tag/Jahr gelesen: {date}", "read": "{raw} gelesen als {date}", "clamped": "{date} hat diesen Tag nicht: der letzte Tag gilt",
        "not_counting": "Der erste Tag zählt nicht mit.", "leap_rule": "durch 4 teilbar, durch 100 nur wenn durch 400", "leap_why": "{y} ist durch {n} teilbar", "leap_why_not": "{y} ist nicht durch {n} teilbar",
        "now": "In {place} ist es {time} Uhr.", "now_here": "Es ist {time} Uhr.", "other_day": "({weekday}, {date})", "convert": "{time} Uhr in {place} ist {time2} Uhr in {place2}.", "later": "{span} nach {time} Uhr ist es {time2} Uhr.", "earlier": "{span} vor {time} Uhr ist es {time2} Uhr.",
        "between": "Von {time} bis {time2} Uhr sind es {span}.", "midnight": "Die zweite Uhrzeit liegt am nächsten Tag.", "offset_ahead": "{place} ist {place2} um {span} voraus.", "offset_behind": "{place} liegt {span} hinter {place2}.", "offset_same": "{place} und {place2} haben dieselbe Zeit.",
        "sum": "{a} plus {b} sind {span}.", "less": "{a} minus {b} sind {span}.", "zone": "{place}: {zone}, UTC{offset}", "next_day": "nächster Tag", "previous_day": "Vortag",
        "of": "{a} von {b}", "rounded": "gerundet", "and": "und", "inexact": "≈ gerundet; der genaue Wert endet nicht", "remainder": "Rest von {a} ÷ {b}", "mean": "Mittelwert", "median": "Median",
        "us": "US-Maß: {unit}", "imperial": "britisches Maß: {unit}", "metric": "metrisches Maß: {unit}",
    },
)

SPANISH = Language(
    ordinals={"primer": "1", "primero": "1", "segundo": "2", "tercer": "3", "tercero": "3", "cuarto": "4"},
    telling=frozenset(_ES_TELLING.split()),
    openings=(
        "hola", "oye", "por favor", "puedes", "podrías", "me puedes", "me podrías", "puede", "decirme", "decir", "dime", "calcular", "calcula", "cálculame", "calcúlame", "sabes", "quiero saber", "quisiera saber", "me gustaría saber", "necesito saber",
        "cuánto es", "cuánto son", "cuanto es", "cuanto son", "cuánto da", "cuánto vale", "cuánto hace", "cuánto sería", "cuánto serían", "cuál es", "cual es", "cuáles son", "qué es", "qué da", "cuánto", "cuanto", "el resultado de", "resultado de", "el valor de", "el", "la", "los", "las", "y", "si", "pues", "entonces", "resuelve", "averigua", "halla", "buenas", "buenos días",
    ),
    closings=("por favor", "gracias", "porfa", "es", "son", "da", "=", "igual a", "en total", "exactamente", "en decimal", "como decimal"),
    scales={"cien": 2, "mil": 3, "millón": 6, "millones": 6, "mil millones": 9},
    operators=(
        (r"\b(?:elevado a la potencia(?: de)?|elevado a la|elevado a|a la potencia(?: de)?)\b", "^"), (r"\b(?:multiplicado por|por|veces)\b", "*"), (r"\b(?:dividido (?:entre|por|para)|entre)\b", "/"), (r"\bmás\b|\bmas\b", "+"), (r"\bmenos\b", "-"),
        (r"\bal cuadrado\b", "^2"), (r"\bal cubo\b", "^3"), (r"\bmódulo\b|\bmod\b", " mod "), (r"\b(?:la )?(?:raíz|raiz) (?:cuadrada )?(?:de)?(?= ?[\d(])", "sqrt "), (r"\b(?:la )?(?:raíz|raiz) cúbica(?: de)?\b", "cbrt"),
        (r"\b(?:tres|3) cuartos\b|\btres cuartas partes\b", "(3/4)"), (r"\b(?:dos|2) tercios\b|\bdos terceras partes\b", "(2/3)"), (r"\bmedia docena\b", "6"), (r"(\d{1,9}) docenas?\b", r"(\1 * 12)"), (r"\b(?:una )?docena\b", "12"),
        (r"\b(?:la )?mitad\b|\bun medio\b", "(1/2)"), (r"\b(?:un tercio|la tercera parte|tercio|tercera parte)\b", "(1/3)"), (r"\b(?:un cuarto|la cuarta parte|cuarto|cuarta parte)\b", "(1/4)"), (r"\b(?:un quinto|la quinta parte)\b", "(1/5)"), (r"\b(?:un décimo|la décima parte)\b", "(1/10)"),
        (r"\b(?:el )?doble de\b", "2 *"), (r"\b(?:el )?triple de\b", "3 *"), (r"\b(?:el )?(\d{1,6}) factorial\b", r"\1!"), (r"\b(?:del|de)\b", " of "), (r"\bel (?=[\d(])", ""),
    ),
    small={"cero": "0", "uno": "1", "un": "1", "una": "1", "dos": "2", "tres": "3"},
    money={"euro": "EUR", "euros": "EUR", "dólar": "USD", "dólares": "USD", "dolares": "USD", "francos": "CHF", "yenes": "JPY"},
    sums=ES_SUMS,
    units={
        "pulgada": "length-inch", "pulgadas": "length-inch", "pie": "length-foot", "pies": "length-foot", "milla": "length-mile", "millas": "length-mile", "millas náuticas": "length-nautical-mile", "yardas": "length-yard", "yarda": "length-yard",
        "metro": "length-meter", "metros": "length-meter", "centímetros": "length-centimeter", "kilómetros": "length-kilometer", "centimetros": "length-centimeter", "kilometros": "length-kilometer", "milímetros": "length-millimeter",
        "kilo": "mass-kilogram", "kilos": "mass-kilogram", "gramo": "mass-gram", "gramos": "mass-gram", "libra": "mass-pound", "libras": "mass-pound", "onza": "mass-ounce", "onzas": "mass-ounce", "onza líquida": "volume-fluid-ounce", "onzas líquidas": "volume-fluid-ounce", "tonelada": "mass-tonne", "toneladas": "mass-tonne",
        "litro": "volume-liter", "litros": "volume-liter", "mililitros": "volume-milliliter", "taza": "volume-cup-metric!", "tazas": "volume-cup-metric!", "cucharada": "volume-tablespoon-metric!", "cucharadas": "volume-tablespoon-metric!", "cucharadita": "volume-teaspoon-metric!", "cucharaditas": "volume-teaspoon-metric!", "galón": "volume-gallon", "galones": "volume-gallon",
        "celsius": "temperature-celsius", "fahrenheit": "temperature-fahrenheit", "kelvin": "temperature-kelvin", "centígrados": "temperature-celsius", "grados centígrados": "temperature-celsius", "grados celsius": "temperature-celsius", "grados fahrenheit": "temperature-fahrenheit", "grados": "angle-degree", "radianes": "angle-radian",
        "kilómetros por hora": "speed-kilometer-per-hour", "km por hora": "speed-kilometer-per-hour", "millas por hora": "speed-mile-per-hour", "metros por segundo": "speed-meter-per-second", "nudos": "speed-knot",
        "metros cuadrados": "area-square-meter", "kilómetros cuadrados": "area-square-kilometer", "hectárea": "area-hectare", "hectáreas": "area-hectare", "pies cuadrados": "area-square-foot", "metros cúbicos": "volume-cubic-meter",
        "litros a los 100 km": "consumption-liter-per-100-kilometer", "litros cada 100 km": "consumption-liter-per-100-kilometer", "litros por 100 km": "consumption-liter-per-100-kilometer", "millas por galón": "consumption-mile-per-gallon",
        "caloría": "", "calorías": "", "kilocalorías": "energy-kilocalorie", "kilovatios hora": "energy-kilowatt-hour", "caballos": "power-horsepower-metric", "cv": "power-horsepower-metric",
    },
    into=("a", "en", "a cuántos", "a cuántas", "son cuántos", "son cuántas", "son en", "equivale a cuántos", "equivalen a cuántos", "es en", ", cuánto es en", ", cuánto es eso en", ". cuánto es eso en", "expresado en"),
    many=("cuántos", "cuántas", "cuantos", "cuantas", "a cuántos", "a cuántas", "a cuanto", "a cuánto", "número de"),
    inside=("son", "es", "hay en", "tiene", "tienen", "en", "equivalen a", "equivale a", "equivalen", "equivale", "caben en", "hacen", "contiene", "contienen", "corresponden a"),
    one=("un", "una", "uno"),
    joins=("y", "con", ","),
    spans={"día": "days", "días": "days", "dia": "days", "dias": "days", "semana": "weeks", "semanas": "weeks", "mes": "months", "meses": "months", "año": "years", "años": "years", "hora": "hours", "horas": "hours", "h": "hours", "minuto": "minutes", "minutos": "minutes", "min": "minutes", "segundo": "seconds", "segundos": "seconds"},
    days_named={
        "hoy": "+0", "mañana": "+1", "ayer": "-1", "pasado mañana": "+2", "anteayer": "-2", "antes de ayer": "-2", "ahora": "+0", "navidad": "12-25", "día de navidad": "12-25", "nochebuena": "12-24", "nochevieja": "12-31", "fin de año": "12-31", "año nuevo": "01-01", "reyes": "01-06", "día de reyes": "01-06",
        "san valentín": "02-14", "halloween": "10-31", "domingo de pascua": "easter", "pascua": "easter", "viernes santo": "easter-2", "jueves santo": "easter-3", "lunes de pascua": "easter+1", "domingo de resurrección": "easter",
        "fin del año": "year-end", "final de año": "year-end", "final del año": "year-end", "fin de este año": "year-end", "que acabe el año": "year-end", "que termine el año": "year-end", "fin de mes": "month-end", "final de mes": "month-end", "final del mes": "month-end", "fin del mes": "month-end",
    },
    weekday_frames=(("(?:el )?próximo {}", "coming"), ("(?:el )?{} que viene", "coming"), ("(?:el )?{} pasado", "last"), ("(?:el )?pasado {}", "last"), ("este {}", "this"), ("(?:el )?{}", "coming")),
    relative=(
        (r"(?:dentro de|en|de aquí a) <n:n> <u:u>", "+"), (r"<n:n> <u:u> (?:a partir de|desde) (?:hoy|ahora)", "+"), (r"hace <n:n> <u:u>", "-"),
        (r"<n:n> <u:u> (?:después de|después del|a partir de|a partir del|tras)(?: el)? <d:d>", "+d"), (r"<n:n> <u:u> antes (?:de|del)(?: el)? <d:d>", "-d"),
        (r"(?:el )?<o:n>(?:º|er|o)? (?P<w>[a-zñáéíóú]{5,9}) de (?P<m>[a-z]{4,10})(?: (?:de|del) (?P<y>\d{4}))?", "nth"),
        (r"(?:el )?último (?P<w>[a-zñáéíóú]{5,9}) de (?P<m>[a-z]{4,10})(?: (?:de|del) (?P<y>\d{4}))?", "last"),
    ),
    days=ES_DAYS, hours=ES_HOURS,
    clock=(
        (r"mediodía|el mediodía|las 12 del mediodía", "12:00"), (r"medianoche|la medianoche", "00:00"),
        (r"(?:las |la )?<h:n> y media de la (?:tarde|noche)", "{h}+30pm"), (r"(?:las |la )?<h:n> y cuarto de la (?:tarde|noche)", "{h}+15pm"), (r"(?:las |la )?<h:n> y media de la (?:mañana|madrugada)", "{h}+30am"), (r"(?:las |la )?<h:n> y cuarto de la (?:mañana|madrugada)", "{h}+15am"),
        (r"(?:las |la )?<h:n> de la (?:tarde|noche)", "{h}pm"), (r"(?:las |la )?<h:n> de la (?:mañana|madrugada)", "{h}am"), (r"(?:las |la )?<h:n> y media", "{h}+30"), (r"(?:las |la )?<h:n> y cuarto", "{h}+15"), (r"(?:las |la )?<h:n> menos cuarto", "{h}-15"),
        (r"(?:las |la )(?P<h>\d{1,2})[:.](?P<m>\d{2})(?: horas| h)?", "{h}:{m}"), (r"(?P<h>\d{1,2})[:.](?P<m>\d{2}) (?:de la )?(?:tarde|noche)", "{h}:{m}pm"), (r"(?:las |la )?(?P<h>\d{1,2})[:.](?P<m>\d{2}) de la (?:tarde|noche)", "{h}:{m}pm"), (r"(?:las |la )?(?P<h>\d{1,2})[:.](?P<m>\d{2}) de la (?:mañana|madrugada)", "{h}:{m}am"), (r"(?:las |la )<h:n>(?: horas)?", "{h}:00"),
    ),
    here=frozenset({"aquí", "mi hora"}),
    places={"inglaterra": "Europe/London", "reino unido": "Europe/London", "el reino unido": "Europe/London", "california": "America/Los_Angeles", "ciudad de méxico": "America/Mexico_City", "méxico df": "America/Mexico_City", "cdmx": "America/Mexico_City", "nueva york": "America/New_York", "pekín": "Asia/Shanghai", "holanda": "Europe/Amsterdam", "múnich": "Europe/Berlin", "colonia": "Europe/Berlin", "milán": "Europe/Rome", "florencia": "Europe/Rome", "venecia": "Europe/Rome", "nápoles": "Europe/Rome", "sevilla": "Europe/Madrid", "ginebra": "Europe/Zurich", "nueva delhi": "Asia/Kolkata", "londres": "Europe/London", "tokio": "Asia/Tokyo", "ciudad del cabo": "Africa/Johannesburg", "hawái": "Pacific/Honolulu"},
    sayings={
        "weekday": "El {date} es {weekday}.", "weekday_past": "El {date} fue {weekday}.", "today": "Hoy es {weekday}, {date}.", "date": "{weekday}, {date}.",
        "span": "Entre el {a} y el {b} hay {span}.", "until": "Hasta el {b} faltan {span}.", "since": "Desde el {a} han pasado {span}.", "left": "Quedan {span}.",
        "week": "El {date} está en la semana ISO {n} de {y}.", "day_of_year": "El {date} es el día {n} de {y}.", "leap": "Sí, {y} es bisiesto.", "leap_past": "Sí, {y} fue bisiesto.", "not_leap": "No, {y} no es bisiesto.", "not_leap_past": "No, {y} no fue bisiesto.",
        "next_leap": "El próximo año bisiesto es {y}.", "age": "Nacimiento el {date}: {span}.", "length": "{date} tiene {span}.", "either": "El más próximo es {a}; el de la semana que viene, {b}.",
        "read_dmy": "{raw} leído como día/mes/año: {date}", "read_mdy": "{raw} leído como mes/día/año: {date}", "read": "{raw} leído como {date}", "clamped": "{date} no tiene ese día: se toma el último",
        "not_counting": "El primer día no se cuenta.", "leap_rule": "divisible por 4; si lo es por 100, también por 400", "leap_why": "{y} es divisible por {n}", "leap_why_not": "{y} no es divisible por {n}",
        "now": "En {place} son las {time}.", "now_here": "Son las {time}.", "other_day": "({weekday}, {date})", "convert": "Las {time} en {place} son las {time2} en {place2}.", "later": "{span} después de las {time} son las {time2}.", "earlier": "{span} antes de las {time} son las {time2}.",
        "between": "De {time} a {time2} hay {span}.", "midnight": "La segunda hora es del día siguiente.", "offset_ahead": "{place} va {span} por delante de {place2}.", "offset_behind": "{place} va {span} por detrás de {place2}.", "offset_same": "{place} y {place2} tienen la misma hora.",
        "sum": "{a} más {b} son {span}.", "less": "{a} menos {b} son {span}.", "zone": "{place}: {zone}, UTC{offset}", "next_day": "día siguiente", "previous_day": "día anterior",
        "of": "{a} de {b}", "rounded": "redondeado", "and": "y", "inexact": "≈ redondeado; el valor exacto no termina", "remainder": "resto de {a} ÷ {b}", "mean": "media", "median": "mediana",
        "us": "medida de EE. UU.: {unit}", "imperial": "medida imperial: {unit}", "metric": "medida métrica: {unit}",
    },
)

FRENCH = Language(
    ordinals={"premier": "1", "deuxième": "2", "second": "2", "troisième": "3", "quatrième": "4"},
    telling=frozenset(_FR_TELLING.split()),
    openings=(
        "salut", "bonjour", "s'il te plaît", "s'il vous plaît", "stp", "svp", "peux-tu", "pouvez-vous", "pourrais-tu", "pourriez-vous", "tu peux", "me dire", "dis-moi", "dites-moi", "calculer", "calcule", "calculez", "sais-tu", "je voudrais savoir", "je veux savoir", "j'aimerais savoir", "j'aimerais connaître", "combien font", "combien fait", "combien ça fait", "combien",
        "combien valent", "combien vaut", "ça fait combien", "c'est combien", "c'est quoi", "quel est", "quelle est", "quels sont", "quelles sont", "qu'est-ce que", "que vaut", "que valent", "que font", "que fait", "donne-moi", "le résultat de", "résultat de", "la valeur de", "le", "la", "les", "et", "si", "alors", "ce que font", "ce que fait", "à combien est", "moi", "trouve", "combien est-ce que font", "combien représente", "combien représentent",
    ),
    closings=("s'il te plaît", "s'il vous plaît", "stp", "svp", "merci", "font", "fait", "égale", "=", "égal", "en tout", "au total", "exactement", "ça fait combien", "ça fait", "font combien", "fait combien", "en décimal", "sous forme décimale"),
    scales={"cent": 2, "mille": 3, "million": 6, "millions": 6, "milliard": 9, "milliards": 9, "millions de": 6},
    operators=(
        (r"\b(?:puissance|à la puissance|exposant)\b", "^"), (r"\b(?:multiplié par|fois)\b", "*"), (r"\b(?:divisé par|sur)\b", "/"), (r"\bplus\b", "+"), (r"\bmoins\b", "-"), (r"\bau carré\b", "^2"), (r"\bau cube\b", "^3"), (r"\bmodulo\b|\bmod\b", " mod "),
        (r"\b(?:la )?racine(?: carrée)?(?: de)?(?= ?[\d(])", "sqrt "), (r"\b(?:la )?racine cubique(?: de)?\b", "cbrt"),
        (r"\b(?:les )?(?:trois|3) quarts\b", "(3/4)"), (r"\b(?:les )?(?:deux|2) tiers\b", "(2/3)"), (r"\b(?:une )?demi-douzaine\b", "6"), (r"(\d{1,9}) douzaines?\b", r"(\1 * 12)"), (r"\b(?:une )?douzaine\b", "12"),
        (r"\b(?:la )?moitié\b|\bun demi\b", "(1/2)"), (r"\b(?:un tiers|le tiers|tiers)\b", "(1/3)"), (r"\b(?:un quart|le quart|quart)\b", "(1/4)"), (r"\b(?:un|le) cinquième\b", "(1/5)"), (r"\b(?:un|le) dixième\b", "(1/10)"),
        (r"\b(?:le )?double de\b", "2 *"), (r"\b(?:le )?triple de\b", "3 *"), (r"\b(?:factorielle )(\d{1,6})\b", r"\1!"), (r"\b(?:des|de|du)\b|\bd'", " of "),
    ),
    small={"zéro": "0", "un": "1", "une": "1", "deux": "2", "trois": "3"},
    money={"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "francs": "CHF", "yens": "JPY"},
    sums=FR_SUMS,
    units={
        "pouce": "length-inch", "pouces": "length-inch", "pied": "length-foot", "pieds": "length-foot", "mile": "length-mile", "miles": "length-mile", "milles nautiques": "length-nautical-mile", "yards": "length-yard", "mètre": "length-meter", "mètres": "length-meter",
        "kilo": "mass-kilogram", "kilos": "mass-kilogram", "gramme": "mass-gram", "grammes": "mass-gram", "livre": "mass-pound", "livres": "mass-pound", "once": "mass-ounce", "onces": "mass-ounce", "tonne": "mass-tonne", "tonnes": "mass-tonne", "onces liquides": "volume-fluid-ounce",
        "litre": "volume-liter", "litres": "volume-liter", "tasse": "volume-cup-metric!", "tasses": "volume-cup-metric!", "cuillère à soupe": "volume-tablespoon-metric!", "cuillères à soupe": "volume-tablespoon-metric!", "cuillère à café": "volume-teaspoon-metric!", "cuillères à café": "volume-teaspoon-metric!", "gallon": "volume-gallon", "gallons": "volume-gallon", "cuillères à thé": "volume-teaspoon-metric!",
        "celsius": "temperature-celsius", "fahrenheit": "temperature-fahrenheit", "kelvin": "temperature-kelvin", "kelvins": "temperature-kelvin", "degrés celsius": "temperature-celsius", "degrés fahrenheit": "temperature-fahrenheit", "degrés": "angle-degree", "radians": "angle-radian",
        "kilomètres par heure": "speed-kilometer-per-hour", "kilomètres-heure": "speed-kilometer-per-hour", "kilomètres heure": "speed-kilometer-per-hour", "km par heure": "speed-kilometer-per-hour", "miles par heure": "speed-mile-per-hour", "miles à l'heure": "speed-mile-per-hour", "mètres par seconde": "speed-meter-per-second", "nœuds": "speed-knot", "noeuds": "speed-knot",
        "mètres carrés": "area-square-meter", "kilomètres carrés": "area-square-kilometer", "hectare": "area-hectare", "hectares": "area-hectare", "pieds carrés": "area-square-foot", "mètres cubes": "volume-cubic-meter", "acres": "area-acre",
        "litres aux 100 km": "consumption-liter-per-100-kilometer", "litres aux 100": "consumption-liter-per-100-kilometer", "litres pour 100 km": "consumption-liter-per-100-kilometer", "miles par gallon": "consumption-mile-per-gallon",
        "calorie": "", "calories": "", "kilocalories": "energy-kilocalorie", "kilowattheures": "energy-kilowatt-hour", "chevaux": "power-horsepower-metric", "octets": "digital-byte", "octet": "digital-byte", "ko": "digital-kilobyte", "mo": "digital-megabyte", "go": "digital-gigabyte", "to": "digital-terabyte", "jours": "duration-day", "semaines": "duration-week",
    },
    into=("en", "à", "en combien de", "c'est combien de", "ça fait combien de", "combien de", "font combien de", "font combien en", "fait combien en", "ça fait combien en", "c'est combien en", "font en", "fait en", "vers", ", ça fait combien en", ", c'est combien en", ". ça fait combien en", ", combien ça fait en", "exprimé en", "sont combien de"),
    many=("combien y a-t-il de", "combien y a-t-il d'", "combien il y a de", "combien de", "combien d'", "nombre de", "nombre d'"),
    inside=("font", "fait", "dans", "y a-t-il dans", "il y a dans", "en", "valent", "vaut", "représentent", "représente", "pour", "contient", "contiennent", "sont", "équivalent à", "correspondent à", "a"),
    one=("un", "une"),
    joins=("et", ","),
    spans={"jour": "days", "jours": "days", "semaine": "weeks", "semaines": "weeks", "mois": "months", "an": "years", "ans": "years", "année": "years", "années": "years", "heure": "hours", "heures": "hours", "h": "hours", "minute": "minutes", "minutes": "minutes", "min": "minutes", "seconde": "seconds", "secondes": "seconds"},
    days_named={
        "aujourd'hui": "+0", "demain": "+1", "hier": "-1", "après-demain": "+2", "avant-hier": "-2", "maintenant": "+0", "noël": "12-25", "noel": "12-25", "jour de noël": "12-25", "réveillon de noël": "12-24", "saint-sylvestre": "12-31", "la saint-sylvestre": "12-31", "nouvel an": "01-01", "jour de l'an": "01-01", "fête nationale": "07-14", "saint-valentin": "02-14", "la saint-valentin": "02-14", "halloween": "10-31", "toussaint": "11-01", "la toussaint": "11-01", "épiphanie": "01-06",
        "pâques": "easter", "dimanche de pâques": "easter", "lundi de pâques": "easter+1", "vendredi saint": "easter-2", "ascension": "easter+39", "l'ascension": "easter+39", "pentecôte": "easter+49", "la pentecôte": "easter+49", "fin de l'année": "year-end", "la fin de l'année": "year-end", "fin de cette année": "year-end", "fin du mois": "month-end", "la fin du mois": "month-end", "fin de l'an": "year-end",
    },
    weekday_frames=(("{} prochain", "coming"), ("le prochain {}", "coming"), ("prochain {}", "coming"), ("{} dernier", "last"), ("ce {}", "this"), ("(?:le )?{}", "coming")),
    relative=(
        (r"(?:dans|d'ici) <n:n> <u:u>", "+"), (r"<n:n> <u:u> (?:à partir d'aujourd'hui|à compter d'aujourd'hui|à partir de maintenant)", "+"), (r"il y a <n:n> <u:u>", "-"),
        (r"<n:n> <u:u> (?:après|à partir du|à compter du)(?: le)? <d:d>", "+d"), (r"<n:n> <u:u> avant(?: le)? <d:d>", "-d"),
        (r"(?:le )?<o:n>(?:er|e|ème)? (?P<w>[a-z]{5,8}) (?:de |d'|du mois de )(?P<m>[a-zéû]{3,9})(?: (?P<y>\d{4}))?", "nth"),
        (r"(?:le )?dernier (?P<w>[a-z]{5,8}) (?:de |d'|du mois de )(?P<m>[a-zéû]{3,9})(?: (?P<y>\d{4}))?", "last"),
    ),
    days=FR_DAYS, hours=FR_HOURS,
    clock=(
        (r"midi", "12:00"), (r"minuit", "00:00"), (r"<h:n> ?(?:heures?|h) et demie", "{h}:30"), (r"<h:n> ?(?:heures?|h) et quart", "{h}:15"), (r"<h:n> ?(?:heures?|h) moins le quart", "{h}-15"), (r"<h:n> ?(?:heures?|h) du soir|<g:n> ?(?:heures?|h) de l'après-midi", "{h}pm"), (r"<h:n> ?(?:heures?|h) du matin", "{h}am"),
        (r"<h:n> ?(?:heures?|h)", "{h}:00"), (r"(?P<h>\d{1,2}) ?(?:h|heures?) ?(?P<m>\d{2})", "{h}:{m}"),
    ),
    here=frozenset({"ici", "chez moi"}),
    places={"angleterre": "Europe/London", "royaume-uni": "Europe/London", "le royaume-uni": "Europe/London", "grande-bretagne": "Europe/London", "californie": "America/Los_Angeles", "pékin": "Asia/Shanghai", "mexico": "America/Mexico_City", "munich": "Europe/Berlin", "cologne": "Europe/Berlin", "milan": "Europe/Rome", "venise": "Europe/Rome", "naples": "Europe/Rome", "genève": "Europe/Zurich", "barcelone": "Europe/Madrid", "séville": "Europe/Madrid", "new delhi": "Asia/Kolkata", "le cap": "Africa/Johannesburg", "montréal": "America/Toronto", "pays-bas": "Europe/Amsterdam", "les pays-bas": "Europe/Amsterdam", "hawaï": "Pacific/Honolulu"},
    sayings={
        "weekday": "Le {date} est un {weekday}.", "weekday_past": "Le {date} était un {weekday}.", "today": "Nous sommes {weekday} {date}.", "date": "{weekday} {date}.",
        "span": "Entre le {a} et le {b}, il y a {span}.", "until": "Il reste {span} jusqu'au {b}.", "since": "Depuis le {a}, {span} se sont écoulés.", "left": "Il reste {span}.",
        "week": "Le {date} est dans la semaine ISO {n} de {y}.", "day_of_year": "Le {date} est le jour {n} de {y}.", "leap": "Oui, {y} est une année bissextile.", "leap_past": "Oui, {y} était une année bissextile.", "not_leap": "Non, {y} n'est pas une année bissextile.", "not_leap_past": "Non, {y} n'était pas une année bissextile.",
        "next_leap": "La prochaine année bissextile est {y}.", "age": "Naissance le {date} : {span}.", "length": "{date} : {span}.", "either": "Le plus proche est le {a} ; celui de la semaine prochaine, le {b}.",
        "read_dmy": "{raw} lu comme jour/mois/année : {date}", "read_mdy": "{raw} lu comme mois/jour/année : {date}", "read": "{raw} lu comme {date}", "clamped": "{date} n'a pas ce jour : le dernier est pris",
        "not_counting": "Le premier jour n'est pas compté.", "leap_rule": "divisible par 4, et par 100 seulement si par 400", "leap_why": "{y} est divisible par {n}", "leap_why_not": "{y} n'est pas divisible par {n}",
        "now": "Il est {time} à {place}.", "now_here": "Il est {time}.", "other_day": "({weekday} {date})", "convert": "{time} à {place} correspond à {time2} à {place2}.", "later": "{span} après {time}, il est {time2}.", "earlier": "{span} avant {time}, il est {time2}.",
        "between": "De {time} à {time2}, il y a {span}.", "midnight": "La seconde heure est le lendemain.", "offset_ahead": "{place} est en avance de {span} sur {place2}.", "offset_behind": "{place} est en retard de {span} sur {place2}.", "offset_same": "{place} et {place2} ont la même heure.",
        "sum": "{a} plus {b} font {span}.", "less": "{a} moins {b} font {span}.", "zone": "{place} : {zone}, UTC{offset}", "next_day": "lendemain", "previous_day": "veille",
        "of": "{a} de {b}", "rounded": "arrondi", "and": "et", "inexact": "≈ arrondi ; la valeur exacte ne se termine pas", "remainder": "reste de {a} ÷ {b}", "mean": "moyenne", "median": "médiane",
        "us": "mesure américaine : {unit}", "imperial": "mesure impériale : {unit}", "metric": "mesure métrique : {unit}",
    },
)

LANGUAGES: dict[str, Language] = {"en": ENGLISH, "de": GERMAN, "es": SPANISH, "fr": FRENCH}

# Cities that are no zone's own name, spelled alike in many languages.
CITIES: dict[str, str] = {
    name: zone
    for zone, text in {
        "America/New_York": "washington dc|washington d.c.|boston|miami|philadelphia|atlanta|orlando|baltimore|pittsburgh|new york",
        "America/Chicago": "houston|dallas|austin|san antonio|new orleans|minneapolis|st. louis",
        "America/Los_Angeles": "san francisco|seattle|las vegas|san diego|sacramento|silicon valley",
        "America/Denver": "salt lake city", "America/Toronto": "ottawa|montreal|québec|quebec city",
        "America/Edmonton": "calgary", "America/Sao_Paulo": "rio de janeiro|rio|brasília|brasilia|são paulo|sao paulo",
        "America/Mexico_City": "mexico city|guadalajara|puebla", "America/Bogota": "medellín|medellin|cali",
        "America/Argentina/Buenos_Aires": "buenos aires|córdoba argentina", "America/Lima": "cusco|cuzco",
        "America/Havana": "la habana|havanna|la havane", "Europe/London": "manchester|edinburgh|glasgow|liverpool|oxford|leeds|bristol|cardiff",
        "Europe/Berlin": "frankfurt|hamburg|stuttgart|düsseldorf|leipzig|dresden|hannover|bremen|francfort|hamburgo|hambourg",
        "Europe/Paris": "lyon|marseille|nice|toulouse|bordeaux|strasbourg|nantes|lille|straßburg", "Europe/Madrid": "barcelona|seville|valencia|bilbao|málaga|malaga|zaragoza|granada",
        "Europe/Rome": "milan|florence|venice|naples|turin", "Europe/Zurich": "geneva|basel|bern|berne|lausanne", "Europe/Amsterdam": "rotterdam|the hague|utrecht",
        "Europe/Brussels": "antwerp|bruges|ghent", "Europe/Warsaw": "krakow|kraków|gdansk|krakau", "Europe/Moscow": "st petersburg|saint petersburg|st. petersburg|sankt petersburg",
        "Europe/Lisbon": "porto", "Europe/Istanbul": "ankara|antalya", "Asia/Tokyo": "osaka|kyoto|yokohama|nagoya|kioto",
        "Asia/Shanghai": "beijing|shenzhen|guangzhou|wuhan|chengdu", "Asia/Kolkata": "mumbai|delhi|new delhi|bangalore|bengaluru|chennai|hyderabad|pune|bombay",
        "Asia/Dubai": "abu dhabi", "Asia/Jerusalem": "tel aviv|tel aviv-yafo", "Asia/Ho_Chi_Minh": "hanoi|saigon|ho chi minh city", "Asia/Karachi": "lahore|islamabad",
        "Asia/Riyadh": "jeddah|mecca", "Africa/Johannesburg": "cape town|pretoria|durban", "Africa/Cairo": "alexandria", "Africa/Casablanca": "marrakesh|marrakech|rabat",
        "Africa/Lagos": "abuja", "Australia/Sydney": "canberra", "Australia/Brisbane": "gold coast", "Pacific/Auckland": "wellington|christchurch", "Asia/Makassar": "bali",
        "Asia/Bangkok": "phuket", "Asia/Seoul": "busan",
    }.items()
    for name in text.split("|")
}

# Names that mean several places, or more than a place, with different times.
TWO_PLACES = frozenset({"georgia", "san jose", "san josé", "portland", "birmingham", "washington", "center", "knox", "georgien", "victoria", "springfield", "georgie"})

# Abbreviations of zones; one that several zones share, or that people use all year, is left out.
ZONE_SIGNS: dict[str, str] = {
    "utc": "UTC", "gmt": "UTC", "z": "UTC", "cet": "Europe/Berlin", "cest": "Europe/Berlin", "mez": "Europe/Berlin", "mesz": "Europe/Berlin",
    "est": "America/New_York", "edt": "America/New_York", "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "mst": "America/Denver", "mdt": "America/Denver",
    "cdt": "America/Chicago", "bst": "Europe/London", "eet": "Europe/Athens", "eest": "Europe/Athens", "jst": "Asia/Tokyo", "aest": "Australia/Sydney", "aedt": "Australia/Sydney", "wet": "Europe/Lisbon", "msk": "Europe/Moscow",
}

# unit -> (dimension, size in the base unit as an exact fraction, offset of its zero). Units with a
# CLDR id carry it as their name, so Babel knows their plurals; the others are in SYMBOLS.
UNITS: dict[str, tuple[str, str, str]] = {
    # length, in metres
    "length-kilometer": ("length", "1000", "0"), "length-meter": ("length", "1", "0"),
    "length-decimeter": ("length", "1/10", "0"), "length-centimeter": ("length", "1/100", "0"),
    "length-millimeter": ("length", "1/1000", "0"), "length-micrometer": ("length", "1/1000000", "0"),
    "length-nanometer": ("length", "1/1000000000", "0"), "length-mile": ("length", "1609.344", "0"),
    "length-yard": ("length", "0.9144", "0"), "length-foot": ("length", "0.3048", "0"),
    "length-inch": ("length", "0.0254", "0"), "length-nautical-mile": ("length", "1852", "0"),
    "length-fathom": ("length", "1.8288", "0"), "length-furlong": ("length", "201.168", "0"),
    "length-light-year": ("length", "9460730472580800", "0"),
    "length-astronomical-unit": ("length", "149597870700", "0"),
    # mass, in grams
    "mass-tonne": ("mass", "1000000", "0"), "mass-kilogram": ("mass", "1000", "0"),
    "mass-gram": ("mass", "1", "0"), "mass-milligram": ("mass", "1/1000", "0"),
    "mass-microgram": ("mass", "1/1000000", "0"), "mass-pound": ("mass", "453.59237", "0"),
    "mass-ounce": ("mass", "28.349523125", "0"), "mass-stone": ("mass", "6350.29318", "0"),
    "mass-ton": ("mass", "907184.74", "0"), "mass-long-ton": ("mass", "1016046.9088", "0"),
    "mass-carat": ("mass", "1/5", "0"), "mass-grain": ("mass", "0.06479891", "0"),
    "mass-ounce-troy": ("mass", "31.1034768", "0"), "mass-metric-pound": ("mass", "500", "0"),
    "mass-centner": ("mass", "50000", "0"), "mass-hundredweight": ("mass", "100000", "0"),
    # volume, in litres
    "volume-liter": ("volume", "1", "0"), "volume-milliliter": ("volume", "1/1000", "0"),
    "volume-centiliter": ("volume", "1/100", "0"), "volume-deciliter": ("volume", "1/10", "0"),
    "volume-hectoliter": ("volume", "100", "0"), "volume-cubic-meter": ("volume", "1000", "0"),
    "volume-cubic-centimeter": ("volume", "1/1000", "0"),
    "volume-cubic-foot": ("volume", "28.316846592", "0"),
    "volume-cubic-inch": ("volume", "0.016387064", "0"),
    "volume-cubic-yard": ("volume", "764.554857984", "0"),
    "volume-gallon": ("volume", "3.785411784", "0"),
    "volume-gallon-imperial": ("volume", "4.54609", "0"),
    "volume-quart": ("volume", "0.946352946", "0"),
    "volume-quart-imperial": ("volume", "1.1365225", "0"),
    "volume-pint": ("volume", "0.473176473", "0"),
    "volume-pint-imperial": ("volume", "0.56826125", "0"),
    "volume-cup": ("volume", "0.2365882365", "0"), "volume-cup-metric": ("volume", "1/4", "0"),
    "volume-fluid-ounce": ("volume", "0.0295735295625", "0"),
    "volume-fluid-ounce-imperial": ("volume", "0.0284130625", "0"),
    "volume-tablespoon": ("volume", "0.01478676478125", "0"),
    "volume-teaspoon": ("volume", "0.00492892159375", "0"),
    "volume-tablespoon-metric": ("volume", "0.015", "0"),
    "volume-teaspoon-metric": ("volume", "0.005", "0"),
    "volume-barrel": ("volume", "158.987294928", "0"),
    # area, in square metres
    "area-square-meter": ("area", "1", "0"), "area-square-kilometer": ("area", "1000000", "0"),
    "area-square-centimeter": ("area", "1/10000", "0"), "area-hectare": ("area", "10000", "0"),
    "area-square-millimeter": ("area", "1/1000000", "0"), "area-are": ("area", "100", "0"),
    "area-acre": ("area", "4046.8564224", "0"), "area-square-mile": ("area", "2589988.110336", "0"),
    "area-square-yard": ("area", "0.83612736", "0"), "area-square-foot": ("area", "0.09290304", "0"),
    "area-square-inch": ("area", "0.00064516", "0"),
    # speed, in metres a second
    "speed-meter-per-second": ("speed", "1", "0"), "speed-kilometer-per-hour": ("speed", "5/18", "0"),
    "speed-mile-per-hour": ("speed", "0.44704", "0"), "speed-knot": ("speed", "463/900", "0"),
    "speed-foot-per-second": ("speed", "0.3048", "0"),
    # temperature, in kelvins
    "temperature-kelvin": ("temperature", "1", "0"),
    "temperature-celsius": ("temperature", "1", "273.15"),
    "temperature-fahrenheit": ("temperature", "5/9", "45967/180"),
    # time, in seconds; months and years have no fixed length and are a dimension of their own
    "duration-second": ("time", "1", "0"), "duration-minute": ("time", "60", "0"),
    "duration-hour": ("time", "3600", "0"), "duration-day": ("time", "86400", "0"),
    "duration-week": ("time", "604800", "0"), "duration-millisecond": ("time", "1/1000", "0"),
    "duration-microsecond": ("time", "1/1000000", "0"),
    "duration-nanosecond": ("time", "1/1000000000", "0"), "duration-fortnight": ("time", "1209600", "0"),
    "duration-month": ("calendar", "1", "0"), "duration-year": ("calendar", "12", "0"),
    "duration-decade": ("calendar", "120", "0"), "duration-century": ("calendar", "1200", "0"),
    "duration-quarter": ("calendar", "3", "0"),
    # data, in bits
    "digital-bit": ("data", "1", "0"), "digital-byte": ("data", "8", "0"),
    "digital-kilobit": ("data", "1000", "0"), "digital-megabit": ("data", "1000000", "0"),
    "digital-gigabit": ("data", "1000000000", "0"), "digital-terabit": ("data", "1000000000000", "0"),
    "digital-kilobyte": ("data", "8000", "0"), "digital-megabyte": ("data", "8000000", "0"),
    "digital-gigabyte": ("data", "8000000000", "0"),
    "digital-terabyte": ("data", "8000000000000", "0"),
    "digital-petabyte": ("data", "8000000000000000", "0"),
    "digital-kibibyte": ("data", "8192", "0"), "digital-mebibyte": ("data", "8388608", "0"),
    "digital-gibibyte": ("data", "8589934592", "0"),
    "digital-tebibyte": ("data", "8796093022208", "0"),
    # pressure, in pascals
    "pressure-pascal": ("pressure", "1", "0"), "pressure-hectopascal": ("pressure", "100", "0"),
    "pressure-kilopascal": ("pressure", "1000", "0"),
    "pressure-megapascal": ("pressure", "1000000", "0"), "pressure-bar": ("pressure", "100000", "0"),
    "pressure-millibar": ("pressure", "100", "0"), "pressure-atmosphere": ("pressure", "101325", "0"),
    "pressure-pound-force-per-square-inch": (
        "pressure", "8896443230521/1290320000", "0",
    ),
    "pressure-millimeter-ofhg": ("pressure", "133.322387415", "0"),
    "pressure-inch-ofhg": ("pressure", "3386.388640341", "0"),
    # energy, in joules, and power, in watts
    "energy-joule": ("energy", "1", "0"), "energy-kilojoule": ("energy", "1000", "0"),
    "energy-kilocalorie": ("energy", "4184", "0"), "energy-calorie": ("energy", "4.184", "0"),
    "energy-kilowatt-hour": ("energy", "3600000", "0"), "energy-watt-hour": ("energy", "3600", "0"),
    "energy-megawatt-hour": ("energy", "3600000000", "0"),
    "energy-british-thermal-unit": ("energy", "1055.05585262", "0"),
    "power-watt": ("power", "1", "0"), "power-kilowatt": ("power", "1000", "0"),
    "power-megawatt": ("power", "1000000", "0"), "power-gigawatt": ("power", "1000000000", "0"),
    "power-milliwatt": ("power", "1/1000", "0"),
    "power-horsepower": ("power", "745.69987158227022", "0"),
    "power-horsepower-metric": ("power", "735.49875", "0"),
    # frequency, in hertz; angle, in degrees (a radian is not a rational number of them)
    "frequency-hertz": ("frequency", "1", "0"), "frequency-kilohertz": ("frequency", "1000", "0"),
    "frequency-megahertz": ("frequency", "1000000", "0"),
    "frequency-gigahertz": ("frequency", "1000000000", "0"),
    "angle-degree": ("angle", "1", "0"), "angle-arc-minute": ("angle", "1/60", "0"),
    "angle-arc-second": ("angle", "1/3600", "0"), "angle-revolution": ("angle", "360", "0"),
    "angle-radian": (
        "angle",
        "57.2957795130823208767981548141051703324054724665643215491602438612", "0",
    ),
    # fuel, in kilometres a litre; litres per 100 km go the other way round
    "consumption-kilometer-per-liter": ("fuel", "1", "0"),
    "consumption-mile-per-gallon": ("fuel", "201168/473176.473", "0"),
    "consumption-mile-per-gallon-imperial": ("fuel", "1.609344/4.54609", "0"),
    "consumption-liter-per-100-kilometer": ("fuel", "inverse 100", "0"),
}

# Units whose size depends on where one is: (in the US and where nothing tells, elsewhere).
REGIONAL: dict[str, tuple[str, str]] = {
    "volume-cup": ("volume-cup", "volume-cup-metric"),
    "volume-tablespoon": ("volume-tablespoon", "volume-tablespoon-metric"),
    "volume-teaspoon": ("volume-teaspoon", "volume-teaspoon-metric"),
    "volume-gallon": ("volume-gallon", "volume-gallon-imperial"),
    "volume-quart": ("volume-quart", "volume-quart-imperial"),
    "volume-pint": ("volume-pint", "volume-pint-imperial"),
    "volume-fluid-ounce": ("volume-fluid-ounce", "volume-fluid-ounce-imperial"),
    "consumption-mile-per-gallon": (
        "consumption-mile-per-gallon", "consumption-mile-per-gallon-imperial",
    ),
    "mass-ton": ("mass-ton", "mass-long-ton"),
}

# How the units without a CLDR id are written, and which of two a name stands for.
SYMBOLS: dict[str, str] = {
    "duration-fortnight": "fortnights", "digital-kibibyte": "KiB", "digital-mebibyte": "MiB",
    "digital-gibibyte": "GiB", "digital-tebibyte": "TiB", "energy-watt-hour": "Wh",
    "energy-megawatt-hour": "MWh", "power-horsepower-metric": "PS", "mass-long-ton": "long tons",
    "mass-metric-pound": "Pfund", "mass-centner": "Zentner", "mass-hundredweight": "dz",
    "volume-pint-imperial": "imp. pt", "volume-tablespoon-metric": "tbsp (15 ml)",
    "volume-teaspoon-metric": "tsp (5 ml)", "speed-foot-per-second": "ft/s", "area-are": "a",
    "area-square-millimeter": "mm²", "consumption-kilometer-per-liter": "km/l",
}

# Signs that mean the same everywhere. Case matters, and "Mb" is left out: a bit or a byte?
SIGNS: dict[str, str] = {
    "km": "length-kilometer", "m": "length-meter", "dm": "length-decimeter",
    "cm": "length-centimeter", "mm": "length-millimeter", "µm": "length-micrometer",
    "um": "length-micrometer", "nm": "length-nanometer", "mi": "length-mile", "yd": "length-yard",
    "yds": "length-yard", "ft": "length-foot", "'": "length-foot", "in": "length-inch",
    '"': "length-inch", "nmi": "length-nautical-mile", "kg": "mass-kilogram", "g": "mass-gram",
    "gr": "mass-gram", "mg": "mass-milligram", "µg": "mass-microgram", "mcg": "mass-microgram",
    "lb": "mass-pound", "lbs": "mass-pound", "oz": "mass-ounce", "st": "mass-stone",
    "t": "mass-tonne", "ct": "mass-carat", "l": "volume-liter", "L": "volume-liter",
    "ml": "volume-milliliter", "mL": "volume-milliliter", "cl": "volume-centiliter",
    "dl": "volume-deciliter", "hl": "volume-hectoliter", "gal": "volume-gallon",
    "qt": "volume-quart", "pt": "volume-pint", "fl oz": "volume-fluid-ounce",
    "fl. oz": "volume-fluid-ounce", "tsp": "volume-teaspoon", "tbsp": "volume-tablespoon",
    "bbl": "volume-barrel", "m^2": "area-square-meter", "m2": "area-square-meter",
    "qm": "area-square-meter", "sqm": "area-square-meter", "km^2": "area-square-kilometer",
    "km2": "area-square-kilometer", "cm^2": "area-square-centimeter",
    "cm2": "area-square-centimeter", "mm^2": "area-square-millimeter", "ha": "area-hectare",
    "ft^2": "area-square-foot", "ft2": "area-square-foot", "sq ft": "area-square-foot",
    "sqft": "area-square-foot", "sq mi": "area-square-mile", "mi^2": "area-square-mile",
    "in^2": "area-square-inch", "sq in": "area-square-inch", "yd^2": "area-square-yard",
    "sq m": "area-square-meter", "sq yd": "area-square-yard", "sq km": "area-square-kilometer",
    "m^3": "volume-cubic-meter", "m3": "volume-cubic-meter", "cm^3": "volume-cubic-centimeter",
    "cm3": "volume-cubic-centimeter", "cc": "volume-cubic-centimeter", "ft^3": "volume-cubic-foot",
    "cu ft": "volume-cubic-foot", "in^3": "volume-cubic-inch", "yd^3": "volume-cubic-yard",
    "km/h": "speed-kilometer-per-hour", "kmh": "speed-kilometer-per-hour",
    "kph": "speed-kilometer-per-hour", "mph": "speed-mile-per-hour", "mi/h": "speed-mile-per-hour",
    "m/s": "speed-meter-per-second", "ft/s": "speed-foot-per-second", "kn": "speed-knot",
    "kt": "speed-knot", "kts": "speed-knot", "°C": "temperature-celsius",
    "°F": "temperature-fahrenheit", "C": "temperature-celsius", "F": "temperature-fahrenheit",
    "K": "temperature-kelvin", "°K": "temperature-kelvin", "s": "duration-second",
    "sec": "duration-second", "secs": "duration-second", "min": "duration-minute",
    "mins": "duration-minute", "h": "duration-hour", "hr": "duration-hour", "hrs": "duration-hour",
    "ms": "duration-millisecond", "µs": "duration-microsecond", "us": "duration-microsecond",
    "ns": "duration-nanosecond", "bit": "digital-bit", "bits": "digital-bit", "B": "digital-byte",
    "kB": "digital-kilobyte", "KB": "digital-kilobyte", "MB": "digital-megabyte",
    "GB": "digital-gigabyte", "TB": "digital-terabyte", "PB": "digital-petabyte",
    "kb": "digital-kilobyte", "mb": "digital-megabyte", "gb": "digital-gigabyte",
    "tb": "digital-terabyte", "KiB": "digital-kibibyte", "MiB": "digital-mebibyte",
    "GiB": "digital-gibibyte", "TiB": "digital-tebibyte", "kbit": "digital-kilobit",
    "Mbit": "digital-megabit", "Gbit": "digital-gigabit", "Tbit": "digital-terabit",
    "Pa": "pressure-pascal", "hPa": "pressure-hectopascal", "kPa": "pressure-kilopascal",
    "MPa": "pressure-megapascal", "bar": "pressure-bar", "mbar": "pressure-millibar",
    "atm": "pressure-atmosphere", "psi": "pressure-pound-force-per-square-inch",
    "mmHg": "pressure-millimeter-ofhg", "inHg": "pressure-inch-ofhg", "J": "energy-joule",
    "kJ": "energy-kilojoule", "kcal": "energy-kilocalorie", "Wh": "energy-watt-hour",
    "kWh": "energy-kilowatt-hour", "MWh": "energy-megawatt-hour",
    "BTU": "energy-british-thermal-unit", "W": "power-watt", "kW": "power-kilowatt",
    "MW": "power-megawatt", "GW": "power-gigawatt", "mW": "power-milliwatt",
    "hp": "power-horsepower", "PS": "power-horsepower-metric", "Hz": "frequency-hertz",
    "kHz": "frequency-kilohertz", "MHz": "frequency-megahertz", "GHz": "frequency-gigahertz",
    "°": "angle-degree", "deg": "angle-degree", "rad": "angle-radian",
    "mpg": "consumption-mile-per-gallon", "l/100 km": "consumption-liter-per-100-kilometer",
    "l/100km": "consumption-liter-per-100-kilometer", "L/100km": "consumption-liter-per-100-kilometer",
    "L/100 km": "consumption-liter-per-100-kilometer", "km/l": "consumption-kilometer-per-liter",
}
AMBIGUOUS_SIGNS = frozenset({"Mb", "Gb", "Kb", "Tb", "M", "G", "cal", "Cal"})
