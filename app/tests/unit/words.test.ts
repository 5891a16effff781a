// Both languages are whole, name the same things, and are short enough for a phone.
import { describe, expect, it } from 'vitest'
import { en } from '../../src/locales/en'
import { zh } from '../../src/locales/zh'

const names = (words: string): string[] => [...words.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!).sort()

describe('words', () => {
  it.each(Object.entries(zh))('%s', (key, words) => {
    const other = en[key as keyof typeof zh]
    expect(other.trim()).not.toBe('')
    expect(names(other)).toEqual(names(words))
    expect(words).not.toMatch(/操作成功/)
  })
  it('have the same keys', () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort())
  })
})
