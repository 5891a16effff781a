// Words in both languages. Chinese is here from the start, English is fetched when it is wanted; both are whole, because
// the compiler compares them.
import { ref } from 'vue'
import { zh } from './locales/zh'
import { look } from './look'

export type Key = keyof typeof zh
export type Messages = Record<Key, string>

const english = ref<Messages | null>(null)

/** Fetches English where it is what is read. */
export async function ready(): Promise<void> {
  if (look.lang === 'en' && !english.value) english.value = (await import('./locales/en')).en
}

/** A message, with {names} filled in. */
export function t(key: Key, values?: Record<string, string | number>): string {
  const words = (look.lang === 'en' && english.value?.[key]) || zh[key]
  return values ? words.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '')) : words
}

export async function setLang(lang: 'zh' | 'en'): Promise<void> {
  look.lang = lang
  await ready()
}

/** A day as 2029-03-11, whatever the language. */
export const day = (text: string): string => text.slice(0, 10)

/** The phone's own day: what its user calls today. */
export const today = (): string => onClock(Date.now()).slice(0, 10)

/** An instant in milliseconds as the phone's clock on the wall shows it. */
export const onClock = (at: number): string => new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString()

/** A day counted from 1970. */
export const dayOf = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10)

/** An instant as 03-11 14:05. */
export const moment = (text: string): string => `${text.slice(5, 10)} ${text.slice(11, 16)}`

export const number = (value: number): string => value.toLocaleString('en-US')

/** Minutes as hours of training of so many minutes, with at most one decimal. */
export function hours(minutes: number, perHour = 45): string {
  const tenths = Math.floor((minutes * 10) / perHour)
  return tenths % 10 === 0 ? String(tenths / 10) : (tenths / 10).toFixed(1)
}
