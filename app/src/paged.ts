// A list that comes page by page, also from what was kept for when nobody can be asked.
import { computed, reactive, ref } from 'vue'
import { aloud, attempts } from './attempt'
import { load } from './load'

interface Page<T> {
  items: T[]
  next_cursor?: string
}

export function paged<T>(ask: (cursor?: string) => Promise<Page<T>>, name?: string) {
  const further = ref<T[]>([])
  const next = ref<string>()
  const { busy, attempt } = attempts(aloud)
  const loaded = load(async () => {
    const first = await ask()
    further.value = []
    next.value = first.next_cursor
    return first
  }, name)
  const items = computed(() => [...(loaded.data?.items ?? []), ...further.value] as T[])
  const more = () =>
    attempt(async () => {
      const told = await ask(next.value)
      further.value.push(...(told.items as (typeof further.value)[number][]))
      next.value = told.next_cursor
    })
  return reactive({ loaded, items, next, busy, more })
}

/** Asks for the rest of a list, for a screen that sorts or counts the whole of it; `most` lines at most. */
export async function whole<T>(ask: (cursor?: string) => Promise<Page<T>>, most = 2_000): Promise<{ items: T[]; cut: boolean }> {
  const items: T[] = []
  let cursor: string | undefined
  do {
    const page: Page<T> = await ask(cursor)
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor && items.length < most)
  return { items, cut: cursor !== undefined }
}

/** What a page is asked for by. */
export const from = (cursor: string | undefined, limit = 50): { limit: number; cursor?: string } => ({ limit, ...(cursor ? { cursor } : {}) })
