// How many notices wait to be read, for the tab that leads to them.
import { ref } from 'vue'
import { api, ask } from './api/client'

export const unread = ref(0)

/** Asks how many there are; where nobody can be asked, what was known stays. */
export async function countUnread(): Promise<void> {
  try {
    unread.value = (await ask(api.GET('/v1/me/today'))).waiting.notices ?? 0
  } catch {
    // A number on a tab is a comfort.
  }
}
