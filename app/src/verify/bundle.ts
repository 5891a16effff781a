// The trust bundle: one signed file that a verifier fetches whole, keeps, and judges by without a network. Neither it nor
// its key set ever goes back. The twin of src/codes/bundle.rs and status_list.rs.
import { inflateSync } from './inflate'
import { Malformed, Reader, same } from './cbor'
import { type Signed, isOf, kidOf, read as readSigned, verify } from './cose'
import { isEd25519 } from './crypto'
import { LAST_SECOND } from './tc1'

const MOST_BYTES = 4 << 20
const SHARD = 1 << 20
const MOST_VERSION = Number.MAX_SAFE_INTEGER

export interface Policy {
  soonDays: number
  freshSeconds: number
  bundleFreshSeconds: number
  bundleOldSeconds: number
  dayOffset: number
}

export interface Key {
  kid: Uint8Array
  public: Uint8Array
  notBefore: number
  notAfter: number
  cutOff: number | null
  revokedFrom: number | null
}

export interface Kept {
  version: number
  /** The server's clock when it was made, in seconds since 1970. */
  time: number
  county: string
  countyName: string
  policy: Policy
  keysVersion: number
  keys: Key[]
  bytes: Uint8Array
  shards: Uint8Array[]
}

export type RefusedWord =
  | 'too_large'
  | 'malformed'
  | 'unknown_root'
  | 'forged_keys'
  | 'unknown_key'
  | 'key_not_in_force'
  | 'forged'
  | 'rolled_back'
  | 'keys_rolled_back'
  | 'other_county'

/** Why a bundle is not taken; what is kept stays. */
export class Refused extends Error {
  constructor(readonly word: RefusedWord) {
    super(word)
  }
}

export type Status = 'valid' | 'invalid' | 'suspended' | 'superseded'
const STATUSES: Status[] = ['valid', 'invalid', 'suspended', 'superseded']

/** The status at a place of the list; null where this bundle's list does not reach. */
export function status(kept: Kept, index: number): Status | null {
  const shard = kept.shards[Math.floor(index / SHARD)]
  const value = shard && entry(2, shard, index % SHARD)
  return value === undefined ? null : (STATUSES[value] ?? null)
}

/** An entry of a packed list; undefined beyond its end. */
export function entry(bits: number, packed: Uint8Array, index: number): number | undefined {
  const perByte = 8 / bits
  const byte = packed[Math.floor(index / perByte)]
  return byte === undefined ? undefined : (byte >> ((index % perByte) * bits)) & (255 >> (8 - bits))
}

export type Doubt = 'revoked' | 'out_of_time'

/** Why something a key signed at `issued` is not believed at `at`; null where it is. */
export function doubt(key: Key, issued: number, at: number): Doubt | null {
  if (key.revokedFrom !== null && key.revokedFrom <= at) return 'revoked'
  if (key.cutOff !== null && issued > key.cutOff) return 'revoked'
  return issued < key.notBefore || issued > key.notAfter ? 'out_of_time' : null
}

export const keyOf = (kept: { keys: Key[] }, kid: Uint8Array): Key | undefined => kept.keys.find((key) => same(key.kid, kid))

/** Reads and verifies a bundle, root first. Throws Refused. */
export async function openBundle(bytes: Uint8Array, roots: Uint8Array[], kept?: Kept): Promise<Kept> {
  try {
    const found = await open(bytes, roots)
    if (kept) mayFollow(found, kept)
    return found
  } catch (error) {
    throw error instanceof Malformed ? new Refused('malformed') : error
  }
}

async function open(bytes: Uint8Array, roots: Uint8Array[]): Promise<Kept> {
  if (bytes.length > MOST_BYTES) throw new Refused('too_large')
  const signed = readSigned('bundle', bytes)
  const contents = readContents(signed.payload)
  const set = await readKeys(contents.keys, roots)
  await believe(signed, set.keys, contents.time, contents.time)
  const shards: Uint8Array[] = []
  for (const [n, shard] of contents.shards.entries()) {
    const token = readList(shard)
    await believe(token.signed, set.keys, token.issued, contents.time)
    if (token.bits !== 2 || token.subject !== `urn:anpei:status:${contents.county}:${n}`) {
      throw new Malformed('another status list than the county’s')
    }
    shards.push(unpack(token.bits, token.lst, SHARD))
  }
  const { version, time, county, countyName, policy } = contents
  return { version, time, county, countyName, policy, keysVersion: set.version, keys: set.keys, bytes, shards }
}

function mayFollow(found: Kept, kept: Kept): void {
  if (found.county !== kept.county) throw new Refused('other_county')
  if (found.version < kept.version || (found.version === kept.version && found.time < kept.time)) throw new Refused('rolled_back')
  const other = JSON.stringify(plain(found)) !== JSON.stringify(plain(kept))
  if (found.keysVersion < kept.keysVersion || (found.keysVersion === kept.keysVersion && other)) throw new Refused('keys_rolled_back')
}

const plain = (of: Kept): unknown => of.keys.map((key) => ({ ...key, kid: [...key.kid], public: [...key.public] }))

async function believe(signed: Signed, keys: Key[], issued: number, at: number): Promise<void> {
  const key = keyOf({ keys }, signed.kid)
  if (!key) throw new Refused('unknown_key')
  if (!(await verify(signed, key.public))) throw new Refused('forged')
  if (doubt(key, issued, at)) throw new Refused('key_not_in_force')
}

const must = (holds: boolean, else_wrong: string): void => {
  if (!holds) throw new Malformed(else_wrong)
}
const instant = (value: number | null): boolean => value === null || (value >= 0 && value <= LAST_SECOND)

function readContents(payload: Uint8Array) {
  const reader = new Reader(payload)
  must(reader.array() === 8 && reader.unsigned() === 1, 'another version of the format')
  const [version, time] = [reader.unsigned(), reader.integer()]
  const [county, countyName] = [reader.text(), reader.text()]
  const policy = readPolicy(reader)
  const keys = reader.bytes()
  const count = reader.array()
  must(count <= 64, 'too many shards')
  const shards = Array.from({ length: count }, () => reader.bytes())
  reader.end()
  must(version <= MOST_VERSION, 'a version beyond the last')
  must(instant(time), 'an instant out of range')
  must(/^[0-9A-Za-z-]{1,16}$/.test(county), 'a county without a code')
  must(new TextEncoder().encode(countyName).length <= 120 && !/\p{Cc}/u.test(countyName), 'a county’s name too long')
  return { version, time, county, countyName, policy, keys, shards }
}

function readPolicy(reader: Reader): Policy {
  must(reader.array() === 5, 'settings of another number')
  const policy = {
    soonDays: reader.unsigned(),
    freshSeconds: reader.unsigned(),
    bundleFreshSeconds: reader.unsigned(),
    bundleOldSeconds: reader.unsigned(),
    dayOffset: reader.integer(),
  }
  const within = (value: number, least: number, most: number): boolean => value >= least && value <= most
  const year = 366 * 86_400
  must(
    policy.soonDays <= 3650 &&
      within(policy.freshSeconds, 1, 3600) &&
      within(policy.bundleFreshSeconds, 60, year) &&
      within(policy.bundleOldSeconds, policy.bundleFreshSeconds, year) &&
      within(policy.dayOffset, -50_400, 50_400),
    'a setting out of range',
  )
  return policy
}

async function readKeys(bytes: Uint8Array, roots: Uint8Array[]): Promise<{ version: number; keys: Key[] }> {
  const signed = readSigned('keys', bytes)
  let root: Uint8Array | undefined
  for (const one of roots) if (isOf(signed, await kidOf(one))) root ??= one
  if (!root || !(await isEd25519(root))) throw new Refused('unknown_root')
  if (!(await verify(signed, root))) throw new Refused('forged_keys')
  const reader = new Reader(signed.payload)
  must(reader.array() === 4 && reader.unsigned() === 1, 'another version of the format')
  const [version, issued] = [reader.unsigned(), reader.integer()]
  const count = reader.array()
  must(count <= 64, 'too many keys')
  const keys: Key[] = []
  for (let n = 0; n < count; n++) keys.push(await readKey(reader))
  reader.end()
  must(keys.length > 0 && version <= MOST_VERSION && instant(issued), 'no keys, or out of range')
  for (const key of keys) {
    const good = [key.notBefore, key.notAfter, key.cutOff, key.revokedFrom].every(instant)
    must(good && key.notBefore <= key.notAfter, 'an instant out of range')
    must(keys.every((other) => other === key || !same(other.kid, key.kid)), 'two keys of one id')
  }
  return { version, keys }
}

async function readKey(reader: Reader): Promise<Key> {
  must(reader.array() === 6, 'a key of another length')
  const [kid, key] = [reader.exactly(4), reader.exactly(32)]
  must((await isEd25519(key)) && same(await kidOf(key), kid), 'not a key, or an id that is not its own')
  return {
    kid,
    public: key,
    notBefore: reader.integer(),
    notAfter: reader.integer(),
    cutOff: reader.nullable(() => reader.integer()),
    revokedFrom: reader.nullable(() => reader.integer()),
  }
}

/** A signed status list, its signature not verified and its list not unpacked. */
export function readList(bytes: Uint8Array): { signed: Signed; subject: string; issued: number; bits: number; lst: Uint8Array } {
  const signed = readSigned('list', bytes)
  const reader = new Reader(signed.payload)
  let subject: string | undefined
  let issued: number | undefined
  let bits: number | undefined
  let lst: Uint8Array | undefined
  reader.map(
    () => reader.integer(),
    (label) => {
      if (label === 2) subject = reader.text()
      else if (label === 6) issued = reader.integer()
      else if (label === 65_533) {
        reader.map(
          () => reader.text(),
          (name) => {
            if (name === 'lst') lst = reader.bytes()
            else if (name === 'bits') bits = reader.unsigned()
            else throw new Malformed('an unknown member of a list')
          },
        )
      } else throw new Malformed('an unknown claim')
    },
  )
  reader.end()
  if (subject === undefined || issued === undefined || !instant(issued) || bits === undefined || bits > 255 || !lst) {
    throw new Malformed('a list without what it must say')
  }
  return { signed, subject, issued, bits, lst }
}

/** Unpacks a list of at most so many entries; one that would unpack to more is refused before it takes their room. */
export function unpack(bits: number, lst: Uint8Array, most: number): Uint8Array {
  must([1, 2, 4, 8].includes(bits), 'statuses of a width that is none')
  return inflateSync(lst, Math.ceil((most * bits) / 8))
}
