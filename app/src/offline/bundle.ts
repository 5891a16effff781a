// The trust bundle that is kept on this phone: fetched when there is a network, judged by when there is none.
import { reactive } from 'vue'
import { Problem, api, ask } from '../api/client'
import { type Kept, Refused, openBundle } from '../verify/bundle'
import { store } from './store'

export const trust = reactive<{ kept: Kept | null; fetched: number | null; refused: string }>({ kept: null, fetched: null, refused: '' })

const HOUR = 3_600_000
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
let looking: Promise<void> | null = null

/** Opens what is kept, and fetches anew what is older than an hour; a bundle that is refused leaves the kept one as it is. */
export function fresh(force = false): Promise<void> {
  looking ??= look(force).finally(() => {
    looking = null
  })
  return looking
}

async function look(force: boolean): Promise<void> {
  const db = await store()
  const had = await db.get('bundle', 'kept')
  if (had && !trust.kept) {
    trust.kept = await openBundle(had.bytes, had.roots.map(bytesOf))
    trust.fetched = had.at
  }
  if (had && !force && Date.now() - had.at < HOUR) return
  try {
    // The roots are pinned by the first fetch after installation: whoever signs later must be one of them.
    const roots = had?.roots ?? (await ask(api.GET('/v1/codes/roots'))).roots
    const asked = api.GET('/v1/codes/trust-bundle', { parseAs: 'arrayBuffer', cache: 'no-cache' })
    const bytes = new Uint8Array(await ask(asked))
    const found = await openBundle(bytes, roots.map(bytesOf), trust.kept ?? undefined)
    await db.put('bundle', { bytes, roots, at: Date.now() }, 'kept')
    Object.assign(trust, { kept: found, fetched: Date.now(), refused: '' })
  } catch (error) {
    if (error instanceof Refused) trust.refused = error.word
    else if (!(error instanceof Problem)) throw error
  }
}
