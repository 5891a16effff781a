/** A word by which this phone tells itself apart from others; the server keeps its hash only. */
export function phoneWord(): string {
  const key = 'anpei.phone'
  const had = localStorage.getItem(key)
  if (had) return had
  const made = crypto.randomUUID()
  localStorage.setItem(key, made)
  return made
}
