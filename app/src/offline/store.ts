// What is kept on this phone, for when there is no network: wiped at sign-out, all of it.
import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

interface Kept extends DBSchema {
  /** Last answers, by screen: shown with their age where nobody can be asked. */
  answers: { key: string; value: { at: number; answer: unknown } }
  /** The holder's key and credential. */
  code: { key: 'mine'; value: { key: CryptoKey; publicKey: Uint8Array; card?: unknown } }
  /** The trust bundle, as it was signed; not anybody's data, so it outlives a session. */
  bundle: { key: 'kept'; value: { bytes: Uint8Array; roots: string[]; at: number } }
  /** Writes that wait for a network, in their order. */
  outbox: { key: number; value: Waiting }
}

/** A write that waits: sent with its own key, it has one effect however often it is sent. */
export interface Waiting {
  id?: number
  kind: string
  key: string
  made: number
  body: unknown
  /** What the server said, where it refused. */
  refused?: string
}

let opened: Promise<IDBPDatabase<Kept>> | null = null

export function store(): Promise<IDBPDatabase<Kept>> {
  opened ??= openDB<Kept>('anpei', 1, {
    upgrade(db) {
      db.createObjectStore('answers')
      db.createObjectStore('code')
      db.createObjectStore('bundle')
      db.createObjectStore('outbox', { keyPath: 'id', autoIncrement: true })
    },
  })
  return opened
}

/** Everything of whoever was signed in. */
export async function wipe(): Promise<void> {
  const db = await store()
  const tx = db.transaction(['answers', 'code', 'outbox'], 'readwrite')
  await Promise.all([
    tx.objectStore('answers').clear(),
    tx.objectStore('code').clear(),
    tx.objectStore('outbox').clear(),
    tx.done,
  ])
}
