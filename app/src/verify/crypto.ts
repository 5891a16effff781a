// Hashes and signatures: the browser's own where it has them, pure ones where not (fetched only then).

export const sha256 = async (bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await crypto.subtle.digest('SHA-256', owned(bytes)))

/** The same bytes in a buffer of their own, which WebCrypto asks for. */
export const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

let hasEd25519: boolean | null = null

async function native(key: Uint8Array): Promise<CryptoKey | null> {
  if (hasEd25519 === false) return null
  try {
    const read = await crypto.subtle.importKey('raw', owned(key), 'Ed25519', false, ['verify'])
    hasEd25519 = true
    return read
  } catch (error) {
    // Some browsers know the name and refuse this key; others do not know the name.
    if (error instanceof DOMException && error.name === 'NotSupportedError') hasEd25519 = false
    return null
  }
}

export async function ed25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const read = await native(key)
  if (read) return crypto.subtle.verify('Ed25519', read, owned(signature), owned(message))
  const { ed25519: pure } = await import('@noble/curves/ed25519.js')
  try {
    return pure.verify(signature, message, key, { zip215: false })
  } catch {
    return false
  }
}

/** Whether 32 bytes are a public key. */
export async function isEd25519(key: Uint8Array): Promise<boolean> {
  const { ed25519: pure } = await import('@noble/curves/ed25519.js')
  try {
    pure.Point.fromBytes(key)
    return true
  } catch {
    return false
  }
}

/** The key as it stands in a credential: from a compressed point, a raw one, or `SubjectPublicKeyInfo`; null for no key. */
export async function holderKey(bytes: Uint8Array): Promise<Uint8Array | null> {
  const first = bytes[0]
  const kinds = (bytes.length === 33 && (first === 2 || first === 3)) || (bytes.length === 65 && first === 4)
  if (!kinds && !(bytes.length === 91 && first === 0x30)) return null
  const { p256 } = await import('@noble/curves/nist.js')
  try {
    const raw = bytes.length === 91 ? spkiPoint(bytes) : bytes
    return raw && p256.Point.fromBytes(raw).toBytes(true)
  } catch {
    return null
  }
}

/** The head of every `SubjectPublicKeyInfo` of an uncompressed point on P-256. */
const SPKI = '3059301306072a8648ce3d020106082a8648ce3d030107034200'

function spkiPoint(bytes: Uint8Array): Uint8Array | null {
  const head = [...bytes.subarray(0, 26)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return head === SPKI ? bytes.subarray(26) : null
}

/** Whether the private half of a compressed key signed this (ES256, r and s). */
export async function es256(key: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const { p256 } = await import('@noble/curves/nist.js')
  try {
    const point = p256.Point.fromBytes(key).toBytes(false)
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const read = await crypto.subtle.importKey('raw', owned(point), algorithm, false, ['verify'])
    return await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, read, owned(signature), owned(message))
  } catch {
    return false
  }
}
