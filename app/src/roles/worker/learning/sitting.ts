// An exam on this phone: each answer is kept here the moment it is given and sent until the server has it, so that neither
// a cut line nor another phone loses one. Time is the server's.
import { reactive } from 'vue'
import { Problem, type Schemas, api, ask } from '../../../api/client'
import { phoneWord } from '../../../offline/phone'

type Attempt = Schemas['AttemptView']
type Answer = Schemas['AnswerInput']

export interface Sitting {
  attempt: Attempt
  /** The letters chosen, by position. */
  chosen: Record<number, string>
  /** Answers the server does not have yet. */
  unsent: number
  /** Seconds until it ends by itself. */
  left: number
  choose: (position: number, letter: string) => void
  submit: () => Promise<void>
  close: () => void
}

const name = (attempt: string): string => `anpei.exam.${attempt}`

export async function sit(paper: string): Promise<Sitting> {
  const path = { params: { path: { paper_id: paper } } }
  const begun = await ask(api.POST('/v1/exams/papers/{paper_id}/attempts', { ...path, body: { device_id: phoneWord() } }))
  const ahead = Date.parse(begun.now) - Date.now()
  const now = (): number => Date.now() + ahead
  let waiting: Record<number, Answer> = read(begun.id)
  let sending = false
  const chosen: Record<number, string> = {}
  for (const asked of begun.questions) if (asked.chosen) chosen[asked.position] = asked.chosen
  for (const answer of Object.values(waiting)) chosen[answer.position] = answer.chosen

  const sitting: Sitting = reactive({
    attempt: begun,
    chosen,
    unsent: Object.keys(waiting).length,
    left: seconds(),
    choose(position, letter) {
      const asked = begun.questions.find((one) => one.position === position)
      const had = sitting.chosen[position] ?? ''
      let next = letter
      if (asked?.kind === 'multiple') {
        const letters = had.includes(letter) ? had.replace(letter, '') : had + letter
        next = [...letters].sort().join('')
      }
      sitting.chosen[position] = next
      waiting[position] = { position, chosen: next, given_at: new Date(now()).toISOString() }
      kept()
      void flush()
    },
    async submit() {
      const answers = Object.values(waiting)
      const own = { params: { path: { attempt_id: begun.id } } }
      sitting.attempt = await ask(api.POST('/v1/exams/attempts/{attempt_id}/submission', { ...own, body: { answers } }))
      waiting = {}
      localStorage.removeItem(name(begun.id))
      sitting.unsent = 0
      sitting.close()
    },
    close() {
      clearInterval(timer)
      removeEventListener('online', back)
    },
  })

  function seconds(): number {
    return Math.max(0, Math.round((Date.parse(begun.ends_at) - now()) / 1000))
  }

  function kept(): void {
    sitting.unsent = Object.keys(waiting).length
    localStorage.setItem(name(begun.id), JSON.stringify(waiting))
  }

  async function flush(): Promise<void> {
    const answers = Object.values(waiting)
    if (sending || answers.length === 0) return
    sending = true
    try {
      const own = { params: { path: { attempt_id: begun.id } } }
      const told = await ask(api.PUT('/v1/exams/attempts/{attempt_id}/answers', { ...own, body: { answers } }))
      for (const answer of answers) {
        const done = told.saved.includes(answer.position) || told.late.includes(answer.position)
        // A newer answer given meanwhile is still to be sent.
        if (done && waiting[answer.position] === answer) delete waiting[answer.position]
      }
      kept()
    } catch (error) {
      if (error instanceof Problem && error.code === 'attempt_closed') await over()
    } finally {
      sending = false
    }
    if (Object.keys(waiting).length > 0 && navigator.onLine) setTimeout(() => void flush(), 2000)
  }

  async function over(): Promise<void> {
    const own = { params: { path: { attempt_id: begun.id } } }
    sitting.attempt = await ask(api.GET('/v1/exams/attempts/{attempt_id}', own))
    localStorage.removeItem(name(begun.id))
    sitting.close()
  }

  const back = (): void => void flush()
  addEventListener('online', back)
  const timer = setInterval(() => {
    sitting.left = seconds()
    if (sitting.left === 0 && !sitting.attempt.submitted_at) void sitting.submit().catch(() => {})
    else if (sitting.left % 10 === 0) void flush()
  }, 1000)
  void flush()
  return sitting
}

function read(attempt: string): Record<number, Answer> {
  try {
    return JSON.parse(localStorage.getItem(name(attempt)) ?? '{}') as Record<number, Answer>
  } catch {
    return {}
  }
}
