// Both languages are whole, name the same things, and are short enough for a phone.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { en } from '../../src/locales/en'
import { enOffice } from '../../src/locales/en_office'
import { zh } from '../../src/locales/zh'
import { zhOffice } from '../../src/locales/zh_office'

const names = (words: string): string[] => [...words.matchAll(/\{(\w+)\}/g)].map((found) => found[1]!).sort()

describe.each([
  ['everybody', zh, en],
  ['offices', zhOffice, enOffice],
] as const)('words of %s', (_, chinese, english: Record<string, string>) => {
  it.each(Object.entries(chinese))('%s', (key, words) => {
    const other = english[key] ?? ''
    expect(other.trim()).not.toBe('')
    expect(names(other)).toEqual(names(words))
    expect(words).not.toMatch(/操作成功/)
  })
  it('have the same keys', () => {
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort())
  })
})

it('each is said somewhere', () => {
  const root = new URL('../../src/', import.meta.url).pathname
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(vue|ts)$/.test(path) && !/^locales|schema/.test(path))
  const source = paths.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
  const begun = [...source.matchAll(/`([\w.]+\.)\$\{/g)].map((found) => found[1]!)
  const silent = Object.keys({ ...zh, ...zhOffice }).filter((key) => !source.includes(`'${key}'`) && !begun.some((start) => key.startsWith(start)))
  expect(silent).toEqual([])
})
