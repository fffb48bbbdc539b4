// The one door for what the browser would otherwise refuse: HTML that the server made, and our worker.

const rules = {
  createHTML: (html) => html,
  createScriptURL: (path) => {
    if (path !== "/sw.js") throw new TypeError(`no script of ours: ${path}`);
    return path;
  },
};
const policy = globalThis.trustedTypes?.createPolicy("musespark", rules) ?? rules;

/** The server's HTML, to put into the page; never words of a person or a model. */
export const serverHtml = (html) => policy.createHTML(html);
export const workerUrl = () => policy.createScriptURL("/sw.js");
