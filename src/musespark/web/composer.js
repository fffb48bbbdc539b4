// Where a question is written: words, files, the mode. What is typed is kept until it is answered.

import { h, icon, iconButton, menu, toast } from "./parts.js";
import { modeRows } from "./exchange.js";
import { bytes, t } from "./words.js";

const MOST_FILES = 10;
const MOST_BYTES = 7_000_000; // of all files together: the server reads 10 MB, base64 makes a third more
const PICTURE_EDGE = 2048; // pixels; larger pictures are made smaller before they leave this machine
const TEXT = /^text\/|^application\/(json|xml|yaml|x-yaml|toml|javascript|sql|x-sh)|\+(json|xml)$/;
const TEXT_NAME = /\.(txt|md|markdown|csv|tsv|json|jsonl|xml|html?|ya?ml|toml|ini|cfg|log|py|js|ts|css|java|c|h|cpp|rs|go|rb|php|sh|sql|tex|srt|vtt)$/i;

/** `send({text, files, mode})` is called with what was written; `stop()` when it is to end. */
export class Composer {
  constructor({ send, stop }) {
    this.send = send;
    this.stop = stop;
    this.files = [];
    this.mode = localStorage.getItem("mode") || "auto";
    this.key = "draft:new";
    this.going = false;
    this.build();
  }

  build() {
    this.area = h("textarea", { rows: "1", placeholder: t("ask_placeholder"), "aria-label": t("ask_label"), dir: "auto", enterkeyhint: "send", maxlength: "2000000" });
    this.shown = h("div", { class: "attachments", hidden: true });
    this.note = h("div", { class: "editing", hidden: true });
    this.input = h("input", { type: "file", multiple: true, hidden: true, "aria-hidden": "true", tabindex: "-1" });
    this.shot = h("input", { type: "file", accept: "image/*", capture: "environment", hidden: true, tabindex: "-1" });
    this.pill = h("button", { type: "button", class: "pill", "aria-haspopup": "menu", "aria-expanded": "false", onclick: () => menu(this.pill, modeRows(this.mode, (mode) => this.setMode(mode))) });
    this.button = iconButton("send", t("send"), { class: "act", onclick: () => (this.going && !this.area.value.trim() ? this.stop() : this.submit()) });
    this.element = h("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.note, this.shown, this.area,
      h("div", { class: "composer-foot" },
        iconButton("attach", t("attach"), { onclick: () => this.input.click() }),
        "mediaDevices" in navigator && matchMedia("(pointer: coarse)").matches && iconButton("camera", t("camera"), { onclick: () => this.shot.click() }),
        this.pill, h("span", { class: "rest" }), this.button),
      this.input, this.shot);
    for (const input of [this.input, this.shot]) input.addEventListener("change", () => { this.add([...input.files]); input.value = ""; });
    this.area.addEventListener("input", () => { this.keep(); this.update(); });
    this.area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !matchMedia("(pointer: coarse)").matches) {
        event.preventDefault();
        this.submit();
      } else if (event.key === "Escape" && this.editing) this.leaveEdit();
    });
    this.area.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) { event.preventDefault(); this.add(files); }
    });
    for (const name of ["dragover", "dragenter"]) addEventListener(name, (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      this.element.classList.add("over");
    });
    addEventListener("dragleave", (event) => { if (!event.relatedTarget) this.element.classList.remove("over"); });
    addEventListener("drop", (event) => {
      this.element.classList.remove("over");
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
    this.setMode(this.mode);
    this.update();
  }

  setMode(mode) {
    this.mode = mode;
    localStorage.setItem("mode", mode);
    this.pill.replaceChildren(icon(mode), t(`mode_${mode}`));
    this.pill.setAttribute("aria-label", t("mode_is", { mode: t(`mode_${mode}`) }));
  }

  /** Show what was typed and not sent in this conversation. */
  open(conversation) {
    this.key = `draft:${conversation || "new"}`;
    this.leaveEdit(false);
    this.area.value = localStorage.getItem(this.key) ?? "";
    this.files = [];
    this.showFiles();
    this.update();
  }

  keep() {
    if (this.editing) return;
    if (this.area.value) localStorage.setItem(this.key, this.area.value);
    else localStorage.removeItem(this.key);
  }

  /** Write a question anew; `from` is the exchange it belongs to. */
  edit(text, files, from) {
    this.editing = from;
    this.area.value = text;
    this.files = files;
    this.note.hidden = false;
    this.note.replaceChildren(h("span", {}, t("editing_note")), iconButton("close", t("cancel"), { class: "small", onclick: () => this.leaveEdit() }));
    this.showFiles();
    this.update();
    this.area.focus();
  }

  leaveEdit(refill = true) {
    this.editing = null;
    this.note.hidden = true;
    if (!refill) return;
    this.area.value = localStorage.getItem(this.key) ?? "";
    this.files = [];
    this.showFiles();
    this.update();
    this.area.focus();
  }

  setGoing(going) {
    this.going = going;
    this.update();
  }

  update() {
    const empty = !this.area.value.trim();
    const stops = this.going && empty;
    this.button.querySelector("use").setAttribute("href", this.button.querySelector("use").getAttribute("href").replace(/#.*/, stops ? "#stop" : "#send"));
    this.button.setAttribute("aria-label", t(stops ? "stop" : "send"));
    this.button.title = t(stops ? "stop" : "send");
    this.button.disabled = empty && !stops;
  }

  async add(files) {
    for (const file of files) {
      if (this.files.length >= MOST_FILES) return toast(t("too_many_files", { n: MOST_FILES }));
      const place = { name: file.name || t("picture"), state: "reading" };
      this.files.push(place);
      this.showFiles();
      try {
        Object.assign(place, file.type.startsWith("image/") && file.type !== "image/svg+xml" ? await picture(file) : await document_(file), { state: "ready" });
        const all = this.files.reduce((size, each) => size + (each.bytes ?? 0), 0);
        if (all > MOST_BYTES) throw new Error(t("files_too_large", { size: bytes(MOST_BYTES) }));
      } catch (error) {
        this.files = this.files.filter((each) => each !== place);
        toast(error.message);
      }
      this.showFiles();
    }
  }

  showFiles() {
    this.shown.hidden = !this.files.length;
    this.shown.replaceChildren(...this.files.map((file) => h("span", { class: "attachment", "aria-busy": file.state === "reading" ? "true" : null },
      file.kind === "image" ? h("img", { src: file.url, alt: "" }) : icon("file"), h("span", {}, file.name),
      iconButton("close", t("remove_file", { name: file.name }), { class: "small", onclick: () => { this.files = this.files.filter((each) => each !== file); this.showFiles(); } }))));
  }

  submit() {
    const text = this.area.value.trim();
    if (!text) return;
    if (this.files.some((file) => file.state === "reading")) return toast(t("files_still_read"));
    if (navigator.onLine === false) toast(t("went_offline"));
    const given = { text, files: this.files, mode: this.mode, editing: this.editing };
    this.leaveEdit(false);
    this.area.value = "";
    this.files = [];
    this.showFiles();
    this.sent = { key: this.key, text };
    localStorage.removeItem(this.key);
    this.update();
    this.send(given);
  }

  /** What was sent did not arrive: it stands here again. */
  restore(text, files) {
    if (this.area.value) return;
    this.area.value = text;
    this.files = files;
    this.keep();
    this.showFiles();
    this.update();
  }
}

async function picture(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(t("picture_unreadable", { name: file.name }));
  }
  const scale = Math.min(1, PICTURE_EDGE / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size < 1_500_000 && ["image/png", "image/gif", "image/webp"].includes(file.type)) {
    return { kind: "image", url: await dataUrl(file), media: file.type, bytes: file.size };
  }
  // Drawn anew: upright, at a size that models take, and without the place and device it was made with.
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const made = await canvas.convertToBlob({ type: file.type === "image/png" ? "image/png" : "image/jpeg", quality: 0.88 });
  return { kind: "image", url: await dataUrl(made), media: made.type, bytes: made.size };
}

async function document_(file) {
  if (!TEXT.test(file.type) && !TEXT_NAME.test(file.name)) throw new Error(t("file_unknown", { name: file.name }));
  if (file.size > MOST_BYTES) throw new Error(t("files_too_large", { size: bytes(MOST_BYTES) }));
  return { kind: "document", url: await dataUrl(file), media: file.type || "text/plain", bytes: file.size };
}

function dataUrl(blob) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.onerror = () => failed(new Error(t("file_unreadable")));
    reader.readAsDataURL(blob);
  });
}

/** The files as AG-UI writes them beside the words. */
export function content(text, files) {
  if (!files.length) return text;
  return [{ type: "text", text }, ...files.map((file) => {
    const source = { type: "data", value: file.url.slice(file.url.indexOf(",") + 1), mimeType: file.media };
    return file.kind === "image" ? { type: "image", source } : { type: "document", source, metadata: { filename: file.name } };
  })];
}
