// Who is signed in on this phone, and in which of his roles he looks at the app.
import { computed, reactive } from 'vue'
import { type Schemas, api, ask } from './api/client'
import { forget, keep, lost, tokens } from './api/tokens'
import { wipe } from './offline/store'

export type Role = Schemas['Role']

const ME = 'anpei.me'
const ROLE = 'anpei.role'
/** The order in which a role is taken where nobody chose. */
const FIRST: Role[] = [
  'county_admin',
  'county_officer',
  'township_officer',
  'trainer',
  'enterprise_manager',
  'inspector',
  'worker',
  'system_admin',
  'auditor',
]

function kept(): Schemas['MeView'] | null {
  try {
    return JSON.parse(localStorage.getItem(ME) ?? 'null') as Schemas['MeView'] | null
  } catch {
    return null
  }
}

export const session = reactive({
  me: tokens.refresh ? kept() : null,
  chosen: localStorage.getItem(ROLE) as Role | null,
})

export const roles = computed<Role[]>(() => {
  const held = session.me?.roles.map((one) => one.role) ?? []
  return FIRST.filter((role) => held.includes(role))
})

export const role = computed<Role | null>(() => {
  const chosen = session.chosen
  return chosen && roles.value.includes(chosen) ? chosen : (roles.value[0] ?? null)
})

/** Where the role is held: the grant that the screens of the role speak of. */
export const grant = computed(() => session.me?.roles.find((one) => one.role === role.value) ?? null)

export function choose(next: Role): void {
  session.chosen = next
  localStorage.setItem(ROLE, next)
}

async function begin(told: Schemas['SessionView']): Promise<void> {
  keep(told)
  session.me = await ask(api.GET('/v1/accounts/me'))
  localStorage.setItem(ME, JSON.stringify(session.me))
}

/** By what its owner knows a device again: "Chrome · Android". */
const device = (): string =>
  ['MicroMessenger Edg Firefox Chrome Safari', 'iPhone iPad Android Windows Mac Linux']
    .map((known) => known.split(' ').find((word) => navigator.userAgent.includes(word)) ?? '?')
    .join(' · ')

export async function signIn(login: string, password: string): Promise<void> {
  await begin(await ask(api.POST('/v1/accounts/session', { body: { login, password, device: device() } })))
}

export async function activate(body: Schemas['ActivationCompletionInput']): Promise<void> {
  const told = api.POST('/v1/accounts/activations/completion', { body: { ...body, device: device() } })
  await begin(await ask(told))
}

export async function accept(body: Schemas['AcceptanceInput']): Promise<void> {
  await begin(await ask(api.POST('/v1/accounts/invitations/acceptance', { body: { ...body, device: device() } })))
}

/** Leaves this phone as if nobody had been here; the server is told where it can be. */
export async function signOut(): Promise<void> {
  try {
    await ask(api.DELETE('/v1/accounts/session'))
  } catch {
    // Without a network the session ends by itself.
  }
  await left()
}

export async function left(): Promise<void> {
  forget()
  session.me = null
  localStorage.removeItem(ME)
  await wipe()
}

lost.then = () => void left()
