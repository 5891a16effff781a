// Officers: the board and what stands behind it, the wall, somebody's file with his certificate of training; and that
// nobody sees more than his own.
import { describe, expect, it } from 'vitest'
import { desk, phone, signIn } from './support'
import { chromium, county } from './world'

describe('an officer', () => {
  it('of the county sees twelve townships on the wall with both rates', async () => {
    const { context, page, faults } = await phone(chromium, county, { viewport: { width: 1920, height: 1080 }, isMobile: false })
    await signIn(page, county, 'county_officer')
    await page.getByRole('link', { name: '挂图作战大屏' }).click()
    await page.getByText('120.2%', { exact: true }).waitFor()
    await page.getByText('119.25%', { exact: true }).waitFor()
    expect(await page.locator('ol > li').count()).toBe(12)
    await page.getByText('实时更新').waitFor({ timeout: 30_000 })
    const fits = await page.locator('.wall').evaluate((wall) => wall.scrollHeight <= wall.clientHeight + 1)
    expect(fits, 'all on one page').toBe(true)
    expect(faults).toEqual([])
    await context.close()
  })

  it('of a township sees his own, what is behind it, and nobody else’s', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'township_officer')
    await page.locator('.regions li').first().waitFor()
    expect(await page.locator('.regions li').count()).toBe(1)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: '导出表格' }).click()
    expect((await saved).suggestedFilename()).toMatch(/\.xlsx$/)
    // Pulled down at its top, the board is asked for anew.
    const asked = page.waitForRequest((request) => request.url().endsWith('/v1/boards/progress'))
    const touch = await context.newCDPSession(page)
    const at = (type: 'touchStart' | 'touchMove' | 'touchEnd', y: number) =>
      touch.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: 195, y }] })
    await page.evaluate(() => scrollTo(0, 0))
    await at('touchStart', 120)
    for (const y of [160, 220, 280, 340]) await at('touchMove', y)
    await page.getByText('松手刷新').waitFor()
    await at('touchEnd', 340)
    await asked
    await page.locator('.regions li a').click()
    await page.getByText('距任务还差').waitFor()
    await page.getByText('已报名').waitFor()
    const officer = await desk(county, 'county_officer')
    const board = await officer('GET', '/v1/boards/progress')
    const own = await page.evaluate(() => location.pathname.split('/').pop())
    const other = board.regions.find((one: { id: string }) => one.id !== own).id
    await page.goto(`/board/${other}`)
    await page.getByText('找不到，或不在您的管理范围内').waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('finds somebody’s file and prints his certificate, which anybody can check', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'enterprise_manager')
    await page.getByRole('link', { name: '人员' }).click()
    const file = page.locator('main a[href^="/people/"]:not([href="/people/bring"])')
    const first = file.first()
    await first.waitFor()
    const name = (await first.innerText()).split('\n')[0] as string
    await page.getByRole('searchbox').fill(name)
    await expect.poll(() => file.count()).toBeLessThan(50)
    await file.first().click()
    await page.getByRole('heading', { name: '学时台账' }).waitFor()
    const opened = context.waitForEvent('page')
    await page.getByRole('button', { name: '打印培训合格证明' }).click()
    const sheet = await opened
    await expect.poll(() => sheet.url()).toMatch(/^blob:/)
    const proofs = await (await desk(county, 'enterprise_manager'))('GET', '/v1/proofs')
    const check = await context.newPage()
    await check.goto(`${county.address}/t?n=${proofs.items[0].number}`)
    await check.getByText('证明有效').waitFor()
    expect(faults).toEqual([])
    await context.close()
  })
})
