// The certificates of a code by their dates alone: the same for whoever checks and for whoever holds it.
import type { Policy } from './bundle'
import { COLOURS, type Colour, type Reason } from './reasons'
import type { Item } from './tc1'

export interface ItemVerdict {
  item: Item
  colour: Colour
  reason: Reason
  also: Reason[]
  daysLeft: number | null
}

/** The settings where there is no bundle to say others. */
export const USUAL: Policy = { soonDays: 60, freshSeconds: 45, bundleFreshSeconds: 86_400, bundleOldSeconds: 7 * 86_400, dayOffset: 8 * 3600 }

/** Each certificate on the county's day at an instant. */
export function judgeItems(items: Item[], policy: Policy, at: number): ItemVerdict[] {
  const today = Math.floor((at + policy.dayOffset) / 86_400)
  return items.map((item) => judgeItem(item, policy, today))
}

/** A certificate is good through the whole of its last day, and so is the time for its training. */
function judgeItem(item: Item, policy: Policy, today: number): ItemVerdict {
  const left = (day: number | null): number | null => (day === null ? null : day - today)
  const [daysLeft, reviewLeft] = [left(item.validUntil), left(item.reviewDue)]
  const over = (days: number | null): boolean => days !== null && days < 0
  const soon = (days: number | null): boolean => days !== null && days <= policy.soonDays
  const red: Reason | null = over(daysLeft) ? 'expired' : over(reviewLeft) ? 'review_overdue' : null
  const all: [boolean, Reason][] = [
    [daysLeft === null, 'dates_unknown'],
    [!item.checked, 'unverified'],
    [soon(daysLeft), 'expires_soon'],
    [soon(reviewLeft), 'review_soon'],
  ]
  const doubts = all.filter(([is]) => is).map(([, reason]) => reason)
  const reason = red ?? doubts[0] ?? 'valid'
  return { item, colour: COLOURS[reason], reason, also: red ? [] : doubts.slice(1), daysLeft }
}

