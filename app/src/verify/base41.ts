// Base41: bytes as characters that a QR code holds in its alphanumeric mode and a URL's fragment takes unchanged.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-:'

export function encode(bytes: Uint8Array): string {
  let text = ''
  for (let n = 0; n < bytes.length; n += 2) {
    const pair = n + 1 < bytes.length
    let value = pair ? (bytes[n] ?? 0) * 256 + (bytes[n + 1] ?? 0) : (bytes[n] ?? 0)
    for (let place = pair ? 3 : 2; place > 0; place--) {
      text += ALPHABET[value % 41]
      value = Math.floor(value / 41)
    }
  }
  return text
}

/** Nothing but what `encode` writes is taken: null for any other character, value or length. */
export function decode(text: string): Uint8Array | null {
  if (text.length % 3 === 1) return null
  const bytes: number[] = []
  for (let n = 0; n < text.length; n += 3) {
    const values = [...text.slice(n, n + 3)].map((c) => ALPHABET.indexOf(c))
    if (values.includes(-1)) return null
    const whole = values.reduceRight((sum, value) => sum * 41 + value, 0)
    if (values.length === 3) {
      if (whole > 0xffff) return null
      bytes.push(whole >> 8, whole & 255)
    } else {
      if (whole > 0xff) return null
      bytes.push(whole)
    }
  }
  return Uint8Array.from(bytes)
}
