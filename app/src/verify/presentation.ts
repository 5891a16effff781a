// What the phone shows: the credential, an instant, and the holder's signature over both. The twin of
// src/codes/presentation.rs. A text's host is never opened.
import * as base41 from './base41'
import { Malformed, Reader, join, write } from './cbor'
import { es256, owned, sha256 } from './crypto'
import { LAST_SECOND, MOST_BYTES, decode as decodeCredential } from './tc1'

const MOST_TEXT = 2048
const PAPER = 0xd2

export interface Presentation {
  credential: Uint8Array
  /** The phone's clock when it signed, in seconds since 1970. */
  t: number
  proof: Uint8Array
  /** The four digits it answers. */
  challenge: string | null
}

export type Scanned =
  | { kind: 'presentation'; shown: Presentation }
  | { kind: 'paper'; bytes: Uint8Array }
  | { kind: 'not_ours' }
  | { kind: 'damaged' }

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

function seconds(t: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigInt64(0, BigInt(t))
  return bytes
}

async function message(credential: Uint8Array, t: number, challenge: string | null): Promise<Uint8Array<ArrayBuffer>> {
  return join(ascii('TC1-pres'), await sha256(credential), seconds(t), ascii(challenge ?? ''))
}

export const isBy = async (shown: Presentation, holder: Uint8Array): Promise<boolean> =>
  es256(holder, await message(shown.credential, shown.t, shown.challenge), shown.proof)

/** By which a verifier knows a proof again. */
export const memory = (shown: Presentation, id: Uint8Array): Promise<Uint8Array> =>
  sha256(join(id, seconds(shown.t), ascii(shown.challenge ?? '')))

export function decode(bytes: Uint8Array): Presentation {
  const reader = new Reader(bytes)
  const length = reader.array()
  if (length !== 3 && length !== 4) throw new Malformed('a presentation of another length')
  const credential = reader.bytes()
  if (credential.length > MOST_BYTES) throw new Malformed('longer than a code may be')
  const t = reader.integer()
  if (t < 0 || t > LAST_SECOND) throw new Malformed('an instant out of range')
  const proof = reader.exactly(64)
  let challenge: string | null = null
  if (length === 4) {
    const value = reader.unsigned()
    if (value > 9999) throw new Malformed('a challenge of more than four digits')
    challenge = String(value).padStart(4, '0')
  }
  reader.end()
  return { credential, t, proof, challenge }
}

/** Signs what the phone shows now, with the key that never leaves it. */
export async function prove(credential: Uint8Array, t: number, challenge: string | null, key: CryptoKey): Promise<Uint8Array> {
  const signed = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, await message(credential, t, challenge))
  const parts = [write.array(challenge ? 4 : 3), write.bytes(credential), write.integer(t), write.bytes(new Uint8Array(signed))]
  if (challenge) parts.push(write.unsigned(Number(challenge)))
  return join(...parts)
}

/** What a phone signs to claim a code with its key. */
export const claimMessage = (nonce: Uint8Array, key: Uint8Array): Uint8Array<ArrayBuffer> => join(ascii('TC1-claim'), nonce, key)

export const verifyClaim = (nonce: Uint8Array, key: Uint8Array, signature: Uint8Array): Promise<boolean> =>
  es256(key, owned(claimMessage(nonce, key)), signature)

/** What stands before the fragment, and the fragment: the QR code writes each in the mode that fits it. */
export const parts = (host: string, bytes: Uint8Array): [string, string] => [`HTTPS://${host.toUpperCase()}/V`, base41.encode(bytes)]

/** Takes a scanned text apart: any host is taken and none is opened; without one it must be a whole code of ours. */
export function readText(text: string): Scanned {
  if (ascii(text).length > MOST_TEXT) return { kind: 'not_ours' }
  const rest = /^https?:\/\/[a-z0-9\-._:[\]]{1,253}\/v#([\s\S]*)$/i.exec(text)?.[1]
  if (rest !== undefined) return readFragment(rest) ?? { kind: 'damaged' }
  const whole = readFragment(text)
  try {
    if (whole?.kind === 'presentation') decodeCredential(whole.shown.credential)
    else if (whole?.kind === 'paper') decodeCredential(whole.bytes)
    return whole ?? { kind: 'not_ours' }
  } catch {
    return { kind: 'not_ours' }
  }
}

function readFragment(fragment: string): Scanned | null {
  const bytes = base41.decode(fragment)
  if (!bytes) return null
  if (bytes[0] === PAPER) return { kind: 'paper', bytes }
  try {
    return { kind: 'presentation', shown: decode(bytes) }
  } catch {
    return null
  }
}
