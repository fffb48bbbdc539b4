"""The router: picks instant, thinking or contemplating before any model call, and says why.

Features made by hand (what the ask wishes, how broad it is, whether its steps build on each other)
go into a small logistic regression. Its weights are the table below, fitted by
`python bench/router.py --train`; the reason is told from the features that decided. Deterministic.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from msgspec import Struct

from musespark.turn import Turn

MODES = ("instant", "thinking", "contemplating")


class Choice(Struct, frozen=True):
    """The mode, why in the person's language, the chance of each mode, best first, and what each
    feature that was seen added for the mode (in log-odds, against the mean of the others)."""

    mode: str
    reason: str
    alternatives: tuple[tuple[str, float], ...]
    features: dict[str, float]


# Words that speak for something, in all languages at once: `word`, `start*`, `several words`.
# Accents are folded; scripts without spaces are searched as they stand.
CUES: dict[str, str] = {
    "quick": """quick|quickly|brief|briefly|in short|short answer|one sentence|one word|just tell|asap|tldr|
    in a nutshell|yes or no|kurz|schnell|knapp|in einem satz|kurze antwort|ja oder nein|auf die schnelle|rapido|rapida|
    breve|brevemente|en una frase|en pocas palabras|si o no|vite|rapidement|rapide|bref|en une phrase|en un mot|
    oui ou non|brevemente|in breve|velocemente|rapidamente|resumidamente|kort|snel|in het kort|簡単に|一言で|手短に|
    简单|一句话|快速|باختصار|بسرعة|संक्षेप|जल्दी""",
    "hard": """think hard|think carefully|carefully|think it through|think deeply|take your time|double check|thorough*|
    denk gut|denke gut|genau nach|gut nach|sorgfaltig|grundlich|lass dir zeit|nimm dir zeit|piensa bien|piensalo|con cuidado|
    detenidamente|a fondo|reflechis|reflechissez|soigneusement|prends ton temps|tomate tu tiempo|pensa bem|com calma|
    pensaci|con calma|denk goed|goed na|neem de tijd|rustig|よく考え|じっくり|慎重|仔细|认真|好好想|فكر جيدا|بعناية|ध्यान से|सोच समझ""",
    "sides": """all sides|all angles|every angle|every side|from all|both sides|all perspectives|von allen seiten|allen seiten|
    allen blickwinkeln|beide seiten|todos los angulos|todos los lados|todas las perspectivas|ambos lados|tous les angles|
    tous les cotes|les deux cotes|todos os lados|todos os angulos|tutti i lati|ogni punto|alle kanten|alle hoeken|
    あらゆる角度|多角的|様々な|各个角度|多角度|各方面|全方位|جميع الجوانب|كل الجوانب|हर पहलू|सभी पहलु""",
    "voices": """opinions|viewpoints|viewpoint|perspectives|points of view|independent|for and against|pros and cons|
    advantages and disadvantages|strengths|weaknesses|experts|historians|stakeholders|debate|controvers*|angles|critics|
    argue|sichtweise*|standpunkt*|meinungen|perspektiven|argumente|vor und nachteile|vorteile|nachteile|fur und wider|pro und contra|experten|
    historiker|streiten|opiniones|puntos de vista|perspectivas|vision de|visiones|ventajas|inconvenientes|a favor|
    pros y contras|expertos|valoraciones|avis|points de vue|point de vue|perspectives|avantages|inconvenients|pour et contre|
    arguments|experts|specialistes|pareri|opinioni|punti di vista|vantaggi|opinioes|pontos de vista|vantagens|meningen|
    standpunten|gezichtspunt*|voors en tegens|voordelen|意見|観点|立場|賛否|专家|观点|意见|利弊|آراء|وجهات نظر|إيجابيات|राय|दृष्टिकोण|फायदे और नुकसान""",
    "research": """research*|survey|literature|dossier|report|study|studies|overview|investigat*|landscape|white paper|
    state of the art|review of|briefing|recherch*|ubersicht*|uberblick*|bericht|studie|marktstudie|gutachten|
    untersuch*|informe|estudio|investiga|investigar|panorama|resumen completo|rapport|etude|enquete|tour d horizon|etat des lieux|dossier|
    relatorio|pesquisa|pesquise|levantamento|relazione|rapporto|ricerca|indagine|panoramica|rapport|onderzoek*|overzicht|
    報告書|レポート|調査|概観|まとめて|报告|调研|综述|研究|概况|تقرير|بحث|دراسة|नظرة|रिपोर्ट|शोध|अध्ययन|सर्वेक्षण""",
    "market": """market|markets|competitor*|trends|trend|go to market|suppliers|industry|vendors|customers|markt*|
    wettbewerb*|konkurren*|anbieter|trends|branche|mercado|competidores|competencia|tendencias|proveedores|sector|
    marche|concurrents|concurrence|tendances|acteurs|fournisseurs|secteur|tendencias|concorrent*|mercato|concorrenti|tendenze|
    concurrent*|aanbieders|市場|競合|動向|市场|竞争|趋势|厂商|سوق|السوق|المنافس*|बाज़ार|बाजार|कंपनियाँ""",
    "plan": """plan|plans|planning|strateg*|organise|organize|organizing|roadmap|curriculum|campaign|programme|concept|launch|
    set up|agenda for|develop|prepare|plane|planen|plant|organisier*|entwickle|entwirf|erstelle|konzept|kampagne|fahrplan|gesamt*|
    planifica*|organiza*|disena*|desarrolla|elabora|prepara|campana|hoja de ruta|planifie*|organise*|elabore*|concois|
    developpe|prepare|campagne|feuille de route|planeja*|planeia|planejar|organizzare|piano|pianifica*|organizza*|progetta|
    ontwikkel|organiseer|stel op|opzetten|計画|戦略|企画|规划|策划|计划|方案|战略|خطة|استراتيجية|योजना|रणनीति""",
    "compare": """compare|comparing|comparison|versus|vs|rank|ranking|evaluate|assess|differences|which is better|
    best options|alternatives|vergleiche|vergleich|verglich*|bewerte*|unterschiede|alternativen|rangliste|
    compara|comparar|comparacion|comparativa|evalua|diferencias|alternativas|clasifica|compare|comparer|comparaison|
    comparatif|evalue|differences|classe|comparacao|avalie|confronta|confronto|valuta|vergelijk*|beoordeel|
    比較|順位|评估|比较|对比|排名|قارن|مقارنة|قيم|तुलना|मूल्यांकन""",
    "wide": """all|every|entire|complete|comprehensive|full|in depth|broad|main|relevant|various|several|multiple|major|
    each|alle|allen|samtliche|umfassend*|vollstandig*|komplett*|ausfuhrlich*|mehrere|verschieden*|wichtigsten|gangigen|
    jeweils|todos|todas|completo|completa|amplia|amplio|principales|varios|varias|exhaustiv*|cada|tous|toutes|complet|complete|
    approfondi*|principaux|principales|grandes|plusieurs|differents|detaille*|chaque|completa|principais|varios|diversos|tutti|tutte|
    principali|completo|diversi|alle|volledig*|belangrijkste|verschillende|uitgebreid*|幅広く|主要|全面|各|所有|包括|شامل*|جميع|مختلف|पूरा|पूरी|सभी|विस्तृत|विभिन्न""",
    "decide": """should i|should we|should our|should my|is it worth|would it be better|soll ich|sollen wir|sollte ich|sollten wir|
    lohnt es sich|lohnt sich|sollte unsere|deberia|deberiamos|debo|conviene|merece la pena|vale la pena|faut il|
    dois je|devrais je|devrions nous|devons nous|vaut il mieux|devo|devemos|devemmo|dovrei|dovremmo|conviene|moet ik|moeten we|
    zou ik|べき|でしょうか|应该|该不该|要不要|هل يجب|هل علي|क्या मुझे|चाहिए""",
    "theories": """theories|theory|explanations|explanation|causes|consequences|implications|impact|impacts|approaches|future of|
    what would happen|scenarios|origins|theorien|erklarungen|ursachen|folgen|auswirkungen|ansatze|zukunft|szenarien|
    teorias|explicaciones|causas|consecuencias|impacto|enfoques|futuro|escenarios|theories|explications|
    consequences|repercussions|approches|avenir|scenarios|teorie|cause|conseguenze|futuro|consequencias|oorzaken|gevolgen|toekomst|
    原因|影響|将来|影响|未来|后果|مستقبل|أسباب|تأثير|कारण|प्रभाव|भविष्य|संभावनाएँ""",
    "ideas": """brainstorm*|ideas|ideen|lluvia de ideas|idees|idee|ideeen|アイデア|点子|想法|创意|أفكار|विचार|सुझाव""",
    "proof": """prove|proof|show that|derive|derivation|disprove|by induction|beweise|beweis|zeige|herleit*|leite|widerlege|
    demuestra|demostrar|demostracion|deduce|justifica|demontre|demontrer|montre|montrer|prouve|deduis|justifie|
    demonstre|prove|mostre|dimostra|bewijs|toon aan|laat zien|証明|示せ|示してください|导出|证明|推导|أثبت|برهن|सिद्ध|साबित""",
    "solve": """solve|equation|equations|integers|probability|derivative|integral|calculate|work out|how long will|maximum|minimum|
    puzzle|riddle|divisible|lose|losen|gleichung*|wahrscheinlichkeit|berechne|rechne|ableitung|ratsel|teilbar|
    resuelve|ecuacion|ecuaciones|probabilidad|calcula|halla|derivada|maximo|minimo|acertijo|divisible|resous|equation|equations|
    probabilite|calcule|derivee|enigme|divisible|resolva|equacao|calcule|probabilidade|risolvi|equazione|calcola|probabilita|
    los op|vergelijking|bereken|kans|求|解いて|方程式|確率|解方程|概率|计算|多少天|حل|معادلة|احتمال|احسب|हल|समीकरण|प्रायिकता|निकालिए|ज्ञात""",
    "debug": """error|errors|bug|bugs|debug|code|function|script|loop|query|returns|return|crash|crashes|exception|stack trace|fails|failed|
    null|undefined|sql|python|javascript|css|regex|regular expression|compile*|recursion|program|algorithm|complexity|
    fehler|fehlermeldung|funktion|skript|schleife|abfrage|absturz|sturzt|programm|rekursion|algorithmus|codigo|
    funcion|bucle|consulta|devuelve|falla|programa|algoritmo|erreur|fonction|boucle|requete|renvoie|plante|
    programme|algorithme|codigo|funcao|erro|codice|funzione|errore|ciclo|fout|functie|lus|コード|関数|エラー|バグ|
    代码|函数|报错|错误|循环|算法|كود|دالة|خطأ|برنامج|कोड|फ़ंक्शन|त्रुटि""",
    "steps": """step by step|each step|in steps|walk me through|how exactly|schritt fur schritt|schrittweise|paso a paso|
    etape par etape|pas a pas|passo a passo|per gradi|stap voor stap|段階|順を追って|一步一步|逐步|خطوة بخطوة|خطوة خطوة|कदम दर कदम|चरण""",
    "order": """in which order|in what order|what order|order of|sequence|first and|before the other|depends on|welcher reihenfolge|
    reihenfolge|abfolge|que orden|orden de|quel ordre|ordre|que ordem|che ordine|welke volgorde|volgorde|どの順|順番|什么顺序|先后|بأي ترتيب|किस क्रम""",
    "logic": """valid|argument|fallacy|reasoning|logic|logical|contradict*|assumption*|premise|conclude|follows|therefore|paradox|
    flaw|denkfehler|logisch*|schluss|widerspruch|folgerung|argumentation|gultig|razonamiento|argumento|falacia|valido|
    logica|contradic*|raisonnement|argument|logique|contradiction|sophisme|valable|raciocinio|ragionamento|redenering|
    drogreden|論理|矛盾|推論|逻辑|推理|矛盾|منطق|مغالطة|तर्क""",
    "closely": """closely|clause|paragraph|contract|sentence by sentence|line by line|read this|read the|review this|review my|go through|
    check whether|feedback|interpret|absatz|klausel|vertrag|lies|prufe|genau|satz fur satz|parrafo|clausula|
    contrato|analiza este|lee|revisa|paragraphe|clause|contrat|reglement|lis|verifie|relis|analyse cette|analyse ce|paragrafo|contrato|
    clausola|contratto|alinea|clausule|lees|契約|条項|段落|合同|条款|仔细阅读|العقد|البند|فقرة|अनुबंध|अनुच्छेद""",
    "explain": """explain|explains|why|how does|how do|what makes|reason|erklare|erklar|warum|wieso|weshalb|woran liegt|wie funktioniert|
    explica|explicame|por que|como funciona|explique*|pourquoi|comment fonctionne|comment marche|explica|
    spiega|perche|come funziona|leg uit|waarom|hoe werkt|説明|なぜ|どうして|理由|为什么|解释|说明|اشرح|لماذا|बताइए क्यों|समझाइए|क्यों""",
    "trouble": """wrong|does not work|doesn t work|not work|won t|broken|the cause|diagnos*|slow|noise|keeps|fix it|overheats|leaks|what did i|
    woran|liegt das|geht nicht|funktioniert nicht|kaputt|ursache|langsam|behebe|averia|no funciona|no arranca|falla|lento|panne|
    ne marche|ne fonctionne|lente|lent|bloque|nao funciona|non funziona|werkt niet|動かない|故障|坏了|不工作|لا يعمل|काम नहीं""",
    "tradeoff": """which one|afford|budget|cheaper|pay off|break even|worth|at most|at least|loan|interest|per month|a month|
    guthaben|gunstiger|ab welchem|ab wann|tarif|kredit|zinsen|monatlich|hochstens|mindestens|presupuesto|abono|hipoteca|
    prestamo|al mes|por mes|sale mejor|mas barato|pret|credit|loyer|par mois|rembourser|moins cher|rentable|emprestimo|prestito|
    lening|per maand|ローン|贷款|利息|قرض|ब्याज|ऋण|लाभ""",
    "scene": """twice as|half as|as old|together|altogether|how many each|left over|arrive|arrives|km h|mph|leaves|travels|meets|meet|
    per hour|in total|remaining|empties|fills|fill|share|split|doppelt|halb so|zusammen|kommt an|fahrt|ubrig|
    teilen|aufteilen|pro stunde|insgesamt|treffen|doble|mitad|juntos|llega|sale|tarda|tardan|reparte|
    por hora|se llena|double|moitie|ensemble|arrive|part a|partager|par heure|vitesse|remplit|triplo|dobro|juntos|doppio|
    insieme|arrivo|samen|verdelen|delen|それぞれ|合わせて|一共|分别|同时|相遇|معا|سرعة|يلتقي*|कुल|गति|मिलकर""",
    "lookup": """what is the|what s the|who is|who was|who wrote|who painted|who invented|when did|when was|where is|capital of|how many|
    how much is|what does|what day|what time|mean|means|stand for|stands for|abbreviation|synonym|plural|opposite|
    definition|define|wie heisst|was ist|wer ist|wer war|wer hat|wann war|wann ist|wo ist|hauptstadt|wie viele|wie viel|was bedeutet|
    wie spat|mehrzahl|gegenteil|synonym|cual es la|cual es el|quien es|quien escribio|quien|cuando|donde esta|capital de|
    cuanto es|cuantos|que significa|que hora|sinonimo|contrario|quelle est la|quel est le|qui a|qui est|quand|ou se trouve|capitale|
    combien font|combien y a|combien de|que veut dire|que signifie|quelle heure|synonyme|contraire|qual e|quem|
    quando|quanto e|capital do|qual e la|chi ha|chi e|dove|quanti|quanto fa|capitale|cosa significa|wat is|wie is|wanneer|
    waar ligt|hoeveel is|hoeveel|hoofdstad|hoe laat|何ですか|いつ|誰|どこ|いくつ|何時|何メートル|首都|是谁|哪里|什么时候|等于多少|几点|
    ما هي عاصمة|ما هو|من هو|متى|أين|كم يساوي|कब|कहाँ|राजधानी|कौन|कितने|कितना""",
    "wording": """translate|translation|rewrite|rephrase|reword|make this|make it|fix the spelling|fix the grammar|correct this|spelling|spell|
    tone|polite|shorten|shorter|summarise|summarize|write the number|write this|capital letters|alphabetically|proofread|remove the|
    sort these|into french|into german|into spanish|into english|into italian|ubersetze|ubersetz|formuliere|umformulier*|
    schreibt man|rechtschreib*|kurze|kurzer|freundlicher|hoflicher|korrigiere|verbessere|fasse|ins englische|ins deutsche|auf englisch|
    traduce|traduceme|reformula|reescribe|corrige|se escribe|ortografia|mas breve|mas corto|resume|al ingles|al frances|
    traduis|traduire|reformule|reecris|corrige|orthographe|ecrit on|plus poliment|plus court|resume|en anglais|traduz|
    traduza|reescreve|corrija|traduci|riscrivi|correggi|riassumi|vertaal|herschrijf|verbeter|訳して|翻訳|言い換え|直して|
    翻译|改写|润色|改成|ترجم|أعد صياغة|صحح|अनुवाद|सुधार""",
    "chat": """hi|hello|hey|thanks|thank|ok|okay|lol|haha|bye|goodbye|good morning|good evening|good night|how are you|nice|cool|great|
    hallo|danke|tschuss|guten morgen|guten abend|guten tag|servus|moin|wie geht|super|hola|gracias|adios|buenos dias|
    buenas|que tal|vale|perfecto|bonjour|salut|merci|bonsoir|au revoir|ca va|parfait|d accord|ola|obrigad*|tchau|bom dia|
    tudo bem|ciao|grazie|buongiorno|come va|hoi|bedankt|dank je|goedemorgen|alles goed|こんにちは|ありがとう|おはよう|
    你好|谢谢|再见|早上好|مرحبا|شكرا|السلام عليكم|नमस्ते|धन्यवाद|शुक्रिया""",
    "convert": """convert|inches|inch|feet|miles|pounds|ounces|fahrenheit|celsius|kilometers|kilometres|km|cm|kg|grams|litres|percent of|
    umrechnen|rechne um|in meter|in kilometer|gramm|meilen|zoll|pasa|convierte|kilometros|millas|gramos|libras|
    convertis|kilometres|grammes|livres|converte|quilometros|converti|chilometri|metri|omrekenen|kilometer|何キロ|何グラム|换算|公里|कितने होते|حول""",
    "follow": """again|say that|the last one|same but|and now|what about|more detail|continue|go on|instead|noch mal|nochmal|weiter|
    und was ist mit|das gleiche|otra vez|lo mismo|continua|y ahora|encore|la meme chose|continue|et maintenant|
    de novo|di nuovo|opnieuw|もう一度|続けて|再说|继续|مرة أخرى|फिर से""",
    "parts": """sections|section|modules|chapters|table|columns|country by country|for each|region|regions|phases|own section|
    gegliedert|abschnitt*|kapitel|tabelle|fur jede*|phasen|secciones|apartados|capitulos|tabla|para cada|fases|sections|chapitres|
    tableau|pour chaque|phases|secoes|tabela|capitoli|tabella|hoofdstukken|tabel|章|表にし|章节|表格|أقسام|جدول|अध्याय|तालिका""",
}

_EDGE = 2000  # characters looked at from each end of a long text
_LONG = 90  # words from which an ask is a story around a question

_FOLD = str.maketrans("áàâäãåçéèêëíìîïñóòôöõúùûüýÿ’‘", "aaaaaaceeeeiiiinooooouuuuyy''")
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"```.*?(?:```|$)|\"[^\"]+\"|“[^”]+”|„[^“”\"]+[“”\"]|«[^»]+»|「[^」]+」", re.S)
_CODE = re.compile(
    r"^\s*(?:def |class |for .*:$|while .*:$|if .*:$|return\b|print\(|import |from \w+ import|select\b.*\bfrom\b|"
    r"function\b|const |let |var |#include|public |\d\d:\d\d:\d\d\s|traceback|at \w+\.|[\w.\[\]]+\s*[-+*/]?=[^=]|"
    r"[\w.]+\(.*\)[;:]?$|[{}]\s*$|<\w+[^>]*>)",
    re.I | re.M,
)
_SPLIT = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？；])|\n+")
_ITEM = re.compile(r"[,;:、،，：]|\s(?:and|or|und|oder|y|o|et|ou|e|en|of|と|و)\s|[和与]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*|[٠-٩]+|[零一二三四五六七八九十百]{2,}")
_MATHS = re.compile(r"[=^√≥≤<>²³∞]|\bsqrt|\b[a-z]\^|\b\d*[xyn]\s*[-+*/]|\bf\(")
_SUM = re.compile(r"[\d\s.,+*/x×÷·%()=?-]+$")
_DENSE = re.compile(r"[぀-ヿ一-鿿]")
_MANY = re.compile(
    r"\b(?:[5-9]|[1-9]\d|five|six|seven|eight|nine|ten|twenty|funf|sechs|sieben|acht|zehn|diez|cinco|dix|dizaine|cinq|dez|dieci|tien)\s"
    r"(?!percent|euros?|km|min|hours?|days?|stunden|tage|horas|dias|heures|jours)[a-z]{4,}"
)


def _read_cues() -> tuple[
    dict[str, str], dict[str, str], list[tuple[str, str]], list[tuple[str, str]]
]:
    """Whole words, starts of words, phrases, and what is searched as it stands, each to its cue."""
    words: dict[str, str] = {}
    starts: dict[str, str] = {}
    phrases: list[tuple[str, str]] = []
    anywhere: list[tuple[str, str]] = []
    for cue, table in CUES.items():
        for entry in table.split("|"):
            text = " ".join(entry.split()).translate(_FOLD)
            if not text.isascii():
                anywhere.append((text.rstrip("*"), cue))
            elif text.endswith("*"):
                starts[text[:-1]] = f"{starts.get(text[:-1], '')} {cue}".strip()
            elif " " in text:
                phrases.append((f" {text} ", cue))
            else:
                words[text] = f"{words.get(text, '')} {cue}".strip()
    return words, starts, phrases, anywhere


_WORDS, _STARTS, _PHRASES, _ANYWHERE = _read_cues()
_START_LENGTHS = sorted({len(start) for start in _STARTS})


class Ask(Struct, frozen=True):
    """What is asked, apart from what is only brought along."""

    text: str
    material: int
    code: bool
    maths: bool
    quoted: bool


def ask_of(question: str) -> Ask:
    """The ask itself: without quotations, code, pasted paragraphs and the story around it.

    Only the first and the last 2,000 characters are read. `material` counts the words set aside.
    """
    if len(question) > 2 * _EDGE:
        question = f"{question[:_EDGE]}\n\n{question[-_EDGE:]}"
    text = question.lower()
    bare = _QUOTED.sub(" ", text)
    quoted = len(bare) < len(text) - 2
    lines = bare.split("\n")
    prose = [line for line in lines if not _CODE.match(line)] if len(lines) > 1 else lines
    code = len(prose) < len(lines) or bool(_CODE.search(text)) and "(" in text
    kept = "\n".join(prose).strip()
    blocks = [block for block in re.split(r"\n\s*\n", kept) if block.strip()]
    if len(blocks) > 1 and _size(kept) > _LONG:
        ends = sorted((blocks[0], blocks[-1]), key=len)
        kept = (
            ends[0]
            if len(ends[0]) * 2 < len(ends[1]) or _size(ends[1]) > _LONG
            else "\n".join(ends)
        )
    if ":" in kept and _cues(kept.split(":", 1)[0]).get("wording"):
        kept = kept.split(":", 1)[0]
    sentences = [s for s in _SPLIT.split(kept) if s.strip()]
    if len(sentences) > 2 and (_size(kept) > _LONG or _cues(sentences[0]).get("wording")):
        if _cues(sentences[0]).get("wording"):
            kept = sentences[0]
        else:
            kept = " ".join(
                s
                for i, s in enumerate(sentences)
                if s.rstrip().endswith(("?", "？", "؟")) or i >= len(sentences) - 2
            )
    kept = kept.strip() or text.strip()[:400]
    maths = bool(_MATHS.search(kept)) and not code
    return Ask(kept, max(_size(text) - _size(kept), 0), code, maths, quoted)


def _size(text: str) -> int:
    """Words; in scripts without spaces two letters count as one."""
    dense = len(_DENSE.findall(text))
    return len(text.split()) + dense // 2


def _cues(text: str) -> dict[str, int]:
    """How many different words of the text speak for each cue."""
    tokens = dict.fromkeys(_WORD.findall(text.translate(_FOLD)))
    seen: dict[str, int] = {}
    for token in tokens:
        found = _WORDS.get(token, "")
        for length in _START_LENGTHS:
            if length > len(token):
                break
            if token[:length] in _STARTS:
                found = f"{found} {_STARTS[token[:length]]}"
        for cue in set(found.split()):
            seen[cue] = seen.get(cue, 0) + 1
    flat = f" {' '.join(_WORD.findall(text.translate(_FOLD)))} "
    for phrase, cue in _PHRASES:
        if phrase in flat:
            seen[cue] = seen.get(cue, 0) + 1
    if not text.isascii():
        for piece, cue in _ANYWHERE:
            if piece in text:
                seen[cue] = seen.get(cue, 0) + 1
    return seen


def features(
    question: str, documents: Iterable[str] = (), follows: bool = False
) -> dict[str, float]:
    """The features of a question, all 0 or more; absent ones are left out."""
    ask = ask_of(question)
    found = {cue: {1: 1.0, 2: 1.5}.get(count, 2.0) for cue, count in _cues(ask.text).items()}
    words = _size(ask.text)
    items = [len(part.split()) for part in _ITEM.split(ask.text) if part.strip()]
    listed = sum(1 for size in items if size <= 4)
    numbers = min(len(_NUMBER.findall(ask.text)), 8)
    questions = sum(ask.text.count(mark) for mark in "?？؟")
    sentences = len([s for s in _SPLIT.split(ask.text) if s.strip()])
    found["length"] = math.log1p(words) / 2
    found["tiny"] = float(words <= 4)
    found["short"] = float(words <= 9)
    found["listed"] = math.log2(listed) / 2 if listed > 2 else 0.0
    found["numbers"] = math.log1p(numbers) if numbers > 2 else 0.0
    found["two numbers"] = float(numbers == 2)
    found["one number"] = float(numbers == 1)
    found["asks"] = float(questions > 0)
    found["several asks"] = float(questions > 1 or (questions and sentences > 2) or sentences > 3)
    found["story sum"] = float(numbers > 1 and words > 12)
    found["sum"] = float(numbers > 0 and bool(_SUM.match(ask.text)))
    found["maths"] = float(ask.maths)
    found["code"] = float(ask.code)
    found["quoted"] = float(ask.quoted)
    found["material"] = math.log1p(ask.material) / 4
    found["many"] = float(bool(_MANY.search(ask.text.translate(_FOLD))))
    found["deciding us"] = found.get("decide", 0.0) * float(words > 7 and numbers < 2)
    found["broad"] = min(sum(found.get(c, 0.0) for c in _BREADTH), 5.0) / 2 * float(words > 7)
    found["serial"] = min(sum(found.get(c, 0.0) for c in _SERIAL), 5.0) / 2 * float(words > 5)
    attached = [_size(text[:_EDGE]) * max(1, len(text) // _EDGE) for text in documents]
    found["attached"] = math.log1p(sum(attached)) / 4 if attached else 0.0
    found["several documents"] = float(len(attached) > 2)
    found["follow-up"] = float(follows and words <= 12)
    return {name: value for name, value in found.items() if value}


_BREADTH = ("research", "market", "plan", "compare", "wide", "voices", "sides", "theories", "parts")
_SERIAL = (
    "proof",
    "solve",
    "debug",
    "steps",
    "order",
    "logic",
    "closely",
    "trouble",
    "scene",
    "explain",
)

# Fitted by `python bench/router.py --train`: feature -> weight for each of MODES.
WEIGHTS: dict[str, tuple[float, float, float]] = {
    "asks": (0.12, 0.67, -0.78),
    "attached": (-0.36, 0.21, 0.15),
    "bias": (0.37, 0.32, -0.69),
    "broad": (0.28, -1.39, 1.11),
    "chat": (0.91, -0.54, -0.37),
    "closely": (-0.63, 1.28, -0.65),
    "code": (-1.07, 1.46, -0.38),
    "compare": (0.91, -1.24, 0.33),
    "convert": (1.33, -0.46, -0.87),
    "debug": (-1.29, 0.57, 0.72),
    "decide": (-0.99, 0.27, 0.72),
    "deciding us": (-0.95, -0.24, 1.19),
    "explain": (-0.22, 0.42, -0.20),
    "follow": (0.28, -0.03, -0.25),
    "follow-up": (-0.34, 0.73, -0.39),
    "hard": (-0.71, 1.70, -1.00),
    "ideas": (-0.30, -0.47, 0.77),
    "length": (-1.13, -0.30, 1.43),
    "listed": (0.79, -1.52, 0.73),
    "logic": (-1.38, 1.85, -0.47),
    "lookup": (1.63, -0.40, -1.24),
    "many": (-0.78, 0.58, 0.20),
    "market": (0.37, -0.65, 0.28),
    "material": (-0.34, 0.85, -0.50),
    "maths": (-0.90, -0.09, 0.99),
    "numbers": (0.19, 1.90, -2.09),
    "one number": (0.01, 0.95, -0.97),
    "order": (-0.30, 1.60, -1.30),
    "parts": (0.53, -0.29, -0.25),
    "plan": (0.22, -0.47, 0.25),
    "proof": (-2.22, 1.99, 0.23),
    "quick": (1.48, -0.58, -0.90),
    "quoted": (0.57, 0.49, -1.06),
    "research": (0.73, -1.12, 0.39),
    "scene": (-0.94, 0.57, 0.37),
    "serial": (-0.52, 1.47, -0.95),
    "several asks": (1.19, 0.04, -1.23),
    "several documents": (-0.86, -0.09, 0.95),
    "short": (2.42, -0.96, -1.46),
    "sides": (-0.52, -0.38, 0.90),
    "solve": (-0.33, 0.49, -0.16),
    "steps": (0.55, 0.46, -1.01),
    "story sum": (-0.35, 0.84, -0.49),
    "sum": (0.05, -0.04, -0.01),
    "theories": (-1.22, 0.48, 0.73),
    "tiny": (1.03, -0.35, -0.68),
    "tradeoff": (-0.53, 0.44, 0.09),
    "trouble": (-0.04, 1.37, -1.33),
    "two numbers": (0.67, 0.03, -0.70),
    "voices": (-0.98, 0.26, 0.72),
    "wide": (-0.88, 0.59, 0.29),
    "wording": (1.37, -0.11, -1.27),
}

# Which features a sentence speaks for, and the sentence; {n} is filled in where it is known.
REASONS: dict[str, dict[str, str]] = {
    "quick": {
        "en": "You asked for something quick",
        "de": "Du möchtest eine schnelle Antwort",
        "es": "Pides una respuesta rápida",
        "fr": "Vous demandez une réponse rapide",
    },
    "hard": {
        "en": "You asked to think carefully",
        "de": "Du möchtest, dass gründlich nachgedacht wird",
        "es": "Pides pensarlo con cuidado",
        "fr": "Vous demandez une réflexion soignée",
    },
    "short": {
        "en": "A short question with one direct answer",
        "de": "Eine kurze Frage mit einer direkten Antwort",
        "es": "Una pregunta corta con una respuesta directa",
        "fr": "Une question courte avec une réponse directe",
    },
    "lookup": {
        "en": "A fact to look up",
        "de": "Eine Tatsache zum Nachschlagen",
        "es": "Un dato que se puede consultar",
        "fr": "Un fait à retrouver",
    },
    "wording": {
        "en": "Words to translate or polish",
        "de": "Ein Text zum Übersetzen oder Umformulieren",
        "es": "Un texto que traducir o pulir",
        "fr": "Un texte à traduire ou à reformuler",
    },
    "chat": {
        "en": "A few friendly words",
        "de": "Ein paar freundliche Worte",
        "es": "Unas palabras amables",
        "fr": "Quelques mots aimables",
    },
    "convert": {
        "en": "A single sum or conversion",
        "de": "Eine einzelne Rechnung oder Umrechnung",
        "es": "Un solo cálculo o conversión",
        "fr": "Un seul calcul ou une conversion",
    },
    "follow-up": {
        "en": "A short follow-up to what was said",
        "de": "Eine kurze Nachfrage zum Gesagten",
        "es": "Una breve continuación de lo dicho",
        "fr": "Une brève suite à ce qui a été dit",
    },
    "attached": {
        "en": "Something to find in the attached text",
        "de": "Etwas, das im angehängten Text steht",
        "es": "Algo que buscar en el texto adjunto",
        "fr": "Quelque chose à trouver dans le texte joint",
    },
    "proof": {
        "en": "Something to prove or work out, step after step",
        "de": "Etwas zu beweisen oder herzuleiten, Schritt für Schritt",
        "es": "Algo que demostrar o resolver, paso a paso",
        "fr": "Quelque chose à démontrer ou à résoudre, pas à pas",
    },
    "numbers": {
        "en": "Several numbers that depend on each other",
        "de": "Mehrere Zahlen, die voneinander abhängen",
        "es": "Varios números que dependen unos de otros",
        "fr": "Plusieurs nombres qui dépendent les uns des autres",
    },
    "code": {
        "en": "A fault to track down",
        "de": "Ein Fehler, dem nachzugehen ist",
        "es": "Un fallo que hay que localizar",
        "fr": "Une erreur à retrouver",
    },
    "closely": {
        "en": "A text to read closely",
        "de": "Ein Text, der genau zu lesen ist",
        "es": "Un texto que leer con atención",
        "fr": "Un texte à lire de près",
    },
    "steps": {
        "en": "Each step needs the one before",
        "de": "Jeder Schritt braucht den vorigen",
        "es": "Cada paso necesita el anterior",
        "fr": "Chaque étape dépend de la précédente",
    },
    "explain": {
        "en": "An explanation that takes some steps",
        "de": "Eine Erklärung, die einige Schritte braucht",
        "es": "Una explicación que requiere varios pasos",
        "fr": "Une explication en plusieurs étapes",
    },
    "tradeoff": {
        "en": "A choice to be worked out",
        "de": "Eine Wahl, die durchzurechnen ist",
        "es": "Una elección que hay que calcular",
        "fr": "Un choix à calculer",
    },
    "listed": {
        "en": "Several independent parts to look into: {n} of them",
        "de": "Mehrere unabhängige Teile sind zu untersuchen: {n}",
        "es": "Varias partes independientes que examinar: {n}",
        "fr": "Plusieurs parties indépendantes à examiner : {n}",
    },
    "compare": {
        "en": "Several options to compare",
        "de": "Mehrere Möglichkeiten sind zu vergleichen",
        "es": "Varias opciones que comparar",
        "fr": "Plusieurs options à comparer",
    },
    "research": {
        "en": "A broad subject to look into from several sides",
        "de": "Ein weites Thema, das von mehreren Seiten zu betrachten ist",
        "es": "Un tema amplio que mirar desde varios lados",
        "fr": "Un vaste sujet à examiner sous plusieurs angles",
    },
    "plan": {
        "en": "A plan with parts that can be worked on side by side",
        "de": "Ein Plan, dessen Teile sich nebeneinander bearbeiten lassen",
        "es": "Un plan con partes que se pueden trabajar a la vez",
        "fr": "Un plan dont les parties peuvent avancer côte à côte",
    },
    "voices": {
        "en": "Several views or opinions are wanted",
        "de": "Mehrere Sichtweisen oder Meinungen sind gefragt",
        "es": "Se piden varias visiones u opiniones",
        "fr": "Plusieurs points de vue ou avis sont demandés",
    },
    "decide": {
        "en": "A decision with much to weigh up",
        "de": "Eine Entscheidung, bei der viel abzuwägen ist",
        "es": "Una decisión con mucho que sopesar",
        "fr": "Une décision où il y a beaucoup à peser",
    },
    "long": {
        "en": "A long request with several questions in it",
        "de": "Eine lange Anfrage mit mehreren Fragen",
        "es": "Una petición larga con varias preguntas",
        "fr": "Une longue demande avec plusieurs questions",
    },
    "nothing": {
        "en": "Nothing in it asks for more",
        "de": "Nichts darin verlangt mehr",
        "es": "Nada en ella exige más",
        "fr": "Rien n'y demande davantage",
    },
}
# sentence: the mode it may explain, whatever the weights say (* any); further features it tells of
_TELLS = """short: instant tiny asks | lookup: instant | wording: instant quoted | chat: instant |
convert: instant sum | follow-up: instant follow | attached: instant | quick: instant | hard: * |
proof: thinking maths solve logic | numbers: thinking scene | code: thinking debug trouble |
closely: thinking material | steps: thinking order serial | explain: thinking | tradeoff: thinking |
listed: contemplating parts | compare: contemplating many | plan: contemplating ideas | decide: * |
research: contemplating broad market wide theories | voices: contemplating sides | long: *"""


def _read_tells() -> tuple[dict[str, str], dict[str, str]]:
    """Feature to sentence, and sentence to the mode it may explain."""
    tells, modes = {}, {}
    for part in _TELLS.split("|"):
        sentence, rest = (half.strip() for half in part.split(":"))
        modes[sentence], *others = rest.split()
        tells |= dict.fromkeys((sentence, *others), sentence)
    return tells, modes


_SENTENCE, _EXPLAINS = _read_tells()
_SENTENCE |= {
    "one number": "convert",
    "two numbers": "convert",
    "story sum": "numbers",
    "several asks": "long",
    "length": "long",
    "deciding us": "decide",
    "several documents": "compare",
}


def choose(turn: Turn) -> Choice:
    """The mode that fits the turn's question, in well under a millisecond, without a model."""
    documents = [document.text for document in turn.messages[-1].documents] if turn.messages else []
    follows = any(message.role == "assistant" for message in turn.messages)
    return decide(turn.question, documents, follows, turn.person.language)


def decide(
    question: str, documents: Iterable[str] = (), follows: bool = False, language: str = "en"
) -> Choice:
    """As `choose`, from the bare values."""
    seen = features(question, documents, follows)
    logits = list(WEIGHTS["bias"])
    for name, value in seen.items():
        for i, weight in enumerate(WEIGHTS.get(name, (0.0, 0.0, 0.0))):
            logits[i] += weight * value
    top = max(logits)
    raised = [math.exp(logit - top) for logit in logits]
    chances = [value / sum(raised) for value in raised]
    best = max(range(len(MODES)), key=lambda i: (chances[i], -i))
    added = {}
    for name, value in seen.items():
        weights = WEIGHTS.get(name, (0.0, 0.0, 0.0))
        others = (sum(weights) - weights[best]) / (len(MODES) - 1)
        added[name] = round(value * (weights[best] - others), 3)
    ranked = sorted(zip(MODES, chances, strict=True), key=lambda pair: -pair[1])
    return Choice(
        MODES[best],
        _reason(MODES[best], added, question, language),
        tuple((mode, round(chance, 4)) for mode, chance in ranked),
        dict(sorted(added.items(), key=lambda pair: -pair[1])),
    )


def _reason(mode: str, added: dict[str, float], question: str, language: str) -> str:
    """The one or two sentences that stand for the features which added most for the mode."""
    totals: dict[str, float] = {}
    for name, value in added.items():
        tell = _SENTENCE.get(name, "")
        if value > 0 and tell and _EXPLAINS[tell] in ("*", mode):
            totals[tell] = totals.get(tell, 0.0) + value
    ranked = sorted(totals, key=lambda tell: -totals[tell]) or ["nothing"]
    told = [
        tell for tell in ranked[:2] if totals.get(tell, 1.0) >= 0.5 * totals.get(ranked[0], 1.0)
    ]
    language = language[:2] if language[:2] in ("en", "de", "es", "fr") else "en"
    parts = [REASONS[tell][language] for tell in told]
    if "listed" in told:
        count = sum(1 for part in _ITEM.split(ask_of(question).text) if 0 < len(part.split()) <= 4)
        parts = [part.format(n=count) for part in parts]
    return ". ".join(parts) + "."
