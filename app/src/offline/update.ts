// A new version of the app: told of, and taken when its user says so.
import './install'
import { ref } from 'vue'

export const newVersion = ref(false)
let waiting: ServiceWorker | null = null

function found(worker: ServiceWorker | null): void {
  if (!worker || !navigator.serviceWorker.controller) return
  waiting = worker
  newVersion.value = true
}

export async function watchUpdates(): Promise<void> {
  const registered = await navigator.serviceWorker.register('/sw.js', { updateViaCache: 'none' })
  found(registered.waiting)
  registered.addEventListener('updatefound', () => {
    const worker = registered.installing
    worker?.addEventListener('statechange', () => {
      if (worker.state === 'installed') found(worker)
    })
  })
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void registered.update().catch(() => {})
  })
}

export function takeVersion(): void {
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true })
  waiting?.postMessage('update')
}
