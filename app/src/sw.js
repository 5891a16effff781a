// The service worker: keeps the app's shell by version, so that it opens without a network. It never keeps an answer of
// the API; people's data lives in IndexedDB and goes at sign-out.
const VERSION = "__VERSION__"
const SHELL = ["__SHELL__"]
const KEPT = `anpei-${VERSION}`
// What inspectors fetch once and keep: the scanner.
const PACK = 'anpei-pack'

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches.open(KEPT).then((cache) => cache.addAll(SHELL.map((path) => new Request(path, { cache: 'reload' })))),
  )
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name !== KEPT && name !== PACK) await caches.delete(name)
      }
      await self.clients.claim()
    })(),
  )
})

// A new version waits until its user says so: an exam may be open.
self.addEventListener('message', (event) => {
  if (event.data === 'update') self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== location.origin) return
  if (/^\/(v1|docs|openapi\.json|metrics|healthz|readyz|v|V|t)(\/|$|\?)/.test(url.pathname)) return
  event.respondWith(answer(request, url))
})

async function answer(request, url) {
  if (request.mode === 'navigate') {
    const page = await caches.match('/index.html', { cacheName: KEPT })
    return page ?? fetch(request)
  }
  const kept = (await caches.match(url.pathname, { cacheName: KEPT })) ?? (await caches.match(url.pathname, { cacheName: PACK }))
  if (kept) return kept
  const fresh = await fetch(request)
  if (fresh.ok && url.pathname.endsWith('.wasm')) {
    const cache = await caches.open(PACK)
    await cache.put(url.pathname, fresh.clone())
  }
  return fresh
}
