// Signing in, finding one's way, the look of the app, and who may see what.
import { describe, expect, it } from 'vitest'
import { phone, signIn } from './support'
import { chromium, county } from './world'

describe('the door', () => {
  it('lets nobody in with a wrong password, and says so at the field', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await page.goto('/board')
    await page.getByLabel('账号').fill('nobody')
    await page.getByLabel('密码').fill('wrong password')
    await page.getByRole('button', { name: '登录' }).click()
    await page.getByText('账号或密码不正确').waitFor()
    expect(new URL(page.url()).pathname).toBe('/sign-in')
    expect(faults).toEqual([])
    await context.close()
  })

  it('leads an officer to the board he asked for, with the county’s two figures', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await page.goto('/board')
    const { login, password } = county.account('county_officer')
    await page.getByLabel('账号').fill(login)
    await page.getByLabel('密码').fill(password)
    await page.getByRole('button', { name: '登录' }).click()
    await page.getByText('120.2%', { exact: true }).waitFor()
    await page.getByText('119.25%', { exact: true }).waitFor()
    expect(await page.getByText('已超额').count()).toBeGreaterThan(0)
    // A worker's screen is not his.
    await page.goto('/code')
    await page.getByText('120.2%', { exact: true }).waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('leaves nothing behind at sign-out', async () => {
    const { context, page } = await phone(chromium, county)
    await signIn(page, county, 'worker')
    await page.getByRole('link', { name: '我的', exact: true }).click()
    await page.getByRole('button', { name: '退出登录' }).click()
    await page.getByRole('button', { name: '登录' }).waitFor()
    const left = await page.evaluate(async () => {
      const names = Object.keys(localStorage).filter((name) => /session|me$/.test(name))
      const open = indexedDB.open('anpei')
      const db = await new Promise<IDBDatabase>((done) => (open.onsuccess = () => done(open.result)))
      const all = db.transaction('answers').objectStore('answers').count()
      const answers = await new Promise<number>((done) => (all.onsuccess = () => done(all.result)))
      return { names, answers }
    })
    expect(left).toEqual({ names: [], answers: 0 })
    await context.close()
  })

  it('speaks English and large type on every screen of the start, at 320 px without a scroll sideways', async () => {
    const { context, page, faults } = await phone(chromium, county, { viewport: { width: 320, height: 640 } })
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('button', { name: 'Large type' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    for (const path of ['/sign-in', '/activate']) {
      await page.goto(path)
      await page.getByRole('heading').first().waitFor()
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(wide, path).toBeLessThanOrEqual(0)
    }
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('en')
    expect(faults).toEqual([])
    await context.close()
  })
})
