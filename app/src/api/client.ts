// The one way to the server: the client generated from the document, with sign-in, one refresh for all, typed problems,
// and repeats that have no second effect.
import createClient, { type Middleware } from 'openapi-fetch'
import { look } from '../look'
import { online } from '../offline/net'
import type { components, paths } from './schema'
import { renew, tokens } from './tokens'

export type Schemas = components['schemas']

/** What the server says went wrong (RFC 9457), or that it could not be asked. */
export class Problem extends Error {
  override name = 'Problem'
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly errors: { at: string; code: string; detail: string }[] = [],
    readonly retryAfter = 0,
  ) {
    super(detail || code)
  }
  /** Nobody could be asked: no network, or a server that is away. */
  get offline(): boolean {
    return this.status === 0
  }
  /** What is wrong with a field, by the end of its pointer. */
  field(name: string): string | undefined {
    return this.errors.find((error) => error.at === name || error.at === `/${name}` || error.at.endsWith(`/${name}`))?.detail
  }
}

const TRIES = 3
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/** Sends; a request that may be repeated is, while the network stumbles. */
async function send(request: Request): Promise<Response> {
  const repeats = request.method === 'GET' || request.headers.has('Idempotency-Key')
  for (let tried = 1; ; tried++) {
    try {
      const answer = await fetch(request.clone())
      if (answer.status !== 503 || !repeats || tried === TRIES) return answer
      await wait(Math.min(Number(answer.headers.get('Retry-After')) || 1, 5) * 1000)
    } catch (error) {
      if (!repeats || tried === TRIES || !navigator.onLine || request.signal.aborted) throw error
      await wait(400 * 2 ** tried)
    }
  }
}

const own: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept-Language', look.lang === 'en' ? 'en' : 'zh-CN')
    if (tokens.access) request.headers.set('Authorization', `Bearer ${tokens.access}`)
    if (request.method !== 'GET' && !request.headers.has('Idempotency-Key')) {
      request.headers.set('Idempotency-Key', crypto.randomUUID())
    }
    return request
  },
}

/** Asks again with a new token where the old one has run out. */
async function signed(request: Request): Promise<Response> {
  const sent = tokens.access
  const answer = await send(request)
  if (answer.status !== 401 || !sent || !tokens.refresh) return answer
  if (tokens.access === sent && !(await renew())) return answer
  const again = new Request(request)
  again.headers.set('Authorization', `Bearer ${tokens.access}`)
  return send(again)
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: (request) => signed(request) })
api.use(own)

interface Told<T> {
  data?: T
  error?: unknown
  response: Response
}

/** The answer, or a Problem thrown. */
export const ask = async <T>(asked: Promise<Told<T>>): Promise<T> => (await heard(asked)).data as T

/** The answer with its version, which a change names so that it overwrites nobody else's (If-Match). */
export async function tagged<T>(asked: Promise<Told<T>>): Promise<{ data: T; tag: string }> {
  const told = await heard(asked)
  return { data: told.data as T, tag: told.response.headers.get('ETag') ?? '' }
}

export async function heard<T>(asked: Promise<Told<T>>): Promise<Told<T>> {
  let told: Told<T>
  try {
    told = await asked
  } catch {
    online.value = false
    throw new Problem(0, 'offline', '')
  }
  online.value = true
  if (told.response.ok) return told
  const problem = (told.error ?? {}) as Partial<Schemas['Problem']>
  throw new Problem(
    told.response.status,
    problem.code ?? 'internal',
    problem.detail ?? problem.title ?? '',
    problem.errors ?? [],
    Number(told.response.headers.get('Retry-After')) || 0,
  )
}
