// The holder's side of the code: a key that is made here and never leaves, and what was claimed with it.
import type { Schemas } from '../api/client'
import { join } from '../verify/cbor'
import { claimMessage } from '../verify/presentation'
import { store } from './store'

export type Card = Schemas['MyCodeView']

export const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0))

export const toBase64 = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')

export interface Held {
  key: CryptoKey
  /** Compressed, 33 bytes. */
  publicKey: Uint8Array
  card?: Card
}

export async function held(): Promise<Held | null> {
  const kept = await (await store()).get('code', 'mine')
  return (kept as Held | undefined) ?? null
}

/** Keeps what the server says of the code, beside the key it is bound to. */
export async function keepCard(card: Card): Promise<void> {
  const mine = await held()
  if (mine) await (await store()).put('code', { ...mine, card: JSON.parse(JSON.stringify(card)) as Card }, 'mine')
}

/** Makes the key of a claim and signs its nonce; it is kept once the server has taken it. */
export async function claimKey(nonce: Uint8Array): Promise<{ proof: Schemas['CodeClaimProofInput']; keep: (card: Card) => Promise<void> }> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const publicKey = join(Uint8Array.of(2 + ((raw[64] ?? 0) & 1)), raw.subarray(1, 33))
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm, pair.privateKey, claimMessage(nonce, publicKey)))
  return {
    proof: { holder_key: toBase64(publicKey), signature: toBase64(signature) },
    async keep(card) {
      const db = await store()
      await db.put('code', { key: pair.privateKey, publicKey, card: JSON.parse(JSON.stringify(card)) as Card }, 'mine')
      // The browser is asked not to clear what cannot be had again.
      await navigator.storage?.persist?.().catch(() => false)
    },
  }
}
