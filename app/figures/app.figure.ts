// Figures of the app on this machine: Lighthouse for a phone, and how long a slow phone takes from a frame to a verdict.
// Not part of the tests: a figure is no judgement. `make app-figures` prints them.
import type { Browser, BrowserContext } from 'playwright-core'
import { afterAll, expect, it } from 'vitest'
import { camera, film } from '../tests/e2e/film'
import { own, phone, signIn } from '../tests/e2e/support'
import { chromium, county } from '../tests/e2e/world'
import lighthouse from 'lighthouse'

const open: Browser[] = []
afterAll(async () => {
  for (const one of open) await one.close()
})

const KINDS = ['performance', 'accessibility', 'best-practices'] as const

/** Three looks: their scores. */
async function look(url: string, port: number, profile: BrowserContext): Promise<Record<string, number[]>> {
  const found: Record<string, number[]> = {}
  for (let n = 0; n < 3; n++) {
    // A first visit: what an earlier one left to be fetched no more is gone; who is signed in stays so.
    const page = await profile.newPage()
    const session = await profile.newCDPSession(page)
    await session.send('Storage.clearDataForOrigin', { origin: county.address, storageTypes: 'service_workers,cache_storage' })
    await session.send('Network.clearBrowserCache')
    await page.close()
    const told = await lighthouse(url, { port, output: 'json', logLevel: 'error', onlyCategories: [...KINDS], disableStorageReset: true })
    const metrics = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'speed-index', 'cumulative-layout-shift']
    console.log('  ', ...metrics.map((name) => told?.lhr.audits[name]?.displayValue))
    for (const kind of KINDS) (found[kind] ??= []).push(Math.round((told?.lhr.categories[kind]?.score ?? 0) * 100))
    for (const audit of Object.values(told?.lhr.audits ?? {})) {
      if (n === 0 && audit.score !== null && audit.score < 0.9 && audit.scoreDisplayMode === 'binary') console.log(`  ${audit.id}: ${audit.title}`)
    }
  }
  return found
}

it('Lighthouse 12.8.2, mobile', async () => {
  const port = 9_300 + (process.pid % 500)
  // Lighthouse looks with the browser's own profile: what is signed in there is signed in for it.
  const profile = await own([`--remote-debugging-port=${port}`])
  console.log('/sign-in', await look(`${county.address}/sign-in`, port, profile))
  const page = await profile.newPage()
  await signIn(page, county, 'worker', county.address)
  await page.close()
  console.log('/code', await look(`${county.address}/code`, port, profile))
  await profile.close()
})

it('from a frame to the verdict on a phone four times as slow', async () => {
  const holder = await phone(chromium, county)
  await signIn(holder.page, county, 'worker')
  await holder.page.getByRole('link', { name: '换到这台手机' }).click()
  await holder.page.getByRole('checkbox').check()
  await holder.page.getByRole('button', { name: '确认是我的，领取' }).click()
  const plate = holder.page.getByRole('img', { name: '安全码二维码' })
  await plate.waitFor()
  const path = await film(chromium, await plate.screenshot(), 'worker')
  const one = await camera(path)
  open.push(one)
  const { page } = await phone(one, county, { permissions: ['camera'] })
  await signIn(page, county, 'inspector')
  await page.locator('.told').waitFor()
  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  const found: number[] = []
  const taps: number[] = []
  for (let n = 0; n < 9; n++) {
    // From the first frame that the camera shows to the verdict on the screen, told by the page's own clock.
    const took = page.evaluate(
      () =>
        new Promise<number>((done) => {
          let first = 0
          const watch = (): void => {
            const video = document.querySelector('video')
            if (!first && video && video.videoWidth > 0 && video.currentTime > 0) first = performance.now()
            if (first && document.querySelector('.told')) done(performance.now() - first)
            else requestAnimationFrame(watch)
          }
          const gone = (): void => void (document.querySelector('.told') ? requestAnimationFrame(gone) : watch())
          gone()
        }),
    )
    const began = performance.now()
    await page.getByRole('button', { name: '继续扫码' }).click()
    found.push(Math.round(await took))
    taps.push(Math.round(performance.now() - began))
  }
  const told = (all: number[]): string => `median ${all.sort((a, b) => a - b)[4]} ms, worst ${all[8]} ms of ${all.length}`
  console.log(`at 4x: first frame to verdict ${told(found)}; tap to verdict, with the camera's start, ${told(taps)}`)
  expect(found).toHaveLength(9)
})
