/* The shell of the page for when the relay can't be reached: document, layout and the files that they name, nothing else.
   What a bot said never passes through here, so an old price can't be shown as new. SHELL stands above this, made by offline.py. */
"use strict";

const NAME = "tapedeck-" + SHELL.version;
/** Longer than this nobody looks at an empty screen: the shell opens and connects by itself. */
const PATIENCE_MS = 4000;
/** Addresses that are no page of the deck. */
const APART = ["/api/", "/socket.io/", "/login", "/logout", "/healthz", "/readyz", "/metrics"];

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(front((event.notification.data || {}).path));
});

/** A notification was clicked: the deck that is open comes to the front and shows the trade, else it is opened there. */
async function front(path) {
  const [tab] = await clients.matchAll({ type: "window" });
  if (!tab) return void (await clients.openWindow(path || "/"));
  await tab.focus();
  tab.postMessage({ kind: "open", path });
}

/** All of the shell or none of it; a page of before keeps working, for its files are named by their content. */
async function keep() {
  const cache = await caches.open(NAME);
  await Promise.all([cache.addAll([...SHELL.fixed, ...SHELL.fresh.filter((path) => path !== "/")]), keepDocument(cache)]);
  await self.skipWaiting();
}

/** The document without what is one person's. An empty token says that there was one: the page asks for it anew. */
async function keepDocument(cache) {
  const answer = await fetch("/", { cache: "no-store" });
  if (!answer.ok || answer.redirected) throw new Error("There is no document to keep.");
  const text = (await answer.text()).replace(/(<meta name="csrf-token" content=")[^"]*/, "$1").replace(/<meta name="role"[^>]*>/, "");
  const headers = new Headers(answer.headers);
  for (const name of ["Content-Encoding", "Content-Length", "ETag"]) headers.delete(name);
  await cache.put("/", new Response(text, { headers }));
}

async function takeOver() {
  const names = (await caches.keys()).filter((name) => name.startsWith("tapedeck-") && name !== NAME);
  await Promise.all(names.map((name) => caches.delete(name)));
  if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
  await self.clients.claim();
}

/** The answer to a request, or null where the network answers as if nobody were here. */
function answerTo(event) {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return null;
  if (APART.some((start) => pathname.startsWith(start))) return null;
  if (request.mode === "navigate") return freshOrKept(arriving(event), "/");
  if (SHELL.fresh.includes(pathname)) return freshOrKept(fetch(request), pathname);
  if (SHELL.fixed.includes(pathname)) return keptOrFresh(request);
  return null;
}

const arriving = async (event) => (await event.preloadResponse) || fetch(event.request);

/** What the relay says now; what was kept where it says nothing in time or something in front of it answers in its place. */
async function freshOrKept(network, path) {
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const fresh = await Promise.race([network.catch(() => null), patience]);
  if (fresh && fresh.status < 500) return fresh;
  return (await kept(path)) || network;
}

const keptOrFresh = async (request) => (await kept(request)) || fetch(request);

const kept = async (request) => (await caches.open(NAME)).match(request);
