// The service worker: the app's shell opens without a net. It keeps pages and files, never what the API says.

const BUILD = "{build}";
const NAME = `musespark-${BUILD}`;

const on = (name, act) => addEventListener(name, (event) => event.waitUntil(act(event)));

on("install", async () => {
  const kept = await caches.open(NAME);
  const names = await (await fetch(`/static/${BUILD}/files.json`)).json();
  await kept.addAll(names.filter((name) => !name.endsWith(".png") && name !== "worker.js").map((name) => `/static/${BUILD}/${name}`));
  await kept.addAll(["/", "/offline"].map((path) => new Request(path, { cache: "reload" })));
  await skipWaiting();
});

on("activate", async () => {
  for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
  await clients.claim();
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
  else if (request.mode === "navigate" && !url.pathname.startsWith("/v1/")) event.respondWith(page(request, url));
});

on("notificationclick", async ({ notification }) => {
  notification.close();
  const open = await clients.matchAll({ type: "window" });
  const page = open.find(({ url }) => new URL(url).pathname === notification.data);
  await (page ? page.focus() : clients.openWindow(notification.data));
});

async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const found = await fetch(request);
  if (found.ok) (await caches.open(NAME)).put(request, found.clone());
  return found;
}

async function page(request, url) {
  try {
    return await fetch(request);
  } catch {
    const talk = /^\/(c\/|$)/.test(url.pathname);
    return (await caches.match(talk ? "/" : "/offline")) ?? (await caches.match("/offline"));
  }
}
