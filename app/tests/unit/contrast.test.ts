// Every pair of colours that stands on another is readable, in both themes (WCAG AA; Lighthouse did not see such faults).
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../src/styles.css', import.meta.url), 'utf8')

function tokens(block: string): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [, name, value] of block.matchAll(/--([\w-]+):\s*(#[0-9a-f]{3,6});/g)) {
    const hex = value!.length === 4 ? `#${[...value!.slice(1)].map((c) => c + c).join('')}` : value!
    found[name!] = hex
  }
  return found
}

const block = (start: string): string => css.slice(css.indexOf(start)).split('}')[0]!
const light = tokens(block(':root {'))
const dark = { ...light, ...tokens(block(":root[data-theme='dark'] {")) }

function luminance(hex: string): number {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
  const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (high! + 0.05) / (low! + 0.05)
}

const text = [
  ['ink', 'surface'],
  ['ink', 'bg'],
  ['ink-2', 'surface'],
  ['ink-2', 'bg'],
  ['ink', 'track'],
  ['ink-2', 'track'],
  ['primary', 'surface'],
  ['primary', 'bg'],
  ['primary', 'info-tint'],
  ['on-primary', 'primary'],
  ['ok', 'ok-tint'],
  ['warn', 'warn-tint'],
  ['bad', 'bad-tint'],
  ['info', 'info-tint'],
  ['bad', 'surface'],
  ['surface', 'ink'],
] as const
const shapes = [
  ['field', 'surface'],
  ['primary', 'track'],
  ['ink', 'track'],
] as const

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_, theme) => {
  it.each(text)('%s is read on %s', (front, back) => {
    expect(contrast(theme[front]!, theme[back]!)).toBeGreaterThanOrEqual(4.5)
  })
  it.each(shapes)('%s is seen on %s', (front, back) => {
    expect(contrast(theme[front]!, theme[back]!)).toBeGreaterThanOrEqual(3)
  })
})
