// One message as the server rendered it, changed by its patches as they come: docs/events.md says
// what each field of them means. Each block is one child of the element. What stands before a mark
// is never touched again, so that a selection in it stays.

import { serverHtml } from "./trusted.js";

const ROOTS = "[data-tail]";

/** HTML as nodes that are not in the page yet; rows and items come without their table or list. */
function nodes(html) {
  if (!/[<&]/.test(html)) return html ? document.createTextNode(html) : document.createDocumentFragment();
  const parsed = document.createElement("template");
  parsed.innerHTML = serverHtml(html);
  return document.adoptNode(parsed.content);
}

export class Rendered {
  #marks = new WeakMap(); // an element with a mark -> the last node before it, or null
  #fresh = false;
  #last = -1; // the number of the last block that came since the message was begun anew

  constructor(element) {
    this.element = element;
  }

  /** The words as they are shown. */
  get text() {
    return this.element.textContent;
  }

  apply(value) {
    if (value.fresh) this.#again();
    if (value.whole !== undefined) this.element.replaceChildren(nodes(value.whole));
    if (value.drop) this.#cut(value.block);
    else if (value.block !== undefined) this.#change(value);
    if (value.end) this.#settle(this.element);
  }

  #change(value) {
    let { block, at = 0, keep = "", tail = "", inner = "" } = value;
    if (value.open !== undefined && !this.#open(block, value.open)) return;
    const root = this.element.children[block];
    const mark = this.#marked(root)[at];
    if (!mark) return;
    this.#write(mark, keep, tail);
    if (inner) this.#marked(root)[at + 1]?.append(nodes(inner));
  }

  /** Put a block in its place; says whether it has a mark. */
  #open(number, html) {
    const made = nodes(html).firstElementChild;
    const old = this.element.children[number];
    const marked = this.#place(made) > 0;
    if (this.#fresh) this.#last = number;
    if (!old) {
      const before = this.element.children[number - 1];
      if (before) this.#settle(before);
      this.element.append(made);
    } else if (marked || !this.#same(old, made)) {
      old.replaceWith(made);
    }
    return marked;
  }

  /** Replace what follows a mark. Words are put into the text that is there, so that thousands of
   *  small updates leave a few nodes. */
  #write(mark, keep, tail) {
    const kept = this.#marks.get(mark) ?? null;
    const first = kept ? kept.nextSibling : mark.firstChild;
    if (!keep && first?.nodeType === Node.TEXT_NODE && first === mark.lastChild && tail && !/[<&]/.test(tail)) {
      if (tail.startsWith(first.data)) first.appendData(tail.slice(first.data.length));
      else first.data = tail;
      return;
    }
    while (mark.lastChild !== kept) mark.lastChild.remove();
    if (keep) {
      const more = nodes(keep);
      if (more.nodeType === Node.TEXT_NODE && kept?.nodeType === Node.TEXT_NODE) kept.appendData(more.data);
      else mark.append(more);
      this.#marks.set(mark, mark.lastChild);
    }
    if (!tail) return;
    const follows = nodes(tail);
    for (const each of follows.children ?? []) this.#place(each);
    mark.append(follows);
  }

  /** Remember where the marks of new nodes stand; returns how many there are. */
  #place(made) {
    const found = this.#marked(made);
    for (const mark of found) this.#marks.set(mark, mark.lastChild);
    return found.length;
  }

  /** The elements with a mark, the outermost first. */
  #marked(root) {
    const inside = root.querySelectorAll(ROOTS);
    return root.matches(ROOTS) ? [root, ...inside] : [...inside];
  }

  #settle(root) {
    for (const mark of this.#marked(root)) mark.removeAttribute("data-tail");
  }

  #same(old, made) {
    this.#settle(old);
    old.normalize();
    return old.isEqualNode(made);
  }

  #cut(count) {
    const blocks = this.element.children;
    while (blocks.length > count) blocks[blocks.length - 1].remove();
  }

  /** The message comes again from its beginning: blocks that are the same stay, and what is left
   *  over when it is there goes. */
  #again() {
    this.#fresh = true;
    this.#last = -1;
    queueMicrotask(() => {
      this.#cut(this.#last + 1);
      this.#fresh = false;
    });
  }
}
