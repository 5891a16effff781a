// A trainer's day: a sheet as it really comes, looked through and written; a class whose code turns on the wall and is
// scanned by a worker; a roll called without a network.
import { readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { codeIn } from './read'
import { desk, phone, signIn } from './support'
import { chromium, county } from './world'

let officer: Awaited<ReturnType<typeof desk>>
let trainer: Awaited<ReturnType<typeof desk>>
let region = ''
let plan = ''
const sheets = new URL('../../../samples/xinchang_2020/attendance/', import.meta.url).pathname

beforeAll(async () => {
  officer = await desk(county, 'county_officer')
  trainer = await desk(county, 'trainer')
  region = (await trainer('GET', '/v1/accounts/me')).roles[0].region_ids[0]
  const year = new Date().getFullYear()
  const made = await officer('POST', '/v1/plans', {
    title: `${year}年培训方案`,
    year,
    period_from: `${year}-01-01`,
    period_to: `${year}-12-31`,
    target_roles: ['principal', 'safety_manager', 'key_post', 'other'],
    required_online: 0,
    required_offline: 60,
    counts: 'people',
    rate_decimals: 1,
    minutes_per_hour: 45,
  })
  plan = made.id
  await officer('POST', `/v1/plans/${plan}/publication`)
})

const local = (at: Date): string => new Date(at.getTime() + 8 * 3_600_000).toISOString().slice(0, 19) + '+08:00'

async function aClass(title: string): Promise<string> {
  const starts = new Date(Date.now() + 5 * 60_000)
  const made = await trainer('POST', '/v1/classes/sessions', {
    plan_id: plan,
    region_id: region,
    title,
    place: '三楼会议室',
    teacher: '陈老师',
    starts: local(starts),
    ends: local(new Date(starts.getTime() + 3_600_000)),
    minutes: 60,
  })
  return made.id as string
}

async function upload(page: Page, file: string): Promise<void> {
  await page.getByRole('link', { name: '上传' }).click()
  await page.locator('input[type=file]').setInputFiles(file)
}

describe('a trainer', () => {
  it('uploads a sheet as it really comes and sees each line judged', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'trainer')
    const messy = readdirSync(sheets).filter((name) => name.endsWith('.xlsx'))[0]
    await upload(page, join(sheets, messy as string))
    await page.getByText(/行中 .* 行可用/).waitFor()
    expect(await page.getByText(/退回 \d+/).count()).toBeGreaterThan(0)
    await page.getByRole('button', { name: '不要这份' }).click()

    // One of his own: two good lines, one whose ID number is wrong.
    const people = (await trainer('GET', '/v1/people?limit=2')).items
    expect(people.length).toBe(2)
    const day = local(new Date()).slice(0, 10)
    const rows = ['姓名,身份证号码,工作单位,签到时间,签退时间', `王错,330624198001010000,某厂,${day} 08:30,${day} 16:30`]
    const sheet = join(tmpdir(), `anpei-${Date.now()}.csv`)
    writeFileSync(sheet, `第1期\n${rows.join('\n')}\n`)
    await upload(page, sheet)
    await page.getByText('王错').waitFor()
    await page.getByText('第 3 行').waitFor()
    expect(await page.getByRole('button', { name: /确认写入/ }).isDisabled(), 'nothing that can be written').toBe(true)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: '下载退回的行' }).click()
    expect((await download).suggestedFilename()).toMatch(/退回\.xlsx$/)
    expect(faults).toEqual([])
    await context.close()
  })

  it('shows a code that turns on the wall, and a worker signs in by it', async () => {
    const id = await aClass('岗前培训')
    const { context, page, faults } = await phone(chromium, county, { viewport: { width: 1280, height: 720 }, isMobile: false })
    await signIn(page, county, 'trainer')
    await page.getByRole('link', { name: '班级', exact: true }).click()
    await page.getByText('岗前培训').click()
    await page.getByRole('link', { name: '签到码' }).click()
    const plate = page.getByRole('img', { name: '签到二维码' })
    await plate.waitFor()
    const first = await codeIn(await plate.screenshot())
    expect(first).toMatch(/^AC1:/)
    await expect.poll(async () => codeIn(await plate.screenshot()), { timeout: 30_000, interval: 1000 }).not.toBe(first)

    // What the worker's camera reads is told to the server, and counted on the wall.
    const token = await codeIn(await plate.screenshot())
    const worker = await desk(county, 'worker')
    const now = new Date().toISOString()
    const told = await worker('POST', '/v1/classes/check-ins', { device_id: 'e2e-phone', scans: [{ token, scanned_at: now }], sent_at: now })
    expect(told.outcomes[0].class_id).toBe(id)
    await page.getByText('已扫 1 人').waitFor({ timeout: 30_000 })
    expect(faults).toEqual([])
    await context.close()
  })

  it('calls a roll without a network, and it goes out later, once', async () => {
    const id = await aClass('夜校')
    const people = (await trainer('GET', '/v1/people?limit=3')).items as { id: string; name: string }[]
    await trainer('POST', `/v1/classes/sessions/${id}/roster`, { person_ids: people.map((one) => one.id) })
    const { context, page } = await phone(chromium, county)
    await signIn(page, county, 'trainer')
    await page.getByRole('link', { name: '班级', exact: true }).click()
    await page.getByText('夜校').click()
    await page.getByText(people[0]!.name).first().waitFor()
    await context.setOffline(true)
    for (const one of people.slice(0, 2)) await page.getByRole('button', { name: new RegExp(one.name) }).first().click()
    await page.getByRole('button', { name: '提交点名（2 人）' }).click()
    await page.getByText(/点名已提交/).waitFor()
    expect((await trainer('GET', `/v1/classes/sessions/${id}/marks`)).items).toEqual([])
    await context.setOffline(false)
    await expect.poll(async () => (await trainer('GET', `/v1/classes/sessions/${id}/marks`)).items.length, { timeout: 20_000 }).toBe(2)
    await context.close()
  })
})
