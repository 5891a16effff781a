// How this phone shows the app: language, type, light or dark. Kept on the phone; boot.js reads it before the first paint.
import { reactive, watch } from 'vue'

export type Lang = 'zh' | 'en'
export interface Look {
  lang: Lang
  large: boolean
  theme: 'auto' | 'light' | 'dark'
}

const KEY = 'anpei.look'

function kept(): Partial<Look> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Look>
  } catch {
    return {}
  }
}

export const look = reactive<Look>({ lang: 'zh', large: false, theme: 'auto', ...kept() })

/** What the phone itself is set to. */
const system = globalThis.matchMedia?.('(prefers-color-scheme: dark)')
system?.addEventListener('change', applyLook)

export function applyLook(): void {
  const root = document.documentElement
  root.lang = look.lang === 'en' ? 'en' : 'zh-CN'
  root.dataset.theme = look.theme === 'dark' || (look.theme === 'auto' && system?.matches) ? 'dark' : 'light'
  if (look.large) root.dataset.large = ''
  else delete root.dataset.large
}

watch(look, () => {
  localStorage.setItem(KEY, JSON.stringify(look))
  applyLook()
})
