// The one door for what the browser would otherwise refuse: HTML that the server made, and our worker.

const same = { createHTML: (html) => html, createScriptURL: (path) => path };
const policy = globalThis.trustedTypes?.createPolicy("musespark", {
  createHTML: (html) => html,
  createScriptURL: (path) => {
    if (path !== "/sw.js") throw new TypeError(`no script of ours: ${path}`);
    return path;
  },
}) ?? same;

/** The server's HTML, to put into the page; never words of a person or a model. */
export const serverHtml = (html) => policy.createHTML(html);
export const workerUrl = () => policy.createScriptURL("/sw.js");
