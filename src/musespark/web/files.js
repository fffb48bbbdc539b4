// Files: on their way to the server, sent as soon as they are given; and as a question shows them.

import { ask, path, upload } from "./api.js";
import { showEvidence } from "./evidence.js";
import { filled, h, icon } from "./parts.js";
import { bytes, number, t } from "./words.js";

const EDGE = 2048; // pixels; larger pictures are made smaller before they leave this machine
const ICONS = { image: "picture", video: "video", audio: "sound", table: "table", document: "file" };

/** What a file is, by its media type: "image", "video", "audio", "table" or "document". */
function kindOf(media) {
  const [kind] = media.split("/");
  if (["image", "video", "audio"].includes(kind)) return kind;
  return /csv|tab-separated|sheet|excel|parquet/.test(media) ? "table" : "document";
}

/** A file that someone gave: `state` is "sending", "reading", "ready" or "bad"; `id` is the server's
 *  name for it. `element` shows it; `changed(upload)` is told of each new state. */
export class Upload {
  #stop = new AbortController();

  /** `id` is that of a file that is with the server already; one that stays `here` never gets one:
   *  it travels inside its question. */
  constructor(file, changed, id = "", here = false) {
    Object.assign(this, { given: file, changed, name: file.name || t("picture"), size: file.size, kind: kindOf(file.type), id, here });
    if (["image", "video"].includes(this.kind) || (here && this.kind === "audio")) this.url = URL.createObjectURL(file);
    this.element = h("span.attachment");
    this.done = this.go();
  }

  async go() {
    try {
      this.#to("sending");
      if (this.here) {
        const read = await upright(this.given);
        Object.assign(this, { size: read.size, media: read.type || "application/octet-stream", data: await base64(read) });
        return this.#to("ready");
      }
      const kept = this.id ? await ask("GET", path`/v1/files/${this.id}`)
        : await upload("/v1/files", { file: await upright(this.given), purpose: "attached" }, this.name, (part) => this.#progress(part), this.#stop.signal);
      Object.assign(this, { id: kept.id, size: kept.bytes, kind: kindOf(kept.media) });
      if (this.kind === "image") this.url ??= path`/v1/files/${this.id}/view`;
      this.#to("reading");
      await ask("GET", path`/v1/files/${this.id}/seen`, undefined, { signal: this.#stop.signal });
      this.#to("ready");
    } catch (error) {
      if (error.name === "AbortError") return;
      this.error = error.message;
      this.#to("bad");
    }
  }

  #progress(part) {
    this.element.style.setProperty("--part", part);
    this.element.querySelector("small").textContent = t("sent_of", { size: bytes(this.size), percent: number(Math.floor(part * 100)) });
  }

  #to(state) {
    this.state = state;
    const { element } = this;
    const busy = { sending: t("sending"), reading: t("reading_file") }[state];
    const look = this.kind === "image" ? ["img", { src: this.url, alt: "" }] : ["video", { src: `${this.url}#t=0.1`, muted: true, preload: "metadata" }];
    element.dataset.state = state;
    element.ariaBusy = Boolean(busy);
    const chip = filled("attachment", {
      look: this.url && this.kind !== "audio" ? h(...look) : icon(ICONS[this.kind]), name: this.name, words: busy ?? (state === "bad" ? this.error : bytes(this.size)),
      again: state === "bad" && (() => { this.done = this.go(); }), away: () => this.leave(),
    });
    chip.lastElementChild.title = chip.lastElementChild.ariaLabel = t("remove_file", { name: this.name });
    element.replaceChildren(...chip.children);
    this.changed(this);
  }

  /** It is not wanted any more. */
  leave() {
    this.#stop.abort();
    this.state = "gone";
    if (this.id) ask("DELETE", path`/v1/files/${this.id}`).catch(() => {});
    this.changed(this);
  }
}

const base64 = (blob) => new Promise((done, failed) => {
  const reader = new FileReader();
  reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => failed(reader.error);
  reader.readAsDataURL(blob);
});

/** A picture that this browser can read is drawn anew: upright, at a size that models take, and
 *  without the place and device it was made with. Anything else goes as it is. */
async function upright(file) {
  if (!file.type.startsWith("image/") || file.type === "image/svg+xml") return file;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!bitmap) return file;
  const scale = Math.min(1, EDGE / Math.max(bitmap.width, bitmap.height));
  if (scale === 1 && file.size < 1_500_000 && ["image/png", "image/gif", "image/webp"].includes(file.type)) return file;
  const size = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = new OffscreenCanvas(...size);
  canvas.getContext("2d").drawImage(bitmap, 0, 0, ...size);
  bitmap.close();
  return canvas.convertToBlob({ type: file.type === "image/png" ? "image/png" : "image/jpeg", quality: 0.88 });
}

/** What is attached to a question, each file once, however many parts were read from it. */
export function filesOf(run) {
  const files = (run.question.attachments ?? []).map((each, n) => ({
    ...each, id: each.file, url: each.url ?? path`/v1/runs/${run.id}/attachments/${n}`, name: each.name || t(each.kind === "image" ? "picture" : "document"),
  }));
  return files.filter(({ id }, n) => !id || files.findIndex((other) => other.id === id) === n);
}

/** A file in a question. What it is the server tells, unless it came from here. */
export function shownFile(file) {
  const place = h("span", file.state ? view(file) : chip(file));
  const show = ({ media, bytes: size }) => place.replaceChildren(view({ ...file, kind: kindOf(media), size }));
  if (file.id && !file.state) ask("GET", path`/v1/files/${file.id}`).then(show, () => {});
  return place;
}

function view(file) {
  if (file.kind === "audio" || file.kind === "video") {
    return h(`figure.attachment.${file.kind}`, h(file.kind, { src: file.id ? path`/v1/files/${file.id}/content` : file.url, controls: true, preload: "metadata", playsinline: "", "aria-label": file.name }), h("figcaption", file.name));
  }
  return chip(file, file.kind !== "image" ? "" : file.id ? path`/v1/files/${file.id}/view` : file.url);
}

function chip(file, picture = file.kind === "image" && !file.id ? file.url : "") {
  const inside = picture ? h("img", { src: picture, alt: file.name, loading: "lazy" })
    : [icon(ICONS[file.kind] ?? "file"), h("span.file-words", h("b", file.name), file.size > 0 && h("small", bytes(file.size)))];
  const kind = `attachment${picture ? " large" : ""}`;
  if (file.here) return h("span", { class: kind }, inside);
  if (!file.id) return h("a", { class: kind, href: file.url, target: "_blank", rel: "noopener" }, inside);
  return h("button", { class: kind, "aria-haspopup": "dialog", onclick: () => showEvidence([{ title: file.name, file: file.id }], 0) }, inside);
}

/** Files as AG-UI writes them beside the words. */
export function content(text, files) {
  if (!files.length) return text;
  return [{ type: "text", text }, ...files.map(({ id, kind, name, data, media }) => ({
    type: kind === "table" ? "document" : kind, source: id ? { type: "file", value: id } : { type: "data", value: data, mimeType: media }, metadata: { filename: name },
  }))];
}
