// Asks for new tokens, apart from the client that needs them.
import createClient from 'openapi-fetch'
import type { components, paths } from './schema'

const bare = createClient<paths>({ baseUrl: location.origin })

export async function renewal(token: string): Promise<components['schemas']['SessionView'] | 'over' | 'offline'> {
  try {
    const told = await bare.POST('/v1/accounts/session/refresh', { body: { refresh_token: token } })
    if (told.data) return told.data
    return told.response.status === 401 ? 'over' : 'offline'
  } catch {
    return 'offline'
  }
}
