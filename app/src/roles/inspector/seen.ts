// Proofs seen on this phone within two minutes: the same one again is a copy.
const KEPT = 120_000
const seen = new Map<string, number>()

export function seenBefore(key: string): boolean {
  const now = Date.now()
  for (const [old, at] of seen) if (now - at > KEPT) seen.delete(old)
  return seen.has(key)
}

export const remember = (key: string): void => void seen.set(key, Date.now())
