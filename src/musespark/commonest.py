"""The commonest passwords: what everybody who guesses tries first."""

from __future__ import annotations

import re

# What stands in the usual lists again and again, without the digits and signs hung onto it.
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    access account admin administrator alexander america amanda andrea andrew angel anthony apple
    arsenal asdfgh asdfghjkl ashley azerty babygirl barcelona baseball basketball batman beautiful
    benjamin bonjour brandon butterfly changeme charlie cheese chelsea chicken chocolate christian
    computer cookie daniel default diamond dragon dreamer elephant elizabeth enter family ferrari
    flower football freedom friend friends geheim ginger google guest hallo hannah hello hallohallo
    hunter iloveyou internet jasmine jennifer jessica jesus jordan joshua justin killer letmein
    liverpool login london lovely loveme lovers maggie manchester marina martin master matthew
    matrix melissa mercedes merlin michael michelle midnight minecraft monkey morgan mother mustang
    muse musespark nicholas nicole ninja nothing orange passphrase passw passwd password passwort
    patrick pepper phoenix please pokemon princess purple pussycat qazwsx qazwsxedc qweasdzxc
    qwerty qwertyuiop qwertz qwertzuiop rainbow rebecca ronaldo samantha samsung schalke schatz
    secret server shadow snoopy soccer sommer spark spider spiderman starwars steelers stephanie
    success summer sunshine superman system taylor temp temppass test testing thomas tigger trustno
    twitter user victoria vanessa welcome whatever william winner winter wordpass yankees zaqwsx
    zxcvbn zxcvbnm
    """,
    )
)
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop",
         "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "1qaz2wsx3edc4rfv5tgb",
         "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "147258369", "1qazxsw23edc")  # fmt: skip
_HUNG = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SWAPPED = str.maketrans("013457@$!", "oieastasi")


def commonest(password: str, login: str = "") -> bool:
    """Whether a password is one of those that are tried first: a common word or the own login with
    some digits or signs, a row of keys, or the same few signs again and again."""
    plain = password.casefold()
    if re.fullmatch(r"(.{1,3}?)\1+.?", plain, re.DOTALL) or len(set(plain)) < 4:
        return True
    if any(plain in row or plain in row[::-1] for row in _ROWS):
        return True
    known = _WORDS | ({login.casefold().partition("@")[0], login.casefold()} - {""})
    bare = _HUNG.sub("", plain)
    for said in (plain, bare, bare.translate(_SWAPPED)):
        half = len(said) // 2
        if said in known or (said[:half] == said[half:] and said[:half] in known):
            return True
    return False
