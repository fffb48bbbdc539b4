// Where a question is written: words, files, the mode. What is typed is kept until it is answered.

import { Upload } from "./files.js";
import { modeRows } from "./exchange.js";
import { icon, opens, parted, setIcon, toast } from "./parts.js";
import { voice } from "./voice.js";
import { t } from "./words.js";

const MOST_FILES = 10;
const coarse = matchMedia("(pointer: coarse)").matches; // a finger, not a mouse

/** The form of the page. `send({text, files, mode})` is called with what was written; `stop()` when
 *  it is to end; `hide(hidden)` when it is to be incognito, or no longer. */
export class Composer {
  constructor(element, { send, stop, hide }) {
    Object.assign(this, { element, send, stop, files: [], key: "draft:new", going: false, hidden: false }, parted(element));
    this.incognito.onclick = () => hide(!this.hidden);
    this.area.oninput = () => { this.keep(); this.update(); };
    this.area.onkeydown = (event) => this.pressed(event);
    this.area.onpaste = (event) => this.given(event, event.clipboardData);
    for (const input of element.querySelectorAll("[type=file]")) {
      input.onchange = () => { this.add(input.files); input.value = ""; };
      input.previousElementSibling.onclick = () => input.click();
    }
    this.leave.onclick = () => { this.leaveEdit(); this.area.focus(); };
    this.pill.onclick = opens(() => modeRows(this.mode, (mode) => this.setMode(mode))).onclick;
    this.button.onclick = () => (this.stops ? this.stop() : this.submit());
    voice(this.voice, this.speaking, (file) => this.add([file]));
    for (const name of ["dragover", "dragleave", "drop"]) addEventListener(name, (event) => {
      const files = event.dataTransfer.types.includes("Files");
      element.classList.toggle("over", files && (name === "dragover" || (name === "dragleave" && event.relatedTarget !== null)));
      if (files && name === "dragover") event.preventDefault();
      if (name === "drop") this.given(event, event.dataTransfer);
    });
    this.setMode(localStorage.getItem("mode") || "auto");
    this.update();
  }

  pressed(event) {
    if (event.key === "Escape" && this.editing) this.leave.click();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || coarse) return;
    event.preventDefault();
    this.submit();
  }

  given(event, { files }) {
    if (files.length) event.preventDefault();
    this.add(files);
  }

  setMode(mode) {
    this.mode = mode;
    localStorage.setItem("mode", mode);
    this.pill.replaceChildren(icon(mode), t(`mode_${mode}`));
    this.pill.ariaLabel = t("mode_is", { mode: t(`mode_${mode}`) });
  }

  /** Show what was typed and not sent in this conversation. */
  open(conversation) {
    this.key = `draft:${conversation || "new"}`;
    this.leaveEdit();
  }

  /** What stands in the box and beside it. */
  fill(text, files = []) {
    this.area.value = text;
    this.files = files;
    for (const file of files) file.changed = this.changed;
    this.shown.replaceChildren(...files.map(({ element }) => element));
    this.update();
  }

  /** Incognito: nothing that is written or given here is kept, on this device or elsewhere. */
  setHidden(hidden) {
    if (this.hidden === hidden) return;
    if (hidden) localStorage.removeItem(this.key);
    this.hidden = hidden;
    this.element.classList.toggle("hidden", hidden);
    this.incognito.ariaPressed = hidden;
    this.hiddenNote.hidden = !hidden;
    const files = this.files.splice(0);
    for (const file of files) file.leave();
    this.shown.replaceChildren();
    this.add(files.map(({ given }) => given));
  }

  keep() {
    if (this.editing || this.hidden) return;
    const { value } = this.area;
    if (value) localStorage.setItem(this.key, value);
    else localStorage.removeItem(this.key);
  }

  /** Write a question anew; `from` is the exchange it belongs to. */
  edit(text, files, from) {
    this.editing = from;
    this.fill(text, files);
    this.note.hidden = false;
    this.area.focus();
  }

  /** Write a new question again: what was typed of it stands here. */
  leaveEdit() {
    this.editing = null;
    this.note.hidden = true;
    this.fill(this.hidden ? "" : localStorage.getItem(this.key) ?? "");
  }

  setGoing(going) {
    this.going = going;
    this.update();
  }

  get stops() {
    return this.going && !this.area.value.trim();
  }

  update() {
    const does = this.stops ? "stop" : "send";
    setIcon(this.button, does);
    this.button.title = this.button.ariaLabel = t(does);
    this.button.disabled = !this.area.value.trim() && !this.stops;
    this.shown.hidden = !this.files.length;
  }

  add(files) {
    for (const file of files) {
      if (this.files.length >= MOST_FILES) return toast(t("too_many_files", { n: MOST_FILES }));
      const upload = new Upload(file, this.changed, "", this.hidden);
      this.files.push(upload);
      this.shown.append(upload.element);
    }
    this.update();
  }

  /** A file is somewhere else on its way. */
  changed = (file) => {
    if (file.state === "gone") {
      this.files = this.files.filter((each) => each !== file);
      file.element.remove();
      this.update();
      this.area.focus();
    }
    if (this.wanted) this.submit();
  };

  /** Send what stands here, as soon as all files are with the server. */
  submit() {
    const text = this.area.value.trim();
    const some = (wanted) => this.files.some(({ state }) => state === wanted);
    const bad = some("bad");
    this.wanted = !bad && some("sending");
    this.element.ariaBusy = this.wanted;
    if (bad) return toast(t("file_in_the_way"));
    if (!text || this.wanted) return;
    if (navigator.onLine === false) toast(t("went_offline"));
    const given = { text, files: this.files, mode: this.mode, editing: this.editing };
    localStorage.removeItem(this.key);
    this.leaveEdit();
    this.send(given);
  }

  /** What was sent did not arrive: it stands here again. */
  restore(text, files) {
    if (this.area.value) return;
    this.fill(text, files);
    this.keep();
  }
}
