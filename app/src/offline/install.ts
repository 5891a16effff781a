// Putting the app on the phone's own screen: asked by the browser where it can, by a hint where it cannot.
import { reactive } from 'vue'
import type { Key } from '../i18n'

interface Prompt extends Event {
  prompt: () => Promise<unknown>
}

let kept: Prompt | null = null
const installed = matchMedia('(display-mode: standalone)').matches
const agent = navigator.userAgent
const hint: Key | null = installed ? null : /MicroMessenger/i.test(agent) ? 'install.wechat' : /iPhone|iPad/i.test(agent) ? 'install.hint' : null

export const install = reactive({
  /** The browser would ask its user now. */
  ready: false,
  /** What to do by hand, where the browser cannot ask. */
  hint,
  async ask(): Promise<void> {
    const prompt = kept
    kept = null
    install.ready = false
    await prompt?.prompt()
  },
})

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault()
  kept = event as Prompt
  install.ready = true
})
addEventListener('appinstalled', () => {
  kept = null
  install.ready = false
})
