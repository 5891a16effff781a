// Loading for a screen: skeleton, data, empty, error with a way out, or what was kept with its age.
import { onMounted, reactive } from 'vue'
import { Problem } from './api/client'
import { store } from './offline/store'

export interface Loaded<T> {
  data: T | null
  /** Nothing has come yet, and it takes longer than a blink. */
  waiting: boolean
  problem: Problem | null
  /** When what is shown was told, where it is an old answer. */
  stale: number | null
  again: () => Promise<void>
}

/** Loads when the screen opens; with a name, the last answer is kept for when nobody can be asked. */
export function load<T>(ask: () => Promise<T>, name?: string): Loaded<T> {
  const state = reactive({ data: null, waiting: false, problem: null, stale: null }) as Omit<Loaded<T>, 'again'>
  let round = 0
  async function again(): Promise<void> {
    const own = ++round
    const slow = setTimeout(() => {
      if (own === round && state.data === null) state.waiting = true
    }, 200)
    try {
      const data = await ask()
      if (own !== round) return
      Object.assign(state, { data, problem: null, stale: null })
      if (name) {
        const plain = JSON.parse(JSON.stringify(data)) as unknown
        void store().then((db) => db.put('answers', { at: Date.now(), answer: plain }, name)).catch(() => {})
      }
    } catch (error) {
      if (own !== round) return
      const problem = error instanceof Problem ? error : new Problem(500, 'internal', String(error))
      const kept = name && problem.offline ? await (await store()).get('answers', name) : undefined
      if (kept) Object.assign(state, { data: kept.answer as T, stale: kept.at, problem: null })
      else state.problem = problem
    } finally {
      clearTimeout(slow)
      if (own === round) state.waiting = false
    }
  }
  onMounted(again)
  return Object.assign(state, { again })
}
