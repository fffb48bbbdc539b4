// A voice note: spoken into the box, and attached like any other file.

import { toast } from "./parts.js";
import { t, when } from "./words.js";

const HELD = 500; // milliseconds; who holds the button longer ends the note by letting go
const KIND = ["audio/webm;codecs=opus", "audio/mp4"].find((kind) => globalThis.MediaRecorder?.isTypeSupported(kind));

/** `button` begins and ends a note, `bar` shows it; `made(file)` gets what was said. */
export function voice(button, bar, made) {
  if (!KIND || !navigator.mediaDevices) return button.remove(); // needs a browser that can, and https
  const [time, cancel] = bar.querySelectorAll("time, button");
  let recorder = null;
  let began = 0;

  const begin = async () => {
    began = Date.now();
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true }).catch(({ name }) => toast(t(name === "NotAllowedError" ? "voice_refused" : "voice_none")));
    if (!stream) return;
    const heard = [];
    began = Date.now();
    recorder = new MediaRecorder(stream, { mimeType: KIND });
    recorder.ondataavailable = ({ data }) => heard.push(data);
    const clock = setInterval(tick, 250);
    recorder.onstop = () => {
      clearInterval(clock);
      for (const track of stream.getTracks()) track.stop();
      const kept = recorder.kept;
      recorder = null;
      show(false);
      const [type] = KIND.split(";");
      if (kept) made(new File(heard, `${t("voice_note")} ${when(began).replaceAll(":", ".")}.${type === "audio/mp4" ? "m4a" : "webm"}`, { type }));
    };
    recorder.start();
    tick();
    show(true);
  };
  const end = (kept) => {
    if (recorder?.state === "recording") Object.assign(recorder, { kept }).stop();
  };
  const tick = () => {
    time.textContent = new Date(Date.now() - began).toISOString().slice(14, 19).replace(/^0/, "");
  };
  const show = (on) => {
    bar.hidden = !on;
    button.ariaPressed = on;
    button.title = button.ariaLabel = t(on ? "voice_end" : "voice");
  };

  // With a finger or a mouse it begins as the button goes down, and may be held; by key it is pressed twice.
  button.onpointerdown = () => recorder || begin();
  button.onclick = ({ detail }) => {
    if (!recorder && !detail) begin();
    else if (recorder && (!detail || Date.now() - began > HELD)) end(true);
  };
  cancel.onclick = () => end(false);
  addEventListener("keydown", ({ key }) => key === "Escape" && end(false));
}
