"""Sound: told by its bytes; its length, loudness, speech and silence come with their seconds."""

from __future__ import annotations

import io
import random

import numpy as np
import pytest

import filmed
from musespark import sounds
from musespark.media import media_of
from musespark.message import Document
from musespark.observation import Observation, Seen
from musespark.problem import Problem
from musespark.senses.sound import sound


def read(data: bytes) -> Seen:
    return sound(io.BytesIO(data), media_of(data))


def of(seen: Seen, kind: str) -> list[Observation]:
    return [one for one in seen.observations if one.kind == kind]


@pytest.mark.parametrize("made", filmed.SOUNDS, ids=lambda made: f"{made[0]}-{made[1]}-{made[2]}")
def test_each_kind(made: tuple[str, str, int]) -> None:
    format, codec, rate = made
    data = filmed.sound(filmed.tone(1.5, rate), rate, format, codec)
    assert media_of(data) == filmed.SOUNDS[made]
    seen = sound(io.BytesIO(data), filmed.SOUNDS[made])
    assert seen.sense == "sound"
    assert seen.media.startswith("audio/")
    [length] = of(seen, "sound")[:1]
    assert length.what.startswith(("0:01 long, mono, ", "0:02 long, mono"))
    assert -17 < float(of(seen, "loudness")[0].what.removesuffix(" LUFS")) < -12
    assert not of(seen, "speech")  # a tone is nobody's voice


def test_bytes_without_a_head_are_told_by_their_frames() -> None:
    mp3 = filmed.sound(filmed.tone(1, 44_100), 44_100, "mp3", "libmp3lame")
    bare = mp3[mp3.index(b"\xff\xfb") :]
    assert media_of(bare) == "audio/mpeg"
    assert media_of(b"ID3 is a word, and this is prose about it.") == "text/plain"


def test_speech_and_silence_have_their_seconds() -> None:
    wave = np.concatenate((filmed.silence(2, 16_000), filmed.voice(4, 16_000),
                           filmed.silence(3, 16_000)))  # fmt: skip
    seen = read(filmed.sound(wave))
    assert [one.kind for one in seen.observations if one.second is not None] == [
        "silence", "speech", "silence"
    ]  # fmt: skip
    [speech] = of(seen, "speech")
    assert speech.second == pytest.approx(2, abs=0.4)
    assert speech.until == pytest.approx(6, abs=0.6)
    assert speech.where.endswith(" s")
    words = seen.parts[0]
    assert isinstance(words, Document)
    assert words.text.startswith("A sound: 0:09 long, mono, 16 kHz")
    assert "no transcriber is connected" in words.text
    assert "0:05 somebody speaks" in words.text


def test_silence_is_said() -> None:
    seen = read(filmed.sound(filmed.silence(2, 16_000)))
    assert of(seen, "loudness")[0].what == "silent throughout"
    assert [one.what for one in of(seen, "silence")] == ["silence"]


def test_loudness_is_that_of_the_standard() -> None:
    # EBU Tech 3341, case 1: a stereo tone of 1 kHz at -23 dBFS is -23 LUFS; of one channel, -26.
    when = np.arange(5 * 48_000) / 48_000
    wave = (10 ** (-23 / 20) * np.sin(2 * np.pi * 1_000 * when)).astype(np.float32)
    seen = read(filmed.sound(wave, 48_000))
    assert float(of(seen, "loudness")[0].what.split()[0]) == pytest.approx(-26, abs=0.2)


def test_a_sound_cut_off_is_read_as_far_as_it_goes() -> None:
    data = filmed.sound(filmed.voice(8, 44_100), 44_100, "flac", "flac")
    seen = read(data[: len(data) // 2])
    assert any("only" in one.what or "broken" in one.what for one in of(seen, "note"))


def test_what_is_too_long_or_nothing_is_said() -> None:
    data = filmed.sound(filmed.tone(3, 16_000))
    with pytest.raises(Problem) as caught:
        sound(io.BytesIO(data), "audio/wav", sound_seconds=2.0)
    assert caught.value.code == "too_long"
    assert "0:03" in caught.value.what
    for bad in (b"", b"\0" * 50, data[:20]):
        with pytest.raises(Problem) as caught:
            sound(io.BytesIO(bad), "audio/wav")
        assert caught.value.code in ("unreadable", "no_sound")
        assert caught.value.next


def test_without_its_reader_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "find_spec", lambda name: None)
    with pytest.raises(Problem) as caught:
        read(filmed.sound(filmed.tone(1, 16_000)))
    assert caught.value.code == "no_reader"
    assert "musespark[media]" in caught.value.next


def test_pieces_are_cut_in_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sounds, "_PIECE", 4.0)
    monkeypatch.setattr(sounds, "_SOUGHT", 2.0)
    wave = np.concatenate((filmed.tone(3, 16_000), filmed.silence(1, 16_000),
                           filmed.tone(3, 16_000)))  # fmt: skip
    found = sounds.pieces(io.BytesIO(filmed.sound(wave)), "audio/wav")
    assert len(found) == 2
    assert 3 < found[1].start < 4
    assert sum(piece.seconds for piece in found) == pytest.approx(7)
    assert all(media_of(piece.data) == "audio/flac" for piece in found)


def test_mutated_files_give_a_word_and_never_more() -> None:
    dice = random.Random(7)
    kinds = [("mp3", "libmp3lame", 22_050), ("ipod", "aac", 22_050), ("ogg", "libopus", 48_000),
             ("flac", "flac", 22_050), ("wav", "pcm_s16le", 8_000)]  # fmt: skip
    for format, codec, rate in kinds:
        data = filmed.sound(filmed.voice(0.5, rate), rate, format, codec)
        media = filmed.SOUNDS.get((format, codec, rate)) or media_of(data)
        for _ in range(25):
            bad = bytearray(data)
            for _ in range(dice.choice((1, 5, 40))):
                bad[dice.randrange(len(bad))] = dice.randrange(256)
            cut = bytes(bad[: dice.randrange(1, len(bad))] if dice.random() < 0.3 else bad)
            try:
                seen = sound(io.BytesIO(cut), media)
            except Problem as problem:
                assert problem.next  # noqa: PT017
            else:
                assert seen.parts


def test_a_beep_is_no_voice_and_too_short_for_a_loudness() -> None:
    seen = read(filmed.sound(filmed.voice(0.25, 16_000)))
    assert of(seen, "loudness")[0].what == "too short or quiet to tell"
    assert not of(seen, "speech")
