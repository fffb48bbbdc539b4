// One message as the server rendered it, changed by its patches as they come: docs/events.md says
// what each field of them means. Each block is one child of the element. What stands before a mark
// is never touched again, so that a selection in it stays.

import { serverHtml } from "./trusted.js";

const MARK = "data-tail";
const isMarkup = (html) => /[<&]/.test(html);

/** HTML as nodes that are not in the page yet; rows and items may come without table or list. */
export function nodes(html) {
  if (!isMarkup(html)) return document.createTextNode(html);
  const parsed = document.createElement("template");
  parsed.innerHTML = serverHtml(html);
  return document.adoptNode(parsed.content);
}

/** The marks in what has just come, the outermost first: their elements, and what stands before them. */
function marked(root) {
  const found = [...(root.querySelectorAll?.(`[${MARK}]`) ?? [])];
  if (root.matches?.(`[${MARK}]`)) found.unshift(root);
  return found.map((place) => ({ place, kept: place.lastChild }));
}

/** The messages of an answer or a draft, each in its own place in the element. */
export class Messages {
  #known = new Map();

  constructor(element) {
    this.element = element;
  }

  /** Take a patch in; gives the place of its message, or null for what is not shown here. */
  apply(value) {
    const { messageId: id = "" } = value;
    if (id.endsWith("/reasoning")) return null;
    if (!this.#known.has(id)) {
      const place = this.element.appendChild(document.createElement("div"));
      place.className = "message";
      this.#known.set(id, new Rendered(place));
    }
    const rendered = this.#known.get(id);
    rendered.apply(value);
    return rendered.element;
  }

  discard(id) {
    this.#known.get(id)?.element.remove();
    this.#known.delete(id);
  }

  clear() {
    this.#known.clear();
    this.element.replaceChildren();
  }
}

export class Rendered {
  #block = -1; // the block that grows
  #marks = []; // its marks, the outermost first: {place: element, kept: the last node before it}
  #last = -1; // the last block of a message that comes anew
  #anew = false;

  constructor(element) {
    this.element = element;
  }

  apply(value) {
    if (value.fresh) this.#again();
    if (value.whole !== undefined) {
      this.#settle();
      this.element.replaceChildren(nodes(value.whole));
    }
    if (value.drop) this.#cut(value.block);
    else if (value.open !== undefined) this.#open(value);
    else if (value.block === this.#block) this.#write(value);
    if (value.end) this.#settle();
  }

  /** Put a block in its place, for the first time or anew. */
  #open(value) {
    const made = nodes(value.open).firstElementChild;
    const old = this.element.children[value.block];
    const places = marked(made);
    if (value.block >= this.#block) this.#settle();
    if (this.#anew) this.#last = value.block;
    if (!old) this.element.append(made);
    else {
      old.normalize(); // its words came in pieces
      if (places.length || !old.isEqualNode(made)) old.replaceWith(made);
    }
    if (places.length) {
      this.#block = value.block;
      this.#marks = places;
      this.#write(value);
    }
  }

  /** Replace what follows a mark. Words are put into the text that is there, so that thousands of
   *  small updates leave a few nodes. */
  #write({ at = 0, keep = "", tail = "", inner = "" }) {
    const mark = this.#marks[at];
    if (!mark) return;
    const { place, kept } = mark;
    const first = kept ? kept.nextSibling : place.firstChild;
    this.#marks.length = at + 1;
    if (!keep && tail && !isMarkup(tail) && first?.nodeType === Node.TEXT_NODE && first === place.lastChild) {
      if (tail.startsWith(first.data)) first.appendData(tail.slice(first.data.length));
      else first.data = tail;
      return;
    }
    while (place.lastChild !== kept) place.lastChild.remove();
    if (keep) {
      if (kept?.nodeType === Node.TEXT_NODE && !isMarkup(keep)) kept.appendData(keep);
      else place.append(nodes(keep));
      mark.kept = place.lastChild;
    }
    if (!tail) return;
    const follows = nodes(tail);
    this.#marks.push(...marked(follows));
    place.append(follows);
    if (inner) this.#marks[at + 1]?.place.append(nodes(inner));
  }

  /** The block that grew is finished. */
  #settle() {
    for (const { place } of this.#marks) place.removeAttribute(MARK);
    this.#marks = [];
    this.#block = -1;
  }

  #cut(count) {
    if (this.#block >= count) this.#settle();
    const blocks = this.element.children;
    while (blocks.length > count) blocks[blocks.length - 1].remove();
  }

  /** The message comes again from its beginning: blocks that are the same stay as they are, and what
   *  is left over then goes. */
  #again() {
    this.#settle();
    this.#anew = true;
    this.#last = -1;
    queueMicrotask(() => {
      this.#anew = false;
      this.#cut(this.#last + 1);
    });
  }
}
