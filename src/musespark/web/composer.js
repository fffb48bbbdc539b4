// Where a question is written: words, files, the mode. What is typed is kept until it is answered.

import { h, icon, iconButton, opens, setIcon, toast } from "./parts.js";
import { modeRows } from "./exchange.js";
import { bytes, t } from "./words.js";

const MOST_FILES = 10;
const MOST_BYTES = 7_000_000; // of all files together: the server reads 10 MB, base64 makes a third more
const PICTURE_EDGE = 2048; // pixels; larger pictures are made smaller before they leave this machine

const coarse = matchMedia("(pointer: coarse)").matches; // a finger, not a mouse

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
    this.area = h("textarea", { rows: "1", placeholder: t("ask_placeholder"), "aria-label": t("ask_label"), dir: "auto", enterkeyhint: "send", maxlength: "2000000",
      oninput: () => { this.keep(); this.update(); },
      onkeydown: (event) => this.pressed(event),
      onpaste: (event) => this.given(event, event.clipboardData) });
    this.shown = h("div.attachments", { hidden: true });
    this.note = h("div.editing", { hidden: true });
    const picks = { type: "file", hidden: true, onchange: ({ target }) => { this.add([...target.files]); target.value = ""; } };
    this.input = h("input", { ...picks, multiple: true });
    this.shot = h("input", { ...picks, accept: "image/*", capture: "environment" });
    this.pill = h("button.pill", { ...opens(() => modeRows(this.mode, (mode) => this.setMode(mode))) });
    this.button = iconButton("send.act", t("send"), () => (this.going && !this.area.value.trim() ? this.stop() : this.submit()));
    this.element = h("form.composer",
      this.note, this.shown, this.area,
      h("div.composer-foot",
        iconButton("attach", t("attach"), () => this.input.click()),
        coarse && iconButton("camera", t("camera"), () => this.shot.click()),
        this.pill, h("span.rest"), this.button),
      this.input, this.shot);
    for (const name of ["dragover", "dragleave", "drop"]) addEventListener(name, (event) => {
      const files = Boolean(event.dataTransfer?.types.includes("Files"));
      const over = name === "dragover" || (name === "dragleave" && event.relatedTarget !== null);
      this.element.classList.toggle("over", files && over);
      if (files && name === "dragover") event.preventDefault();
      if (name === "drop") this.given(event, event.dataTransfer);
    });
    this.setMode(this.mode);
    this.update();
  }

  pressed(event) {
    if (event.key === "Escape" && this.editing) this.leaveEdit();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || coarse) return;
    event.preventDefault();
    this.submit();
  }

  /** Files that were pasted or dropped. */
  given(event, { files }) {
    if (!files.length) return;
    event.preventDefault();
    this.add([...files]);
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
    this.fill(localStorage.getItem(this.key) ?? "");
  }

  /** What stands in the box and beside it. */
  fill(text, files = []) {
    this.area.value = text;
    this.files = files;
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
    this.fill(text, files);
    this.note.hidden = false;
    this.note.replaceChildren(h("span", t("editing_note")), iconButton("close.small", t("cancel"), () => this.leaveEdit()));
    this.area.focus();
  }

  leaveEdit(refill = true) {
    this.editing = null;
    this.note.hidden = true;
    if (!refill) return;
    this.fill(localStorage.getItem(this.key) ?? "");
    this.area.focus();
  }

  setGoing(going) {
    this.going = going;
    this.update();
  }

  update() {
    const empty = !this.area.value.trim();
    const stops = this.going && empty;
    const does = stops ? "stop" : "send";
    setIcon(this.button, does);
    this.button.title = this.button.ariaLabel = t(does);
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
        this.drop(place);
        toast(error.message);
      }
      this.showFiles();
    }
  }

  drop(file) {
    this.files = this.files.filter((each) => each !== file);
    this.showFiles();
  }

  showFiles() {
    this.shown.hidden = !this.files.length;
    this.shown.replaceChildren(...this.files.map((file) => h("span.attachment", { "aria-busy": file.state === "reading" ? "true" : null },
      file.kind === "image" ? h("img", { src: file.url, alt: "" }) : icon("file"), h("span", file.name),
      iconButton("close.small", t("remove_file", { name: file.name }), () => this.drop(file)))));
  }

  submit() {
    const text = this.area.value.trim();
    if (!text) return;
    if (this.files.some((file) => file.state === "reading")) return toast(t("files_still_read"));
    if (navigator.onLine === false) toast(t("went_offline"));
    const given = { text, files: this.files, mode: this.mode, editing: this.editing };
    this.leaveEdit(false);
    this.fill("");
    localStorage.removeItem(this.key);
    this.send(given);
  }

  /** What was sent did not arrive: it stands here again. */
  restore(text, files) {
    if (this.area.value) return;
    this.fill(text, files);
    this.keep();
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

/** Whatever reads as UTF-8 is a text. */
async function document_(file) {
  if (file.size > MOST_BYTES) throw new Error(t("files_too_large", { size: bytes(MOST_BYTES) }));
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    if (text.includes("\0")) throw new TypeError();
  } catch (error) {
    throw new Error(t(error instanceof TypeError ? "file_unknown" : "file_unreadable", { name: file.name }));
  }
  return { kind: "document", url: await dataUrl(file), media: file.type || "text/plain", bytes: file.size };
}

export function dataUrl(blob) {
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
