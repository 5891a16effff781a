/* eslint-disable @typescript-eslint/only-throw-error -- what a check finds leaves it as a value, as in the twin */
// The verdict: what was scanned, the clock, the question and the bundle come to a colour with its reasons (本县规则). The twin
// of src/codes/verdict.rs, step by step; tests/vectors/tc1.json holds the two together.
import { type Kept, type Policy, type Status, doubt, keyOf, status } from './bundle'
import { verify } from './cose'
import { type ItemVerdict, USUAL, judgeItems } from './items'
import { type Presentation, isBy, memory, readText } from './presentation'
import { COLOURS, type Colour, type Reason, order } from './reasons'
import { type Credential, type Parsed, decode } from './tc1'

export interface Asked {
  text: string
  /** The verifier's clock, in seconds since 1970. */
  now: number
  forItem: number | null
  /** The four digits shown, while any are. */
  challenge: string | null
  /** Whether this very proof was seen here within two minutes (`proofKey`). */
  seenBefore: (proofKey: string) => boolean
}

export interface Verdict {
  colour: Colour
  reason: Reason
  also: Reason[]
  /** What the issuer signed; null where that is not certain. */
  credential: Credential | null
  items: ItemVerdict[]
  computedAt: number
  statusAsOf: number | null
  proofKey: string | null
}

export type Live = Status | 'unclaimed'

const BY_STATUS: Record<Live, Reason | null> = {
  valid: null,
  invalid: 'revoked',
  suspended: 'suspended',
  superseded: 'superseded',
  unclaimed: 'unclaimed',
}

/** What ends the judging. */
class Ends {
  constructor(readonly reason: Reason) {}
}

/** Judges a scan by the bundle that is kept, or by a status that is known from the server itself. */
export async function judge(asked: Asked, kept: Kept | null, live: Live | null = null): Promise<Verdict> {
  const read = readScan(asked.text)
  if (typeof read === 'string') return new Case(asked.now, asked.now, USUAL).close(read, null)
  if (!kept) return new Case(asked.now, asked.now, USUAL).close('no_bundle', null)
  const one = new Case(asked.now, Math.max(asked.now, kept.time), kept.policy)
  let credential: Credential | null = null
  try {
    await one.key(read.parsed, kept)
    credential = read.parsed.credential
    await one.genuine(asked, kept, live, credential, read.shown)
    return one.close(null, credential)
  } catch (ended) {
    if (ended instanceof Ends) return one.close(ended.reason, credential)
    throw ended
  }
}

function readScan(text: string): { parsed: Parsed; shown: Presentation | null } | Reason {
  const scanned = readText(text)
  if (scanned.kind === 'not_ours') return 'not_ours'
  if (scanned.kind === 'damaged') return 'malformed'
  try {
    if (scanned.kind === 'paper') return { parsed: decode(scanned.bytes), shown: null }
    return { parsed: decode(scanned.shown.credential), shown: scanned.shown }
  } catch {
    return 'malformed'
  }
}

class Case {
  private doubts: Reason[] = []
  private items: ItemVerdict[] = []
  private statusAsOf: number | null = null
  private proofKey: string | null = null
  constructor(
    private readonly now: number,
    private readonly at: number,
    private readonly policy: Policy,
  ) {}

  /** Step 3: the issuer's signature. */
  async key(parsed: Parsed, kept: Kept): Promise<void> {
    const key = keyOf(kept, parsed.signed.kid)
    if (!key) throw new Ends('unknown_key')
    if (!(await verify(parsed.signed, key.public))) throw new Ends('forged')
    const why = doubt(key, parsed.credential.issued, this.at)
    if (why) throw new Ends(why === 'revoked' ? 'key_revoked' : 'key_out_of_time')
  }

  /** Steps 4 to 7 for a credential that the issuer signed. */
  async genuine(asked: Asked, kept: Kept, live: Live | null, credential: Credential, shown: Presentation | null): Promise<void> {
    this.items = judgeItems(credential.items, this.policy, this.at)
    // Our clock against what was signed: neither the bundle nor the code can be of a time to come.
    if (Math.max(kept.time, credential.issued) - this.now > this.policy.freshSeconds) this.doubts.push('verifier_clock')
    if (live) {
      this.statusAsOf = this.now
      this.status(live)
    } else this.listed(kept, credential)
    if (shown) await this.proof(asked, credential, shown)
    else this.doubts.push('paper')
    if (credential.expires !== null && credential.expires <= this.at) throw new Ends('expired')
    this.doubts.push(...together(this.items, asked.forItem))
  }

  /** Step 4 by the bundle's list, and the bundle's age. */
  private listed(kept: Kept, credential: Credential): void {
    const age = this.at - kept.time
    if (age > this.policy.bundleOldSeconds) this.doubts.push('bundle_old')
    else if (age > this.policy.bundleFreshSeconds) this.doubts.push('bundle_stale')
    const found = status(kept, credential.statusIndex)
    if (found) {
      this.statusAsOf = kept.time
      this.status(found)
    } else this.doubts.push('bundle_stale')
  }

  private status(live: Live): void {
    const reason = BY_STATUS[live]
    if (reason) throw new Ends(reason)
  }

  /** Step 5: the holder's signature, and whether it was made now. */
  private async proof(asked: Asked, credential: Credential, shown: Presentation): Promise<void> {
    // A proof under a credential that no phone is bound to can be nobody's.
    if (!credential.holder || !(await isBy(shown, credential.holder))) throw new Ends('forged')
    const key = await memory(shown, credential.id)
    this.proofKey = [...key].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    if (asked.challenge !== null && shown.challenge === null) throw new Ends('challenge_missing')
    if (asked.challenge !== null && shown.challenge !== asked.challenge) throw new Ends('challenge_wrong')
    if (asked.seenBefore(this.proofKey)) throw new Ends('replayed')
    if (Math.abs(this.at - shown.t) <= this.policy.freshSeconds) return
    if (asked.challenge === null) throw new Ends('proof_old')
    this.doubts.push('clocks_differ')
  }

  /** Steps 7 and 8. */
  close(ended: Reason | null, credential: Credential | null): Verdict {
    const doubts = [...new Set(this.doubts)].sort((a, b) => order(a) - order(b))
    const reason = ended ?? doubts[0] ?? 'valid'
    return {
      colour: COLOURS[reason],
      reason,
      also: ended ? [] : doubts.slice(1),
      credential,
      items: this.items,
      computedAt: this.now,
      statusAsOf: this.statusAsOf,
      proofKey: this.proofKey,
    }
  }
}

/** The doubts about the item asked about, or about all that are good; or what makes the code red. */
function together(items: ItemVerdict[], forItem: number | null): Reason[] {
  const asked = items.filter((one) => forItem === null || one.item.number === forItem)
  const reds = asked.filter((one) => one.colour === 'red').map((one) => one.reason)
  if (reds.length === asked.length) {
    throw new Ends(reds.sort((a, b) => order(a) - order(b))[0] ?? 'not_for_this_item')
  }
  const doubts = asked.filter((one) => one.colour === 'yellow').flatMap((one) => [one.reason, ...one.also])
  return reds.length > 0 ? [...doubts, 'choose_item'] : doubts
}
