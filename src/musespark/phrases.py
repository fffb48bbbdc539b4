"""What the product says of its own accord, in the languages shipped."""

from __future__ import annotations

_PHRASES: dict[str, dict[str, str]] = {
    "asked_for": {
        "en": "You asked for this mode.",
        "de": "Du hast diesen Modus gewählt.",
        "es": "Has pedido este modo.",
        "fr": "Vous avez demandé ce mode.",
    },
    "refined": {
        "en": "The words alone leave it open; {model} was asked and picked this mode.",
        "de": "Die Worte allein lassen es offen; {model} wurde gefragt und nahm diesen Modus.",
        "es": "Las palabras solas lo dejan abierto; se consultó a {model}, que eligió este modo.",
        "fr": "Les mots seuls ne tranchent pas ; {model}, consulté, a choisi ce mode.",
    },
    "not_refined": {
        "en": "{model} was asked, too, and gave no usable answer.",
        "de": "{model} wurde auch gefragt und gab keine brauchbare Antwort.",
        "es": "También se consultó a {model}, sin respuesta útil.",
        "fr": "{model}, aussi consulté, n’a pas donné de réponse utilisable.",
    },
    "exact": {
        "en": "Answered exactly by {tool}; no model was asked.",
        "de": "Exakt beantwortet von {tool}; kein Modell wurde gefragt.",
        "es": "Respondido con exactitud por {tool}, sin consultar ningún modelo.",
        "fr": "Réponse exacte de {tool} ; aucun modèle n’a été consulté.",
    },
    "own_tools": {
        "en": "With tools of your own this is the instant mode, a step at a time: each call waits "
        "for your result.",
        "de": "Mit eigenen Werkzeugen ist dies der schnelle Modus, Schritt für Schritt: jeder "
        "Aufruf wartet auf dein Ergebnis.",
        "es": "Con herramientas propias este es el modo instantáneo, paso a paso: cada llamada "
        "espera tu resultado.",
        "fr": "Avec vos propres outils c’est le mode instantané, pas à pas : chaque appel attend "
        "votre résultat.",
    },
    "too_weak": {
        "en": "Contemplating brings nothing on this small model, so this is thinking; "
        "insist to run it anyway.",
        "de": "Kontemplation bringt mit diesem kleinen Modell nichts, darum Nachdenken; "
        "bestehe darauf, um sie trotzdem zu starten.",
        "es": "La contemplación no aporta nada con este modelo pequeño, así que se razona; "
        "insiste para usarla de todos modos.",
        "fr": "La contemplation n’apporte rien avec ce petit modèle : c’est donc la réflexion ; "
        "insistez pour la lancer quand même.",
    },
    "serial": {
        "en": "Each step needs the one before, so one agent thinks it through.",
        "de": "Jeder Schritt braucht den vorigen, darum denkt es ein Agent allein durch.",
        "es": "Cada paso necesita el anterior, así que lo razona un solo agente.",
        "fr": "Chaque étape dépend de la précédente : un seul agent y réfléchit.",
    },
    "shortened": {
        "en": "This is longer than the model can read. Messages shortened to what matters for the "
        "question: {count}.",
        "de": "Das ist länger, als das Modell lesen kann. Auf das gekürzt, was für die Frage "
        "zählt: {count} Nachricht(en).",
        "es": "Esto es más largo de lo que el modelo puede leer. Mensajes acortados a lo que "
        "importa para la pregunta: {count}.",
        "fr": "C’est plus long que ce que le modèle peut lire. Messages réduits à ce qui compte "
        "pour la question : {count}.",
    },
    "passages": {
        "en": "From what you attached, word for word:",
        "de": "Aus deinem Anhang, wörtlich:",
        "es": "De lo que adjuntaste, palabra por palabra:",
        "fr": "Dans votre pièce jointe, mot pour mot :",
    },
    "own_vectors": {
        "en": "The passages were compared by the vectors that come along instead.",
        "de": "Die Stellen wurden stattdessen mit den mitgelieferten Vektoren verglichen.",
        "es": "Los pasajes se compararon con los vectores incluidos.",
        "fr": "Les passages ont été comparés avec les vecteurs fournis d’origine.",
    },
    "no_passage": {
        "en": "Nothing in what you attached answers this. The nearest passages are:",
        "de": "Nichts in deinem Anhang beantwortet das. Am nächsten kommen:",
        "es": "Nada de lo que adjuntaste responde a esto. Lo más cercano es:",
        "fr": "Rien dans votre pièce jointe n’y répond. Les passages les plus proches :",
    },
    "unseen": {
        "en": "No model that sees pictures is connected. Size, colours, codes and, where a reader "
        "is installed, text were read in {names}; what else it shows was not seen.",
        "de": "Kein Modell, das Bilder sieht, ist verbunden. Gelesen wurden in {names} Größe, "
        "Farben, Codes und, wo ein Leser installiert ist, Text; was es sonst zeigt, wurde nicht "
        "gesehen.",
        "es": "No hay conectado ningún modelo que vea imágenes. En {names} se leyeron tamaño, "
        "colores, códigos y, si hay un lector instalado, texto; lo demás no se ha visto.",
        "fr": "Aucun modèle qui voit les images n’est connecté. Dans {names} ont été lus taille, "
        "couleurs, codes et, si un lecteur est installé, le texte ; le reste n’a pas été vu.",
    },
    "not_shown": {
        "en": "No model that sees pictures is connected: {names} was not looked at.",
        "de": "Kein Modell, das Bilder sieht, ist verbunden: {names} wurde nicht angesehen.",
        "es": "No hay conectado ningún modelo que vea imágenes: {names} no se ha mirado.",
        "fr": "Aucun modèle qui voit les images n’est connecté : {names} n’a pas été regardé.",
    },
    "summary": {
        "en": "Summary by the small model, which may be wrong:",
        "de": "Zusammenfassung des kleinen Modells, das irren kann:",
        "es": "Resumen del modelo pequeño, que puede equivocarse:",
        "fr": "Résumé du petit modèle, qui peut se tromper :",
    },
    "in_short": {
        "en": "In short, in the text's own words:",
        "de": "Kurz, in den Worten des Textes:",
        "es": "En breve, con las palabras del texto:",
        "fr": "En bref, avec les mots du texte :",
    },
    "agreed": {
        "en": "{votes} of {drafts} independent drafts agree on this.",
        "de": "{votes} von {drafts} unabhängigen Entwürfen stimmen darin überein.",
        "es": "{votes} de {drafts} borradores independientes coinciden.",
        "fr": "{votes} brouillons indépendants sur {drafts} s’accordent là-dessus.",
    },
    "dissent": {
        "en": "Others said: {others}.",
        "de": "Andere sagten: {others}.",
        "es": "Otros dijeron: {others}.",
        "fr": "D’autres ont dit : {others}.",
    },
    "cut_agents": {
        "en": "Not finished in time or failed: {names}.",
        "de": "Nicht rechtzeitig fertig oder gescheitert: {names}.",
        "es": "No terminaron a tiempo o fallaron: {names}.",
        "fr": "Pas finis à temps ou en échec : {names}.",
    },
    "budget_best": {
        "en": "The budget ran out; this is the best draft so far.",
        "de": "Das Budget ist aufgebraucht; dies ist der beste Entwurf bisher.",
        "es": "El presupuesto se agotó; este es el mejor borrador hasta ahora.",
        "fr": "Le budget est épuisé ; voici le meilleur brouillon jusqu’ici.",
    },
    "not_kept": {
        "en": "This answer could not be kept: {why} It is retried for a minute.",
        "de": "Diese Antwort konnte nicht gespeichert werden: {why} "
        "Es wird noch eine Minute versucht.",
        "es": "No se pudo guardar esta respuesta: {why} Se reintenta durante un minuto.",
        "fr": "Cette réponse n’a pas pu être conservée : {why} Nouvel essai pendant une minute.",
    },
    "unresolved": {
        "en": "Citations without a source: {numbers}.",
        "de": "Verweise ohne Quelle: {numbers}.",
        "es": "Citas sin fuente: {numbers}.",
        "fr": "Citations sans source : {numbers}.",
    },
}

LANGUAGES = ("en", "de", "es", "fr")


def phrase(key: str, language: str, **values: object) -> str:
    """The sentence `key` in `language` (a BCP 47 tag; English where it is not shipped)."""
    versions = _PHRASES[key]
    return versions.get(language[:2].lower(), versions["en"]).format(**values)
