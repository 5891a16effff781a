// At the window and at the desk: a card is photographed and reviewed, the quota is split anew, a phone is signed out from
// afar, somebody takes home all that is kept of him.
import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { County, browser, desk, phone, signIn } from './support'

let county: County
let chromium: Browser
beforeAll(async () => {
  county = await County.open(inject('template'))
  chromium = await browser()
})
afterAll(async () => {
  await chromium.close()
  county.close()
})

describe('a worker', () => {
  it('sends a photo of a card, and his township approves it', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'worker')
    await page.getByRole('link', { name: '证书没有登记？拍照申请' }).click()
    const picture = await page.screenshot({ type: 'jpeg' })
    await page.getByLabel('作业项目').selectOption({ index: 3 })
    await page.getByLabel('初领日期').fill('2024-05-06')
    await page.getByLabel('有效期至').fill('2030-05-05')
    await page.locator('input[type=file]').setInputFiles({ name: 'card.jpg', mimeType: 'image/jpeg', buffer: picture })
    await page.getByRole('button', { name: '提交申请' }).click()
    await page.getByText('等待核对', { exact: true }).waitFor()

    const officer = await phone(chromium, county)
    await signIn(officer.page, county, 'county_officer')
    await officer.page.getByRole('link', { name: '领码审核' }).click()
    await officer.page.getByRole('img', { name: '操作证照片' }).waitFor()
    await officer.page.getByRole('button', { name: '不通过' }).click()
    expect(await officer.page.getByRole('button', { name: '不通过' }).isDisabled(), 'not without a reason').toBe(true)
    await officer.page.getByRole('button', { name: '取消' }).click()
    await officer.page.getByRole('button', { name: '信息相符，通过' }).click()
    await officer.page.getByText('没有待核对的申请').waitFor()
    await page.reload()
    await page.getByText('已通过').waitFor()
    expect([...faults, ...officer.faults]).toEqual([])
    await officer.context.close()
    await context.close()
  })

  it('takes home all that is kept of him, and signs out another phone', async () => {
    const lost = await phone(chromium, county)
    await signIn(lost.page, county, 'worker')
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'worker')
    await page.getByRole('link', { name: '我的', exact: true }).click()
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: '导出我的全部档案' }).click()
    const file = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as { name: string; training_records: unknown[] }
    expect(file.name.length).toBeGreaterThan(1)
    expect(Array.isArray(file.training_records)).toBe(true)
    await page.getByRole('link', { name: '登录设备与密码' }).click()
    const ends = page.getByRole('button', { name: '结束这台设备的登录' })
    await ends.first().waitFor()
    const devices = await ends.count()
    for (let n = 0; n < devices; n++) {
      await ends.first().click()
      await expect.poll(() => ends.count()).toBe(devices - 1 - n)
    }
    await lost.page.reload()
    await lost.page.getByRole('button', { name: '登录' }).waitFor({ timeout: 30_000 })
    expect(faults).toEqual([])
    await lost.context.close()
    await context.close()
  })
})

describe('the county', () => {
  it('splits its quota in a table that sums as it is typed', async () => {
    const { context, page, faults } = await phone(chromium, county, { viewport: { width: 1280, height: 900 }, isMobile: false })
    await signIn(page, county, 'county_officer')
    await page.getByRole('link', { name: '任务数分解' }).click()
    const sum = page.locator('tfoot strong')
    await sum.waitFor()
    expect(await sum.innerText()).toBe('12,900')
    const first = page.locator('tbody tr').first()
    const had = Number((await first.locator('td').first().innerText()).replace(',', ''))
    const box = first.getByRole('textbox')
    await box.fill('abc')
    await page.getByText('任务数应为不小于 0 的整数').waitFor()
    await box.fill(String(had + 100))
    expect(await sum.innerText()).toBe('13,000')
    await page.getByLabel('调整原因').fill('年中追加')
    await page.getByRole('button', { name: '保存 1 处调整' }).click()
    await expect.poll(async () => (await first.locator('td').first().innerText()).replace(',', '')).toBe(String(had + 100))
    const board = await (await desk(county, 'county_officer'))('GET', '/v1/boards/progress')
    expect(board.quota).toBe(13_000)
    expect(faults).toEqual([])
    await context.close()
  })
})

describe('a township', () => {
  it('says that it has read its quota, and splits it over its enterprises', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'township_officer')
    await page.locator('.regions a').first().click()
    await page.getByRole('link', { name: '任务数与企业分解' }).click()
    const read = page.getByRole('button', { name: /^已收到 \d+ 条任务数变动$/ })
    await read.click()
    await expect.poll(() => read.count()).toBe(0)
    const left = async () => Number((await page.getByText(/^(还剩|多分) /).innerText()).replaceAll(/\D/g, ''))
    const before = await left()
    expect(before).toBeGreaterThan(20)
    const boxes = page.locator('li input')
    await boxes.nth(0).fill('12')
    await boxes.nth(1).fill('-1')
    await page.getByText('任务数应为不小于 0 的整数').waitFor()
    await boxes.nth(1).fill('8')
    expect(await left()).toBe(before - 20)
    await page.getByRole('button', { name: '保存分解' }).click()
    await page.getByText('分解已保存').waitFor()
    await page.reload()
    await expect.poll(() => boxes.nth(0).getAttribute('placeholder')).toBe('12')
    expect(await left()).toBe(before - 20)
    expect(faults).toEqual([])
    await context.close()
  })
})
