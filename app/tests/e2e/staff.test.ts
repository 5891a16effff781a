// People of an office and of an enterprise: an account is shut and opened again, a file is put right at its owner's word, an
// enterprise fills the seats of a class.
import { describe, expect, it } from 'vitest'
import { desk, phone, shot, signIn } from './support'
import { chromium, county } from './world'

const DAY = 86_400_000
/** A day so many days from now, as the county writes it. */
const dayFrom = (days: number): string => new Date(Date.now() + days * DAY + 8 * 3_600_000).toISOString().slice(0, 10)

describe('the staff', () => {
  it('is found by name; whoever left is shut out at once and let in again', async () => {
    const trainer = await phone(chromium, county)
    await signIn(trainer.page, county, 'trainer')
    const login = (await (await desk(county, 'trainer'))('GET', '/v1/accounts/me')).login as string
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'county_admin')
    await page.getByRole('link', { name: '工作人员账号' }).click()
    await page.getByLabel('身份').selectOption({ label: '培训教师' })
    await page.getByRole('searchbox').fill(login)
    const found = page.locator('a[href^="/accounts/"]')
    await expect.poll(() => found.count()).toBe(1)
    await found.click()
    await page.getByRole('heading', { name: login }).waitFor()
    await shot(page, 'account')
    await page.getByRole('button', { name: '停用账号' }).click()
    await page.getByLabel('原因').fill('已调离')
    await page.getByRole('button', { name: '停用账号' }).click()
    await page.getByText('已停用').waitFor()
    // His phone is out with the next thing it asks for.
    await trainer.page.reload()
    await trainer.page.getByRole('button', { name: '登录' }).waitFor()
    await page.getByRole('button', { name: '恢复账号' }).click()
    await page.getByLabel('原因').fill('停错了')
    await page.getByRole('button', { name: '恢复账号' }).click()
    await page.getByText('正常').waitFor()
    const back = await phone(chromium, county)
    await signIn(back.page, county, 'trainer')
    expect([...faults, ...back.faults]).toEqual([])
    for (const one of [context, trainer.context, back.context]) await one.close()
  })
})

describe('a worker', () => {
  it('asks for his name to be put right, and his code says it', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'worker')
    await page.getByRole('link', { name: '我的', exact: true }).click()
    await page.getByRole('link', { name: '更正申请' }).click()
    await page.getByRole('button', { name: '申请更正' }).click()
    await page.getByLabel('哪里有误').selectOption({ label: '姓名' })
    await page.getByLabel('应为').fill('欧阳正名')
    await page.getByLabel('说明情况').fill('登记时写错了，身份证上是欧阳正名')
    await page.getByRole('button', { name: '提交申请' }).click()
    await page.getByText('待答复').waitFor()
    await shot(page, 'my-corrections')
    const officer = await phone(chromium, county)
    await signIn(officer.page, county, 'county_officer')
    await officer.page.getByRole('link', { name: '更正申请' }).click()
    await officer.page.getByRole('button', { name: '答复申请' }).click()
    await officer.page.getByLabel('答复申请').fill('已核对身份证原件')
    await shot(officer.page, 'corrections')
    await officer.page.getByRole('button', { name: '同意更正' }).click()
    await officer.page.getByText('没有这样的申请').waitFor()
    await page.getByRole('button', { name: '返回' }).click()
    await page.getByRole('link', { name: '消息' }).click()
    await page.getByText('更正申请已答复：姓名').waitFor()
    const today = await (await desk(county, 'worker'))('GET', '/v1/me/today')
    expect(today.name).toBe('欧阳正名')
    expect([...faults, ...officer.faults]).toEqual([])
    for (const one of [context, officer.context]) await one.close()
  })
})

describe('a worker at ease', () => {
  it('says what is not to be sent, and it stays so', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'worker')
    await page.getByRole('link', { name: '我的', exact: true }).click()
    await page.getByRole('link', { name: '通知设置' }).click()
    const exams = page.getByRole('switch', { name: '考试成绩' })
    expect(await exams.getAttribute('aria-checked')).toBe('true')
    await exams.click()
    await expect.poll(() => exams.getAttribute('aria-checked')).toBe('false')
    await expect
      .poll(async () => (await (await desk(county, 'worker'))('GET', '/v1/notices/choices')).not_sent)
      .toEqual(['exams'])
    await page.reload()
    await expect.poll(() => page.getByRole('switch', { name: '考试成绩' }).getAttribute('aria-checked')).toBe('false')
    expect(faults).toEqual([])
    await context.close()
  })
})

describe('an enterprise', () => {
  it('enrols its people; whoever is busy is left out, and can be taken off again', async () => {
    const officer = await desk(county, 'county_officer')
    const manager = await desk(county, 'enterprise_manager')
    const region = (await manager('GET', '/v1/places/enterprises')).items[0].region_id as string
    const plan = await officer('POST', '/v1/plans', {
      title: '岁末培训',
      year: Number(dayFrom(0).slice(0, 4)),
      period_from: dayFrom(-1),
      period_to: dayFrom(30),
      target_roles: ['principal', 'safety_manager', 'key_post', 'other'],
      required_offline: 60,
    })
    await officer('POST', `/v1/plans/${plan.id}/publication`)
    const announce = (title: string, capacity: number) =>
      officer('POST', '/v1/classes/sessions', {
        region_id: region,
        plan_id: plan.id,
        title,
        place: '文化礼堂',
        minutes: 60,
        capacity,
        starts: `${dayFrom(2)}T09:00:00+08:00`,
        ends: `${dayFrom(2)}T10:00:00+08:00`,
      })
    await announce('上午一班', 20)
    await announce('上午二班', 20)
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'enterprise_manager')
    await page.getByRole('link', { name: '培训班报名' }).click()
    await page.getByRole('link', { name: '上午一班' }).click()
    const first = page.getByRole('checkbox').first()
    await first.check()
    await page.getByRole('button', { name: '检查 1 人的座位和时间' }).click()
    await page.getByText('可报名 1 人').waitFor()
    await shot(page, 'enrol-class')
    await page.getByRole('button', { name: '确认报名 1 人' }).click()
    await page.getByText('已报名（1 人）').waitFor()
    await page.getByText('余 19 座').waitFor()
    const name = (await page.getByRole('group', { name: '已报名（1 人）' }).getByRole('checkbox').first().locator('..').textContent())?.trim() ?? ''
    await page.getByRole('button', { name: '返回' }).click()
    await page.getByText('本单位已报 1 人').waitFor()
    await shot(page, 'enrol')
    await page.getByRole('link', { name: '上午二班' }).click()
    await page.getByRole('searchbox').fill(name)
    await page.getByRole('checkbox').first().check()
    await page.getByRole('button', { name: '检查 1 人的座位和时间' }).click()
    await page.getByText('时间冲突').waitFor()
    expect(await page.getByRole('button', { name: '确认报名 0 人' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: '取消', exact: true }).click()
    await page.getByRole('button', { name: '返回' }).click()
    await page.getByRole('link', { name: '上午一班' }).click()
    const listed = page.getByRole('group', { name: '已报名（1 人）' })
    await listed.getByRole('checkbox').check()
    await page.getByRole('button', { name: '取消 1 人的报名' }).click()
    await page.getByText('余 20 座').waitFor()
    expect(faults).toEqual([])
    await context.close()
  })
})
