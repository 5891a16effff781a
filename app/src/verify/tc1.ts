// The credential: what the issuer signs about a person's certificates. The twin of src/codes/tc1.rs.
import { Malformed, Reader } from './cbor'
import { type Signed, read } from './cose'

export const MOST_BYTES = 1024
export const LAST_SECOND = 253_402_300_799
const LAST_DAY = 2_932_896
const OURS = -65_537

export interface Item {
  /** Catalogue × 256 + category × 16 + (item − 1). */
  number: number
  /** Days since 1970. */
  validUntil: number | null
  reviewDue: number | null
  checked: boolean
}

export interface Credential {
  id: Uint8Array
  /** Seconds since 1970. */
  issued: number
  expires: number | null
  name: string
  idTail: string
  items: Item[]
  statusIndex: number
  holder: Uint8Array | null
}

export interface Parsed {
  signed: Signed
  credential: Credential
}

/** `1.1` of 16. */
export const itemCode = (number: number): string => `${(number & 255) >> 4}.${(number & 15) + 1}`

/** 16 of `1.1`; null for what is no item. */
export function itemNumber(code: string): number | null {
  const found = /^([1-9]\d?)\.([1-9]\d?)$/.exec(code)
  const [category, item] = [Number(found?.[1]), Number(found?.[2])]
  return found && category <= 15 && item <= 16 ? category * 16 + item - 1 : null
}

/** Reads a credential; its signature is not looked at. Throws Malformed. */
export function decode(bytes: Uint8Array): Parsed {
  if (bytes.length > MOST_BYTES) throw new Malformed('longer than a code may be')
  const signed = read('credential', bytes)
  const credential = readClaims(signed.payload)
  fits(credential)
  return { signed, credential }
}

function readClaims(payload: Uint8Array): Credential {
  const reader = new Reader(payload)
  let [expires, issued]: (number | null)[] = [null, null]
  let id: Uint8Array | null = null
  let ours: Omit<Credential, 'id' | 'issued' | 'expires'> | null = null
  reader.map(
    () => reader.integer(),
    (label) => {
      if (label === 4) expires = reader.integer()
      else if (label === 6) issued = reader.integer()
      else if (label === 7) id = reader.exactly(16)
      else if (label === OURS) ours = readOurs(reader)
      else throw new Malformed('an unknown claim')
    },
  )
  reader.end()
  if (!ours || !id || issued === null || issued === undefined) throw new Malformed('without what it must say')
  return { ...(ours as Omit<Credential, 'id' | 'issued' | 'expires'>), id, issued, expires: expires ?? null }
}

function readOurs(reader: Reader): Omit<Credential, 'id' | 'issued' | 'expires'> {
  const length = reader.array()
  if (length !== 5 && length !== 6) throw new Malformed('a claim of ours of another length')
  if (reader.unsigned() !== 1) throw new Malformed('another version of the format')
  const [name, idTail] = [reader.text(), reader.text()]
  const items = Array.from({ length: reader.array() }, () => readItem(reader))
  const statusIndex = reader.unsigned()
  if (statusIndex > 0xffff_ffff) throw new Malformed('a place beyond any list')
  return { name, idTail, items, statusIndex, holder: length === 6 ? reader.exactly(33) : null }
}

function readItem(reader: Reader): Item {
  const length = reader.array()
  if (length !== 3 && length !== 4) throw new Malformed('a certificate of another length')
  const number = reader.unsigned()
  if (number > 0xffff) throw new Malformed('an item beyond any')
  const validUntil = reader.nullable(() => reader.integer())
  const reviewDue = reader.nullable(() => reader.integer())
  // True is said by leaving it out: one meaning, one writing.
  if (length === 4 && reader.boolean()) throw new Malformed('true is left out')
  return { number, validUntil, reviewDue, checked: length === 3 }
}

const inRange = (value: number | null, most: number): boolean => value === null || (value >= 0 && value <= most)

/** The bounds of the format. */
function fits(of: Credential): void {
  const must = (holds: boolean, else_wrong: string): void => {
    if (!holds) throw new Malformed(else_wrong)
  }
  must(inRange(of.issued, LAST_SECOND) && inRange(of.expires, LAST_SECOND), 'an instant out of range')
  must(of.expires === null || of.expires > of.issued, 'expires before it is issued')
  const bytes = new TextEncoder().encode(of.name).length
  must(bytes > 0 && bytes <= 120, 'no name, or one too long')
  must(!/\p{Cc}/u.test(of.name), 'a control character in the name')
  must(/^[0-9A-Z]{4}$/.test(of.idTail), 'not four characters of an ID number')
  must(of.items.length > 0 && of.items.length <= 32, 'no certificates, or too many')
  of.items.forEach((item, n) => {
    const before = of.items[n - 1]
    must(!before || before.number < item.number, 'certificates out of order or twice')
    must(item.number % 256 >= 16, 'an item of no category')
    must(inRange(item.validUntil, LAST_DAY) && inRange(item.reviewDue, LAST_DAY), 'a day out of range')
  })
  must(!of.holder || of.holder[0] === 2 || of.holder[0] === 3, 'a holder key that is not compressed')
}
