// Deterministic CBOR (RFC 8949, 4.2.1), as little of it as the codes need, read strictly: shortest form, definite lengths,
// map keys in order and so never twice, nothing after the end. The twin of src/codes/cbor.rs.

/** Bytes that are not what they should be. */
export class Malformed extends Error {}

const UNSIGNED = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const ARRAY = 4
const MAP = 5
const TAG = 6

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class Reader {
  private at = 0
  constructor(private readonly from: Uint8Array) {}

  end(): void {
    if (this.at !== this.from.length) throw new Malformed('bytes after the end')
  }

  private take(length: number): Uint8Array {
    if (length > this.from.length - this.at) throw new Malformed('cut short')
    this.at += length
    return this.from.subarray(this.at - length, this.at)
  }

  /** An item's major type and argument; one that a number does not hold exactly is beyond every bound of ours. */
  private head(): [number, number] {
    const first = this.take(1)[0] ?? 0
    const size = first & 0x1f
    if (size < 24) return [first >> 5, size]
    if (size >= 28) throw new Malformed(size === 31 ? 'an indefinite length' : 'a reserved length')
    const width = 1 << (size - 24)
    let argument = 0n
    for (const byte of this.take(width)) argument = (argument << 8n) | BigInt(byte)
    // What a shorter form could hold must be in it.
    const least = width === 1 ? 24n : 1n << BigInt(width * 4)
    if (argument < least) throw new Malformed('not the shortest form')
    return [first >> 5, Number(argument)]
  }

  private of(major: number): number {
    const [found, argument] = this.head()
    if (found !== major) throw new Malformed(`not of kind ${major}`)
    return argument
  }

  unsigned(): number {
    return this.of(UNSIGNED)
  }

  integer(): number {
    const [major, argument] = this.head()
    if (argument >= 2 ** 63) throw new Malformed('an integer too large')
    if (major === UNSIGNED) return argument
    if (major === NEGATIVE) return -1 - argument
    throw new Malformed('not an integer')
  }

  bytes(): Uint8Array {
    return this.take(this.of(BYTES))
  }

  exactly(length: number): Uint8Array {
    const bytes = this.bytes()
    if (bytes.length !== length) throw new Malformed('a byte string of the wrong length')
    return bytes
  }

  text(): string {
    const bytes = this.take(this.of(TEXT))
    try {
      return utf8.decode(bytes)
    } catch {
      throw new Malformed('a text that is not UTF-8')
    }
  }

  /** A number of items; each takes a byte at least. */
  private possible(length: number): number {
    if (length > this.from.length - this.at) throw new Malformed('cut short')
    return length
  }

  array(): number {
    return this.possible(this.of(ARRAY))
  }

  tag(number: number): void {
    const [major, found] = this.head()
    if (major !== TAG || found !== number) throw new Malformed('another tag')
  }

  boolean(): boolean {
    const byte = this.take(1)[0]
    if (byte !== 0xf4 && byte !== 0xf5) throw new Malformed('neither true nor false')
    return byte === 0xf5
  }

  nullable<T>(read: () => T): T | null {
    if (this.from[this.at] !== 0xf6) return read()
    this.at++
    return null
  }

  /** Each key of a map, read by `key`; `value` reads what stands behind it. */
  map<K>(key: () => K, value: (key: K) => void): void {
    let last: Uint8Array = new Uint8Array()
    for (let left = this.possible(this.of(MAP)); left > 0; left--) {
      const start = this.at
      const read = key()
      const written = this.from.subarray(start, this.at)
      if (compare(written, last) <= 0) throw new Malformed('keys out of order or twice')
      last = written
      value(read)
    }
  }
}

export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let n = 0; n < Math.min(a.length, b.length); n++) {
    const by = (a[n] ?? 0) - (b[n] ?? 0)
    if (by !== 0) return by
  }
  return a.length - b.length
}

export const same = (a: Uint8Array, b: Uint8Array): boolean => compare(a, b) === 0

export function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** An item's head in its shortest form. */
function head(major: number, argument: number): Uint8Array {
  if (argument < 24) return Uint8Array.of((major << 5) | argument)
  const width = argument < 0x100 ? 1 : argument < 0x1_0000 ? 2 : argument < 0x1_0000_0000 ? 4 : 8
  const bytes = new Uint8Array(1 + width)
  bytes[0] = (major << 5) | (23 + [1, 2, 4, 8].indexOf(width) + 1)
  let rest = BigInt(argument)
  for (let n = width; n > 0; n--) {
    bytes[n] = Number(rest & 255n)
    rest >>= 8n
  }
  return bytes
}

export const write = {
  array: (items: number): Uint8Array => head(ARRAY, items),
  unsigned: (value: number): Uint8Array => head(UNSIGNED, value),
  integer: (value: number): Uint8Array => (value < 0 ? head(NEGATIVE, -1 - value) : head(UNSIGNED, value)),
  bytes: (bytes: Uint8Array): Uint8Array => join(head(BYTES, bytes.length), bytes),
  text: (text: string): Uint8Array => {
    const bytes = new TextEncoder().encode(text)
    return join(head(TEXT, bytes.length), bytes)
  },
}
