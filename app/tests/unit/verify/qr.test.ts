// The code that is shown is the code that was meant, and as small as CODES.md says.
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { decode } from '../../../src/verify/base41'
import { parts } from '../../../src/verify/presentation'
import { matrix, path } from '../../../src/verify/qr'

const file = JSON.parse(readFileSync(new URL('../../../../tests/vectors/tc1.json', import.meta.url), 'utf8'))

beforeAll(() => {
  const wasmBinary = readFileSync(new URL('../../../node_modules/zxing-wasm/dist/reader/zxing_reader.wasm', import.meta.url)).buffer
  prepareZXingModule({ overrides: { wasmBinary: wasmBinary } })
})

/** Texts of the vectors, and what each holds. */
const shown = (file.rows as { name: string; text: string; verdict: { colour: string; items?: unknown[] } }[])
  .filter((row) => row.verdict.colour === 'green' && row.text.includes('#'))
  .slice(0, 12)

async function scanned(host: string, bytes: Uint8Array): Promise<{ text: string; version: number }> {
  const code = matrix(host, bytes)
  const scale = 4
  const side = (code.size + 8) * scale
  const data = new Uint8ClampedArray(side * side * 4).fill(255)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      if (code.dark(Math.floor(x / scale) - 4, Math.floor(y / scale) - 4)) data.fill(0, (y * side + x) * 4, (y * side + x) * 4 + 3)
    }
  }
  const found = await readBarcodes({ data, width: side, height: side, colorSpace: 'srgb' }, { formats: ['QRCode'] })
  return { text: found[0]?.text ?? '', version: code.version }
}

describe('a code', () => {
  it('has something to show', () => expect(shown.length).toBeGreaterThan(5))
  it.each(shown.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const bytes = decode(row.text.slice(row.text.indexOf('#') + 1))
    if (!bytes) throw new Error('no bytes')
    const found = await scanned('anpei.example.cn', bytes)
    expect(found.text).toBe(parts('anpei.example.cn', bytes).join('#'))
    expect(found.version).toBeLessThanOrEqual((row.verdict.items?.length ?? 1) >= 5 ? 13 : 12)
  })
  it('is painted module by module', () => {
    const code = matrix('a.cn', new Uint8Array(40).fill(7))
    const dark = Array.from({ length: code.size ** 2 }, (_, n) => code.dark(n % code.size, Math.floor(n / code.size))).filter(Boolean)
    const painted = [...path(code).matchAll(/h(\d+)v/g)].reduce((sum, run) => sum + Number(run[1]), 0)
    expect(painted).toBe(dark.length)
  })
})
