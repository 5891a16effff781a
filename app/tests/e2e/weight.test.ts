// What a worker's phone fetches before his code is on the screen: counted by what Chromium asks for, in gzip as it is served.
import { existsSync, statSync } from 'node:fs'
import { expect, it } from 'vitest'
import { phone, signIn } from './support'
import { chromium, county } from './world'

const MOST = 70_000
const dist = new URL('../../dist', import.meta.url).pathname

it('the code screen costs at most 70 kB of script and style, and fetches no scanner', async () => {
  const { context, page, faults } = await phone(chromium, county)
  await signIn(page, county, 'worker')
  const asked = new Set<string>()
  page.on('request', (request) => asked.add(new URL(request.url()).pathname))
  await page.goto('/code')
  await page.getByRole('heading', { name: '我的安全码' }).or(page.getByRole('link', { name: '换到这台手机' })).first().waitFor()
  await page.waitForLoadState('networkidle')
  const parts = [...asked].filter((path) => /\.(js|css)$/.test(path))
  expect(parts.length).toBeGreaterThan(3)
  expect([...asked].filter((path) => path.endsWith('.wasm'))).toEqual([])
  const weight = (path: string): number => {
    const packed = `${dist}${path}.gz`
    return statSync(existsSync(packed) ? packed : `${dist}${path}`).size
  }
  const sum = parts.reduce((all, path) => all + weight(path), 0)
  for (const path of parts) if (process.env.WEIGHTS) console.log(weight(path), path)
  console.log(`the code screen: ${parts.length} files, ${(sum / 1000).toFixed(1)} kB in gzip`)
  expect(sum).toBeLessThanOrEqual(MOST)
  expect(faults).toEqual([])
  await context.close()
})
