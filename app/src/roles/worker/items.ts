// The certificates in a code, each as its dates make it today: what its holder should know before somebody scans it.
import { dayOf } from '../../i18n'
import { fromBase64 } from '../../offline/holder'
import type { Reason } from '../../verify/reasons'
import { decode, itemCode } from '../../verify/tc1'
import { USUAL, judgeItems } from '../../verify/items'

export interface ItemState {
  code: string
  tone: 'ok' | 'warn' | 'bad'
  reason: Reason
  until: string | null
  review: string | null
}

const TONES = { green: 'ok', yellow: 'warn', red: 'bad', grey: 'warn' } as const
const shown = (days: number | null): string | null => (days === null ? null : dayOf(days))

export function itemStates(credential: string): ItemState[] {
  const { items } = decode(fromBase64(credential)).credential
  return judgeItems(items, USUAL, Math.floor(Date.now() / 1000)).map((one) => ({
    code: itemCode(one.item.number),
    tone: TONES[one.colour],
    reason: one.reason,
    until: shown(one.item.validUntil),
    review: shown(one.item.reviewDue),
  }))
}
