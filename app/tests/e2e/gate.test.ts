// At the gate, in the basement: an inspector's phone reads a worker's screen through its camera and says within a second
// whose code it is, with no network at all; a foreign code is told from a forged one.
import type { Browser } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { encode } from '../../src/verify/base41'
import { readText } from '../../src/verify/presentation'
import { camera, film } from './film'
import { codeIn } from './read'
import { browser, phone, shot, signIn } from './support'
import { county } from './world'

const open: Browser[] = []
afterAll(async () => {
  for (const one of open) await one.close()
})

/** A QR code of any text, as a stranger's would be. */
async function pictureOf(of: Browser, text: string): Promise<Buffer> {
  const { generate } = await import('lean-qr')
  const code = generate(text)
  const page = await of.newPage({ viewport: { width: 480, height: 480 } })
  let path = ''
  for (let y = 0; y < code.size; y++) for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`
  const side = code.size + 8
  await page.setContent(`<style>body{margin:0}</style><svg width="480" height="480" viewBox="-4 -4 ${side} ${side}"><path d="${path}"/></svg>`)
  const picture = await page.screenshot()
  await page.close()
  return picture
}

function kept(one: Browser): Browser {
  open.push(one)
  return one
}

async function seenBy(path: string, offline: boolean) {
  const { context, page, faults } = await phone(kept(await camera(path)), county, { permissions: ['camera'] })
  await signIn(page, county, 'inspector')
  // The scanner, the list and the names are there after one visit.
  await page.getByRole('status').filter({ hasText: /\S/ }).locator('h2').first().waitFor()
  if (offline) {
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true))
    await page.reload()
    await page.locator('.told').waitFor()
    await context.setOffline(true)
  }
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.getByRole('button', { name: '继续扫码' }).click()
  const told = page.locator('.told')
  await told.waitFor({ state: 'detached' }).catch(() => {})
  await told.waitFor()
  return { context, page, faults, asked, words: await told.locator('h2').innerText() }
}

describe('the gate', () => {
  it('reads a worker’s screen offline, and asks nobody', async () => {
    const of = await browser()
    open.push(of)
    const holder = await phone(of, county)
    await signIn(holder.page, county, 'worker')
    await holder.page.getByRole('link', { name: '换到这台手机' }).click()
    await holder.page.getByRole('checkbox').check()
    await holder.page.getByRole('button', { name: '确认是我的，领取' }).click()
    const plate = holder.page.getByRole('img', { name: '安全码二维码' })
    await plate.waitFor()
    const picture = await plate.screenshot()
    expect(readText(await codeIn(picture)).kind).toBe('presentation')
    const name = await holder.page.locator('.name').innerText()
    await shot(holder.page, 'journey-code')

    const seen = await seenBy(await film(of, picture, 'worker'), true)
    // The film stands still: the first look is a fresh code, each later one the same again.
    expect(['重复使用的码', '不是当前的码']).toContain(seen.words)
    await seen.page.getByText(name, { exact: true }).waitFor()
    await shot(seen.page, 'journey-verdict')
    expect(seen.asked.filter((url) => url.startsWith('http'))).toEqual([])
    expect(seen.faults).toEqual([])
    await seen.context.close()
    await holder.context.close()
  })

  it('tells a stranger’s code from a forged one', async () => {
    const of = await browser()
    open.push(of)
    const foreign = await seenBy(await film(of, await pictureOf(of, 'https://example.org/pay?to=1'), 'foreign'), false)
    expect(foreign.words).toBe('不是安全码')
    await foreign.context.close()
    const made = encode(Uint8Array.from({ length: 180 }, (_, n) => (n === 0 ? 0xd2 : n)))
    const forged = await seenBy(await film(of, await pictureOf(of, `HTTPS://ANPEI.EXAMPLE.CN/V#${made}`), 'forged'), false)
    await shot(forged.page, 'journey-forged')
    expect(forged.words).toBe('码已损坏或被改动')
    await forged.context.close()
  })
})
