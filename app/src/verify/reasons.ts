// Why a code has its colour: the stable word of each reason. In the order of src/codes/verdict/reasons.rs: of several yellow
// ones the first is the reason. What is said of it stands with the other words: `reason.valid`, `remedy.valid`.
export type Colour = 'green' | 'yellow' | 'red' | 'grey'

export const COLOURS = {
  valid: 'green',
  not_ours: 'grey',
  no_bundle: 'grey',
  unclaimed: 'grey',
  malformed: 'red',
  unknown_key: 'red',
  forged: 'red',
  key_revoked: 'red',
  key_out_of_time: 'red',
  revoked: 'red',
  suspended: 'red',
  superseded: 'red',
  challenge_missing: 'red',
  challenge_wrong: 'red',
  replayed: 'red',
  proof_old: 'red',
  not_for_this_item: 'red',
  expired: 'red',
  review_overdue: 'red',
  paper: 'yellow',
  verifier_clock: 'yellow',
  clocks_differ: 'yellow',
  bundle_old: 'yellow',
  bundle_stale: 'yellow',
  choose_item: 'yellow',
  dates_unknown: 'yellow',
  unverified: 'yellow',
  expires_soon: 'yellow',
  review_soon: 'yellow',
} as const satisfies Record<string, Colour>

export type Reason = keyof typeof COLOURS

const ORDER = Object.keys(COLOURS) as Reason[]
export const order = (reason: Reason): number => ORDER.indexOf(reason)
