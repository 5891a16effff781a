// Words in both languages. What a worker reads in Chinese is here from the start; English, and what only officers, trainers
// and inspectors read, is fetched when it is wanted. All are whole, because the compiler compares them.
import { shallowRef } from 'vue'
import { zh } from './locales/zh'
import type { zhOffice } from './locales/zh_office'
import { look } from './look'

export type Messages = Record<keyof typeof zh, string>
export type OfficeMessages = Record<keyof typeof zhOffice, string>
export type Key = keyof Messages | keyof OfficeMessages
type Words = Partial<Record<Key, string>>

const words = { zh: shallowRef<Words>(zh), en: shallowRef<Words>({}) }
let office = false

/** Fetches what is to be read in the language that is chosen. */
export async function ready(): Promise<void> {
  const lang = look.lang
  const has = words[lang].value
  const parts: Words[] = []
  if (lang === 'en' && !has['app.name']) parts.push((await import('./locales/en')).en)
  if (office && !has['work.title']) parts.push(lang === 'en' ? (await import('./locales/en_office')).enOffice : (await import('./locales/zh_office')).zhOffice)
  if (parts.length) words[lang].value = parts.reduce((all, part) => ({ ...all, ...part }), words[lang].value)
}

/** From now on also what an office reads. */
export function readyForOffice(): Promise<void> {
  office = true
  return ready()
}

/** A message, with {names} filled in. */
export function t(key: Key, values?: Record<string, string | number>): string {
  const said = words[look.lang].value[key] ?? words.zh.value[key] ?? ''
  return values ? said.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '')) : said
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
