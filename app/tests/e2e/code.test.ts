// A worker's code: moved to this phone, shown, answered to a challenge, and shown again in airplane mode; what another
// phone's camera reads off the screen is judged as an inspector's would.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { openBundle } from '../../src/verify/bundle'
import { readText } from '../../src/verify/presentation'
import { type Verdict, judge } from '../../src/verify/verdict'
import { codeIn } from './read'
import { phone, signIn } from './support'
import { chromium, county } from './world'

const hex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

async function scan(page: Page): Promise<string> {
  const plate = page.getByRole('img', { name: '安全码二维码' })
  await plate.waitFor()
  return codeIn(await plate.screenshot())
}

async function judged(text: string, challenge: string | null = null): Promise<Verdict> {
  const roots = (await (await fetch(`${county.address}/v1/codes/roots`)).json()) as { roots: string[] }
  const bytes = new Uint8Array(await (await fetch(`${county.address}/v1/codes/trust-bundle`)).arrayBuffer())
  const kept = await openBundle(bytes, roots.roots.map(hex))
  return judge({ text, now: Math.floor(Date.now() / 1000), forItem: null, challenge, seenBefore: () => false }, kept)
}

describe('my code', () => {
  it('moves to this phone, is shown, answers a challenge, and works in airplane mode', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'worker')
    await page.getByText('安全码在另一台手机上').waitFor()
    await page.getByRole('link', { name: '换到这台手机' }).click()
    const claim = page.getByRole('button', { name: '确认是我的，领取' })
    await claim.waitFor()
    expect(await claim.isDisabled(), 'an unticked box').toBe(true)
    await page.getByRole('checkbox').check()
    await claim.click()

    const text = await scan(page)
    const shown = readText(text)
    expect(shown.kind).toBe('presentation')
    const told = await judged(text)
    expect(told.proofKey, 'signed by this phone, now').not.toBeNull()
    expect(['forged', 'proof_old', 'revoked']).not.toContain(told.reason)

    await page.getByLabel('输入检查人员的 4 位挑战码').fill('4711')
    await page.getByText('已带挑战码 4711').waitFor()
    await expect.poll(async () => (await judged(await scan(page), '4711')).reason, { timeout: 20_000 }).not.toBe('challenge_missing')

    // In the basement: no network, the app opened anew.
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => true))
    await context.setOffline(true)
    await page.reload()
    const offline = await scan(page)
    const again = readText(offline)
    if (again.kind !== 'presentation' || shown.kind !== 'presentation') throw new Error(offline)
    expect(again.shown.t, 'made now').toBeGreaterThanOrEqual(shown.shown.t)
    expect((await judged(offline)).proofKey).not.toBeNull()
    await page.getByText('当前没有网络').waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('is shown by one phone only', async () => {
    const { context, page } = await phone(chromium, county)
    await signIn(page, county, 'worker')
    await page.getByText('安全码在另一台手机上').waitFor()
    await context.close()
  })
})
