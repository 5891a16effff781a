// COSE_Sign1 with Ed25519 and nothing else: any other header or algorithm is refused before a key is looked for.
import { Malformed, Reader, join, same, write } from './cbor'
import { ed25519, sha256 } from './crypto'

/** The media type in the header of each kind of signed thing; a credential's header is as short as can be. */
export const KINDS = {
  credential: null,
  list: 'application/statuslist+cwt',
  keys: 'application/vnd.anpei.tc1-keys+cbor',
  bundle: 'application/vnd.anpei.tc1-bundle+cbor',
} as const

export interface Signed {
  kid: Uint8Array
  payload: Uint8Array
  signature: Uint8Array
  protected: Uint8Array
}

export async function kidOf(key: Uint8Array): Promise<Uint8Array> {
  return (await sha256(key)).subarray(0, 4)
}

export function read(kind: keyof typeof KINDS, bytes: Uint8Array): Signed {
  const reader = new Reader(bytes)
  reader.tag(18)
  if (reader.array() !== 4) throw new Malformed('not four parts')
  const header = reader.bytes()
  const kid = readHeader(kind, header)
  reader.map(
    () => reader.integer(),
    () => {
      throw new Malformed('an unprotected header')
    },
  )
  const payload = reader.bytes()
  const signature = reader.exactly(64)
  reader.end()
  return { kid, payload, signature, protected: header }
}

function readHeader(kind: keyof typeof KINDS, bytes: Uint8Array): Uint8Array {
  const reader = new Reader(bytes)
  let alg: number | null = null
  let kid: Uint8Array | null = null
  let typ: string | null = null
  reader.map(
    () => reader.integer(),
    (label) => {
      if (label === 1) alg = reader.integer()
      else if (label === 4) kid = reader.exactly(4)
      else if (label === 16) typ = reader.text()
      else throw new Malformed('an unknown header')
    },
  )
  reader.end()
  if (alg !== -8) throw new Malformed('another algorithm than the key’s')
  if (typ !== KINDS[kind]) throw new Malformed('signed as another kind of thing')
  if (!kid) throw new Malformed('no key id')
  return kid
}

/** Whether this key signed it: over the Sig_structure of RFC 9052, 4.4. */
export function verify(signed: Signed, key: Uint8Array): Promise<boolean> {
  const message = join(
    write.array(4),
    write.text('Signature1'),
    write.bytes(signed.protected),
    write.bytes(new Uint8Array()),
    write.bytes(signed.payload),
  )
  return ed25519(key, message, signed.signature)
}

export const isOf = (signed: Signed, kid: Uint8Array): boolean => same(signed.kid, kid)
