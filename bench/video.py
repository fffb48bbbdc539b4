"""How long a video takes to its timeline, what memory the child takes, and how well cuts are found.

    python bench/video.py [--seconds 60] [--times 3] [--size 1920x1080] [--out FILE]

read      a video with sound (H.264 and AAC), made here, from the file to its timeline, nothing kept
          before, no transcriber
frame     the exact frame of one second out of it
cuts      precision and recall on videos cut at known seconds: hard cuts, fades through black,
          dissolves; with moving cameras, moving things, flashes and noise, which are no cuts
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from musespark import films, looking, sandbox
from musespark.looking import look

Frame = NDArray[np.uint8]
RATE = 30
NEAR = 0.5  # seconds within which a fade or a dissolve counts as found; a hard cut: .1


class Scene:
    """Something to film: blocks of colours on a ground, larger than the picture, and a thing that
    moves in front of it. `pan` is in pixels a frame of a picture 480 wide."""

    def __init__(self, seed: int, pan: float = 0.0, thing: float = 1.0, noise: float = 3.0) -> None:
        dice = np.random.default_rng(seed)
        base = dice.integers(0, 256, 3)
        world = np.clip(base + dice.normal(0, 60, (36, 160, 3)), 0, 255)
        self.world = np.kron(world, np.ones((15, 12, 1))).astype(np.float32)
        for _ in range(3):  # soften it, as a lens does
            self.world = (self.world + np.roll(self.world, 1, 0) + np.roll(self.world, 1, 1)) / 3
        self.colour = dice.integers(0, 256, 3)
        self.pan, self.thing, self.noise, self.dice = pan, thing, noise, dice

    def at(self, number: int) -> Frame:
        """Frame `number` of it, 480 × 270."""
        left = int(100 + self.pan * number) % (self.world.shape[1] - 480)
        shown = self.world[100:370, left : left + 480].copy()
        x = int(self.thing * number * 3) % 400
        shown[90:180, x : x + 60] = self.colour
        shown += self.dice.normal(0, self.noise, shown.shape[:2])[:, :, None]
        return np.clip(shown, 0, 255).astype(np.uint8)


Clip = tuple[list[Frame], list[tuple[float, str]]]


def cut(kinds: list[str], seed: int, **scene: float) -> Clip:
    """Scenes one after another, each 1.2 to 3.5 s, and where one goes over into the next."""
    dice = np.random.default_rng(seed)
    frames: list[Frame] = []
    truth: list[tuple[float, str]] = []
    scenes = [Scene(seed * 100 + n, **scene) for n in range(len(kinds) + 1)]
    before = 0  # how far the scene before went on
    for number, own in enumerate(list(scenes)):
        length = int(dice.integers(45, 105)) + 20 * (kinds[:1] == ["dissolve"])
        shown = [own.at(n) for n in range(length)]
        kind = kinds[number - 1] if number else ""
        if kind == "fade":
            for n in range(12):
                frames[-12 + n] = (frames[-12 + n] * (1 - (n + 1) / 12)).astype(np.uint8)
                shown[n] = (shown[n] * (n / 12)).astype(np.uint8)
            truth.append((len(frames) / RATE, "fade"))
        elif kind == "dissolve":
            last, span = frames[-20:], 20
            for n in range(span):
                part = (n + 1) / (span + 1)
                frames[-span + n] = (last[n] * (1 - part) + shown[n] * part).astype(np.uint8)
            truth.append(((len(frames) - span / 2) / RATE, "dissolve"))
            shown = shown[span:]
        elif kind == "flash":  # no cut: two white frames, and on with the same scene
            shown = [scenes[number - 1].at(before + n) for n in range(length)]
            for n in range(2):
                shown[n] = np.clip(shown[n].astype(np.int16) + 160, 0, 255).astype(np.uint8)
            scenes[number], length = scenes[number - 1], before + length
        elif kind == "cut":
            truth.append((len(frames) / RATE, "cut"))
        frames += shown
        before = length
    return frames, truth


CLIPS: dict[str, tuple[list[str], dict[str, float]]] = {
    "hard cuts, still camera": (["cut"] * 12, {}),
    "hard cuts, moving camera": (["cut"] * 12, {"pan": 4.0}),
    "hard cuts, fast pan": (["cut"] * 8, {"pan": 14.0}),
    "hard cuts, noise": (["cut"] * 10, {"noise": 22.0}),
    "fades through black": (["fade"] * 8, {"pan": 1.0}),
    "dissolves": (["dissolve"] * 8, {"pan": 0.5}),
    "cuts, fades, dissolves": (["cut", "fade", "dissolve"] * 4, {"pan": 2.0}),
    "flashes among cuts": (["flash", "cut"] * 5, {"pan": 1.0}),
    "no cut: pan and flashes": (["flash"] * 4, {"pan": 10.0}),
}


def encoded(frames: Iterator[Frame], size: tuple[int, int], sound: float = 0.0, rate: int = RATE,
            codec: str = "libx264") -> bytes:  # fmt: skip
    """The frames as MP4, with so many seconds of sound."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        video: Any = container.add_stream(codec, rate=rate, options={"preset": "veryfast"})
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        audio: Any = container.add_stream("aac", rate=48_000, layout="stereo") if sound else None
        if audio:
            _sound(container, audio, sound)
        for number, shown in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
            if (frame.width, frame.height) != size:
                frame = frame.reformat(*size, "yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    return out.getvalue()


def _sound(container: Any, audio: Any, seconds: float) -> None:
    dice, at = np.random.default_rng(1), 0
    when = np.arange(int(seconds * 48_000)) / 48_000
    wave = 0.2 * np.sin(2 * np.pi * 200 * when) * (np.sin(2 * np.pi * 3 * when) > 0)
    wave = (wave + dice.normal(0, 0.01, len(wave))).astype(np.float32)
    while at < len(wave):
        part = np.stack([wave[at : at + 1024]] * 2)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, at
        container.mux(audio.encode(frame))
        at += 1024
    container.mux(audio.encode(None))


def scored(found: list[float], truth: list[tuple[float, str]]) -> tuple[int, int, int]:
    """How many were found, wrongly found and missed."""
    left, hits = list(found), 0
    for when, kind in truth:
        near = [each for each in left if abs(each - when) <= (0.1 if kind == "cut" else NEAR)]
        if near:
            left.remove(min(near, key=lambda each: abs(each - when)))
            hits += 1
    return hits, len(left), len(truth) - hits


def cuts(seeds: int, *, loud: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, (kinds, scene) in CLIPS.items():
        total = [0, 0, 0]
        for seed in range(1, seeds + 1):
            frames, truth = cut(kinds, seed, **scene)
            data = encoded(iter(frames), (480, 270))
            film = films.watched(io.BytesIO(data), "video/mp4", 600.0)
            assert film is not None
            own = [shot.start for shot in film.shots[1:]]
            score = scored(own, truth)
            if loud and score[1:] != (0, 0):
                print(name, seed, "found", own, "truth", truth)
            total = [a + b for a, b in zip(total, score, strict=True)]
        found[name] = total
    return found


def filmed(seconds: float) -> Iterator[Frame]:
    """A video with a cut every five seconds."""
    count = int(seconds * RATE)
    for first in range(0, count, 5 * RATE):
        scene = Scene(first + 7, pan=1.5)
        for n in range(min(5 * RATE, count - first)):
            yield scene.at(n)


async def measured(path: Path, times: int) -> dict[str, float]:
    spans, frames = [], []
    for _ in range(times):
        looking._memory.clear()
        start = time.perf_counter()
        seen = await look(path, "film.mp4")
        spans.append(time.perf_counter() - start)
        start = time.perf_counter()
        given = {"media": "video/mp4", "second": 31.4}
        await sandbox.run("musespark.films:frame_at", (path,), films.Frame, given, streams=True)
        frames.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    shots = sum(o.kind == "shot" for o in seen.observations)
    return {"read": statistics.median(spans), "frame": statistics.median(frames), "peak MB": peak,
            "shots": shots}  # fmt: skip


def main() -> None:
    wish = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    wish.add_argument("--seconds", type=float, default=60.0)
    wish.add_argument("--times", type=int, default=3)
    wish.add_argument("--size", default="1920x1080")
    wish.add_argument("--seeds", type=int, default=3, help="videos of each kind of cut; 0 for none")
    wish.add_argument("--loud", action="store_true", help="say which cuts were wrong")
    wish.add_argument("--out", type=Path)
    args = wish.parse_args()
    result: dict[str, Any] = {}
    if args.times:
        width, height = map(int, args.size.split("x"))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "film.mp4"
            path.write_bytes(encoded(filmed(args.seconds), (width, height), args.seconds))
            result["film"] = asyncio.run(measured(path, args.times))
            result["film"]["MB"] = path.stat().st_size / 1e6
        print(f"{args.seconds:g} s of {args.size}, {RATE} pictures a second, H.264 and AAC")
        for name, value in result["film"].items():
            print(f"  {name:10}{value:10.2f}")
    if args.seeds:
        result["cuts"] = cuts(args.seeds, loud=args.loud)
        print(f"{'cuts':28}{'found':>7}{'wrong':>7}{'missed':>8}")
        for name, (hits, wrong, missed) in result["cuts"].items():
            print(f"  {name:26}{hits:7}{wrong:7}{missed:8}")
        hits, wrong, missed = map(sum, zip(*result["cuts"].values(), strict=True))
        result["precision"], result["recall"] = hits / (hits + wrong), hits / (hits + missed)
        print(f"precision {result['precision']:.3f}, recall {result['recall']:.3f}")
    if args.out:
        args.out.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
