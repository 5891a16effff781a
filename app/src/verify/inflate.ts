// Unpacks a zlib stream, whole, into no more room than it is given. A small inflate of our own (RFC 1950, 1951): the
// browser's tells neither where a stream ended nor stops at a bound, and a verifier must do both.
import { Malformed } from './cbor'

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]
const LENGTH_MORE = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const BACK_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577]
const BACK_MORE = [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

interface Codes {
  counts: number[]
  symbols: number[]
}

const wrong = (): never => {
  throw new Malformed('a status list that does not unpack')
}

/** Canonical Huffman codes by their lengths. */
function codes(lengths: number[], whole: boolean): Codes {
  const counts = new Array<number>(16).fill(0)
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1
  counts[0] = 0
  let left = 1
  for (let length = 1; length < 16; length++) {
    left = left * 2 - (counts[length] ?? 0)
    if (left < 0) wrong()
  }
  const used = lengths.filter((length) => length > 0).length
  // One code alone may leave room; any other set must fill it.
  if (left > 0 && (whole || used > 1)) wrong()
  const starts = new Array<number>(16).fill(0)
  for (let length = 1; length < 15; length++) starts[length + 1] = (starts[length] ?? 0) + (counts[length] ?? 0)
  const symbols: number[] = []
  lengths.forEach((length, symbol) => {
    if (length > 0) symbols[starts[length]!++] = symbol
  })
  return { counts, symbols }
}

const FIXED = codes(
  Array.from({ length: 288 }, (_, n) => (n < 144 ? 8 : n < 256 ? 9 : n < 280 ? 7 : 8)),
  false,
)
const FIXED_BACK = codes(new Array<number>(32).fill(5), false)

class Bits {
  at = 0
  private held = 0
  private count = 0
  constructor(readonly from: Uint8Array) {}

  take(count: number): number {
    while (this.count < count) {
      if (this.at >= this.from.length) wrong()
      this.held |= (this.from[this.at++] ?? 0) << this.count
      this.count += 8
    }
    const value = this.held & ((1 << count) - 1)
    this.held >>>= count
    this.count -= count
    return value
  }

  align(): void {
    this.held = 0
    this.count = 0
  }

  symbol({ counts, symbols }: Codes): number {
    let [code, first, index] = [0, 0, 0]
    for (let length = 1; length < 16; length++) {
      code |= this.take(1)
      const count = counts[length] ?? 0
      if (code - count < first) return symbols[index + code - first] ?? wrong()
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return wrong()
  }
}

export function inflateSync(bytes: Uint8Array, most: number): Uint8Array {
  const [method, flags] = [bytes[0] ?? 0, bytes[1] ?? 0]
  if ((method & 15) !== 8 || method >> 4 > 7 || (method * 256 + flags) % 31 !== 0 || flags & 32) wrong()
  const bits = new Bits(bytes.subarray(2))
  const out = new Uint8Array(most)
  let length = 0
  for (let last = 0; !last; ) {
    last = bits.take(1)
    const kind = bits.take(2)
    if (kind === 0) length = stored(bits, out, length)
    else if (kind === 1) length = block(bits, out, length, FIXED, FIXED_BACK)
    else if (kind === 2) length = block(bits, out, length, ...dynamic(bits))
    else wrong()
  }
  bits.align()
  const sum = bits.from.subarray(bits.at)
  if (sum.length !== 4) throw new Malformed(sum.length < 4 ? 'a status list cut short' : 'bytes after the end')
  const found = out.subarray(0, length)
  if (new DataView(sum.buffer, sum.byteOffset, 4).getUint32(0) !== adler(found)) wrong()
  return found
}

function stored(bits: Bits, out: Uint8Array, at: number): number {
  bits.align()
  const { from } = bits
  const count = (from[bits.at] ?? 0) | ((from[bits.at + 1] ?? 0) << 8)
  const not = (from[bits.at + 2] ?? 0) | ((from[bits.at + 3] ?? 0) << 8)
  bits.at += 4
  if ((count ^ 0xffff) !== not || bits.at + count > from.length || at + count > out.length) wrong()
  out.set(from.subarray(bits.at, bits.at + count), at)
  bits.at += count
  return at + count
}

function dynamic(bits: Bits): [Codes, Codes] {
  const [literals, backs, count] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4]
  if (literals > 286 || backs > 30) wrong()
  const widths = new Array<number>(19).fill(0)
  for (let n = 0; n < count; n++) widths[ORDER[n] ?? 0] = bits.take(3)
  const of = codes(widths, true)
  const lengths: number[] = []
  while (lengths.length < literals + backs) {
    const symbol = bits.symbol(of)
    if (symbol < 16) lengths.push(symbol)
    else {
      const repeated = symbol === 16 ? (lengths.at(-1) ?? wrong()) : 0
      const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7)
      for (let n = 0; n < times; n++) lengths.push(repeated)
    }
  }
  if (lengths.length !== literals + backs || !lengths[256]) wrong()
  return [codes(lengths.slice(0, literals), false), codes(lengths.slice(literals), false)]
}

function block(bits: Bits, out: Uint8Array, at: number, literals: Codes, backs: Codes): number {
  for (;;) {
    const symbol = bits.symbol(literals)
    if (symbol === 256) return at
    if (symbol < 256) {
      if (at >= out.length) throw new Malformed('a status list too long')
      out[at++] = symbol
      continue
    }
    const base = LENGTH_BASE[symbol - 257] ?? wrong()
    const length = base + bits.take(LENGTH_MORE[symbol - 257] ?? 0)
    const far = bits.symbol(backs)
    const back = (BACK_BASE[far] ?? wrong()) + bits.take(BACK_MORE[far] ?? 0)
    if (back > at) wrong()
    if (at + length > out.length) throw new Malformed('a status list too long')
    for (let n = 0; n < length; n++, at++) out[at] = out[at - back] ?? 0
  }
}

function adler(bytes: Uint8Array): number {
  let [a, b] = [1, 0]
  for (const byte of bytes) {
    a = (a + byte) % 65_521
    b = (b + a) % 65_521
  }
  return ((b << 16) | a) >>> 0
}
