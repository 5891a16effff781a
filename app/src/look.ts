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

export function applyLook(): void {
  const root = document.documentElement
  root.lang = look.lang === 'en' ? 'en' : 'zh-CN'
  if (look.theme === 'auto') delete root.dataset.theme
  else root.dataset.theme = look.theme
  if (look.large) root.dataset.large = ''
  else delete root.dataset.large
}

watch(look, () => {
  localStorage.setItem(KEY, JSON.stringify(look))
  applyLook()
})
