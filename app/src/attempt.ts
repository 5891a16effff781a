// What a tap begins: busy while it lasts, and what went wrong in words its reader can act on.
import { type Ref, ref } from 'vue'
import { Problem } from './api/client'
import { t } from './i18n'
import { say } from './kit/toast'

/** What was thrown as a problem; a fault of our own is one too, and is not called the network's. */
export const problemOf = (error: unknown): Problem => (error instanceof Problem ? error : new Problem(500, 'internal', t('state.broken')))

export function inWords(error: unknown): string {
  const problem = problemOf(error)
  return problem.offline ? t('state.offlineHint') : problem.detail || t('state.broken')
}

/** A problem's words where they belong to no field of the form. */
export const general = (problem: Problem | null): string | undefined => (problem && problem.errors.length === 0 ? inWords(problem) : undefined)

/** For screens that have no place for it: a problem is said in passing. */
export const aloud = (problem: Problem): void => say(inWords(problem))

interface Attempts {
  busy: Ref<boolean>
  problem: Ref<Problem | null>
  /** Does the work; false where it failed. */
  attempt: (work: () => Promise<unknown>) => Promise<boolean>
}

export function attempts(told: (problem: Problem) => void = () => {}): Attempts {
  const busy = ref(false)
  const problem = ref<Problem | null>(null)
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    busy.value = true
    problem.value = null
    try {
      await work()
      return true
    } catch (error) {
      problem.value = problemOf(error)
      told(problem.value)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, attempt }
}
