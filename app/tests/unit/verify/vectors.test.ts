// The shared vectors: the TypeScript verifier comes to what the Rust one comes to, row by row.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Kept, Refused, entry, openBundle, readList, unpack } from '../../../src/verify/bundle'
import { holderKey } from '../../../src/verify/crypto'
import { verifyClaim } from '../../../src/verify/presentation'
import { COLOURS } from '../../../src/verify/reasons'
import { decode } from '../../../src/verify/tc1'
import { type Live, judge } from '../../../src/verify/verdict'

// biome-ignore lint: the file's shape is the Rust test's business
const file = JSON.parse(readFileSync(new URL('../../../../tests/vectors/tc1.json', import.meta.url), 'utf8'))
const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
const hex = (from: Uint8Array): string => [...from].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const roots = (list: string[]): Uint8Array[] => list.map(bytes)

const kept = new Map<string, Kept>()
for (const [name, told] of Object.entries<{ hex: string }>(file.bundles)) {
  kept.set(name, await openBundle(bytes(told.hex), roots(file.roots)))
}

describe('a verdict', () => {
  it('has at least two hundred rows, and each reason in two', () => {
    expect(file.rows.length).toBeGreaterThanOrEqual(200)
    for (const reason of Object.keys(COLOURS)) {
      const rows = file.rows.filter((row: { verdict: { reason: string } }) => row.verdict.reason === reason)
      expect(rows.length, reason).toBeGreaterThanOrEqual(2)
    }
  })

  it.each<[string, (typeof file.rows)[number]]>(file.rows.map((row: { name: string }) => [row.name, row]))('%s', async (_, row) => {
    const asked = { text: row.text, now: row.now, forItem: row.for, challenge: row.challenge, seenBefore: () => row.seen_before }
    const found = await judge(asked, row.bundle ? (kept.get(row.bundle) ?? null) : null, row.live as Live | null)
    const told: Record<string, unknown> = {
      colour: found.colour,
      reason: found.reason,
      also: found.also,
      told: found.credential !== null,
      status_as_of: found.statusAsOf,
      proof_key: found.proofKey,
    }
    if (row.verdict.items) {
      told.items = found.items.map((one) => ({ item: one.item.number, reason: one.reason, also: one.also, days_left: one.daysLeft }))
    }
    expect(told).toEqual(row.verdict)
  })
})

describe('a bundle', () => {
  it.each<[string, (typeof file.bundle_rows)[number]]>(file.bundle_rows.map((row: { name: string }) => [row.name, row]))('%s', async (_, row) => {
    const before = row.kept ? kept.get(row.kept) : undefined
    const refused = await openBundle(bytes(row.hex), roots(row.roots), before).then(
      () => null,
      (error: unknown) => (error instanceof Refused ? error.word : error),
    )
    expect(refused).toBe(row.refused)
  })
})

describe('a credential', () => {
  it.each<[string, (typeof file.credentials)[string]]>(Object.entries(file.credentials))('%s', (_, told) => {
    const { signed, credential } = decode(bytes(told.hex))
    expect(hex(signed.kid)).toBe(told.kid)
    expect({
      id: hex(credential.id),
      issued: credential.issued,
      expires: credential.expires,
      name: credential.name,
      id_tail: credential.idTail,
      status_index: credential.statusIndex,
      holder: credential.holder && hex(credential.holder),
      items: credential.items.map((item) => ({
        item: item.number,
        valid_until: item.validUntil,
        review_due: item.reviewDue,
        checked: item.checked,
      })),
    }).toEqual(Object.fromEntries(Object.entries(told).filter(([name]) => !['hex', 'key', 'kid'].includes(name))))
  })
})

describe('keys, claims and lists', () => {
  it.each<[string, (typeof file.holder_keys)[number]]>(file.holder_keys.map((row: { name: string }) => [row.name, row]))('key: %s', async (_, row) => {
    const found = await holderKey(bytes(row.hex))
    expect(found && hex(found)).toBe(row.key)
  })
  it.each<[string, (typeof file.claims)[number]]>(file.claims.map((row: { name: string }) => [row.name, row]))('claim: %s', async (_, row) => {
    expect(await verifyClaim(bytes(row.nonce), bytes(row.key), bytes(row.signature))).toBe(row.good)
  })
  it.each<[number, (typeof file.status_lists)[number]]>(file.status_lists.map((row: { bits: number }) => [row.bits, row]))('list of %i bits', (_, row) => {
    const token = readList(bytes(row.hex))
    expect([token.bits, hex(token.lst), token.subject, token.issued]).toEqual([row.bits, row.lst, row.subject, row.issued])
    const packed = unpack(token.bits, token.lst, 1 << 20)
    expect(row.statuses.map((_: number, n: number) => entry(row.bits, packed, n))).toEqual(row.statuses)
    expect(entry(row.bits, packed, row.statuses.length)).toBeUndefined()
  })
})

it('no changed byte of a valid presentation is taken', async () => {
  const good = file.rows.filter((row: { verdict: { colour: string } }) => row.verdict.colour === 'green')
  let state = 7
  const roll = (most: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state % most
  }
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-:'
  for (let n = 0; n < 3000; n++) {
    const row = good[roll(good.length)]
    const start = row.text.indexOf('#') + 1
    const at = start + roll(row.text.length - start)
    const other = alphabet[roll(41)] as string
    if (row.text[at] === other) continue
    const text = row.text.slice(0, at) + other + row.text.slice(at + 1)
    const asked = { text, now: row.now, forItem: row.for, challenge: row.challenge, seenBefore: () => false }
    const found = await judge(asked, kept.get(row.bundle) ?? null)
    expect(['green', 'yellow'], text).not.toContain(found.colour)
  }
})
