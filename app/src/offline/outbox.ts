// Writes that wait for a network: each with a key of its own, so that it has one effect however often it is sent.
import { ref } from 'vue'
import { Problem, type Schemas, api, ask } from '../api/client'
import { type Waiting, store } from './store'

export const waiting = ref(0)

type Kinds = {
  inspection: Schemas['InspectionInput']
  checkIn: Schemas['CheckInInput']
  roll: { class_id: string; lines: Schemas['RollLineInput'][] }
}

const senders: { [K in keyof Kinds]: (body: Kinds[K], key: string) => Promise<unknown> } = {
  inspection: (body, key) => ask(api.POST('/v1/codes/inspections', { params: { header: { 'Idempotency-Key': key } }, body })),
  // The instant of sending is told anew: by it the server knows how far this phone's clock is off.
  checkIn: (body, key) =>
    ask(api.POST('/v1/classes/check-ins', { params: { header: { 'Idempotency-Key': key } }, body: { ...body, sent_at: new Date().toISOString() } })),
  roll: ({ class_id, lines }, key) =>
    ask(
      api.POST('/v1/classes/sessions/{class_id}/roll', {
        params: { path: { class_id }, header: { 'Idempotency-Key': key } },
        body: { lines },
      }),
    ),
}

export async function queue<K extends keyof Kinds>(kind: K, body: Kinds[K]): Promise<void> {
  await (await store()).add('outbox', { kind, key: crypto.randomUUID(), made: Date.now(), body })
  await count()
  void flush()
}

export async function all(): Promise<Waiting[]> {
  return (await store()).getAll('outbox')
}

async function count(): Promise<void> {
  waiting.value = (await all()).filter((one) => !one.refused).length
}

let sending = false

/** Sends what waits, in its order; what the server refuses stays with its reason, for its owner to see. */
export async function flush(): Promise<void> {
  if (sending) return
  sending = true
  try {
    const db = await store()
    for (const one of await db.getAll('outbox')) {
      if (one.refused) continue
      try {
        await senders[one.kind as keyof Kinds](one.body as never, one.key)
        if (one.id !== undefined) await db.delete('outbox', one.id)
      } catch (error) {
        if (!(error instanceof Problem) || error.offline || error.status >= 500 || error.status === 401) break
        await db.put('outbox', { ...one, refused: error.detail || error.code })
      }
    }
  } finally {
    sending = false
    await count()
  }
}

addEventListener('online', () => void flush())
void count()
