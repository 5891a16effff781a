// The tokens of this browser. A refresh token is good once, and its second use ends the whole family: so only one tab
// renews at a time, and each looks first whether another has done it.
import type { components } from './schema'

type Session = components['schemas']['SessionView']
const KEY = 'anpei.session'

interface Kept {
  access: string
  refresh: string
}

function read(): Kept {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? 'null') as Kept | null
    return kept ?? { access: '', refresh: '' }
  } catch {
    return { access: '', refresh: '' }
  }
}

export const tokens: Kept = read()

// Another tab signed in, renewed or left.
addEventListener('storage', (event) => {
  if (event.key === KEY) Object.assign(tokens, read())
})

export function keep(session: Session): void {
  Object.assign(tokens, { access: session.access_token, refresh: session.refresh_token })
  localStorage.setItem(KEY, JSON.stringify(tokens))
}

export function forget(): void {
  Object.assign(tokens, { access: '', refresh: '' })
  localStorage.removeItem(KEY)
}

/** Called when the session is over: by the server, or by its user elsewhere. */
export const lost: { then: () => void } = { then: () => {} }

let renewing: Promise<boolean> | null = null

/** A new access token; false when there is none to be had, because the session is over or nobody can be asked. */
export function renew(): Promise<boolean> {
  renewing ??= alone(once).finally(() => {
    renewing = null
  })
  return renewing
}

const alone = async (work: () => Promise<boolean>): Promise<boolean> =>
  'locks' in navigator ? await navigator.locks.request('anpei.renew', work) : work()

async function once(): Promise<boolean> {
  const before = tokens.refresh
  Object.assign(tokens, read())
  if (tokens.refresh !== before) return tokens.refresh !== ''
  const { renewal } = await import('./renewal')
  const told = await renewal(before)
  if (told === 'offline') return false
  if (told === 'over') {
    forget()
    lost.then()
    return false
  }
  keep(told)
  return true
}
