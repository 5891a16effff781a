// A short word that something was done, read out politely; never for what needs an answer.
import { reactive } from 'vue'

export const toast = reactive({ words: '' })
let timer: ReturnType<typeof setTimeout> | undefined

export function say(words: string): void {
  toast.words = words
  clearTimeout(timer)
  timer = setTimeout(() => (toast.words = ''), 4000)
}
