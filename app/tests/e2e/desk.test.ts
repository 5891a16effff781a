// At the desk: a plan is drafted and published, a course and an exam are written, a staff list is brought in, a class is
// announced and filled, an enterprise is nudged and its worker reads it.
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { desk, phone, signIn } from './support'
import { chromium, county } from './world'

/** A number that GB 11643 allows. */
function idNumber(n: number): string {
  const body = `33062419900101${String(n).padStart(3, '0')}`
  const sum = [...body].reduce((all, digit, place) => all + Number(digit) * (2 ** (17 - place) % 11), 0)
  return body + '10X98765432'[sum % 11]
}

describe('the county', () => {
  it('drafts a plan, mends what the server objects to, and publishes it', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'county_officer')
    await page.getByRole('link', { name: '培训方案' }).click()
    await page.getByRole('link', { name: '新建方案' }).click()
    await page.getByLabel('方案名称').fill('冬季安全培训')
    await page.getByLabel('开始日').fill('2026-12-31')
    await page.getByLabel('截止日').fill('2026-12-01')
    for (const role of ['主要负责人', '安全管理人员', '重点岗位人员', '其他从业人员']) await page.getByLabel(role).check()
    await page.getByLabel('线下学时（分钟）').fill('120')
    await page.getByRole('button', { name: '保存草稿' }).click()
    await page.locator('[role=alert]').first().waitFor()
    await page.getByLabel('开始日').fill('2026-11-01')
    await page.getByLabel('截止日').fill('2026-12-31')
    await page.getByRole('button', { name: '保存草稿' }).click()
    await page.getByRole('heading', { name: '冬季安全培训' }).waitFor()
    await page.getByRole('button', { name: '发布方案' }).click()
    await page.getByText('执行中').waitFor()
    const plans = (await (await desk(county, 'county_officer'))('GET', '/v1/plans')).items
    expect(plans.find((one: { title: string }) => one.title === '冬季安全培训')).toMatchObject({ state: 'published', required_offline: 120, target_roles: ['principal', 'safety_manager', 'key_post', 'other'] })
    expect(faults).toEqual([])
    await context.close()
  })
})

describe('a trainer', () => {
  it('writes a course, the county publishes it, and a worker finds it', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'trainer')
    await page.getByRole('link', { name: '我的', exact: true }).click()
    await page.getByRole('link', { name: '课程' }).click()
    await page.getByRole('link', { name: '新建课程' }).click()
    await page.getByLabel('课程名称').fill('叉车安全')
    await page.getByLabel('计学时（分钟）').fill('5')
    await page.getByLabel('第 1 章').fill('出车前')
    await page.getByLabel('课名').fill('检查什么')
    await page.getByLabel('正文（Markdown）').fill('# 出车前检查\n\n- 刹车\n- 货叉')
    await page.getByRole('button', { name: '保存', exact: true }).click()
    await page.getByRole('heading', { name: '叉车安全' }).waitFor()
    const address = new URL(page.url()).pathname
    const officer = await phone(chromium, county)
    await signIn(officer.page, county, 'county_officer')
    await officer.page.goto(address)
    await officer.page.getByRole('button', { name: '发布新版本' }).click()
    await officer.page.getByText('新版本已发布').waitFor()
    const worker = await phone(chromium, county)
    await signIn(worker.page, county, 'worker')
    await worker.page.getByRole('link', { name: '学习' }).click()
    await worker.page.getByText('叉车安全').waitFor()
    expect([...faults, ...officer.faults, ...worker.faults]).toEqual([])
    for (const one of [context, officer.context, worker.context]) await one.close()
  })

  it('brings questions in, and makes an exam of them', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'trainer')
    await page.goto('/questions')
    const file = join(tmpdir(), `questions-${process.pid}.csv`)
    writeFileSync(file, '题型,题目,选项A,选项B,选项C,答案,标签\n单选题,叉车限速多少（厂内）,5,10,30,A,叉车\n单选题,没有答案的题,甲,乙,丙,,叉车\n')
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByText('第 3 行').waitFor()
    await page.getByRole('button', { name: '确认导入 1 行' }).click()
    await page.getByRole('searchbox').fill('叉车限速')
    await page.getByText('叉车限速多少').waitFor()
    await page.goto('/papers/new')
    await page.getByLabel('试卷名称').fill('叉车小测')
    await page.getByLabel('标签').fill('叉车')
    await page.getByLabel('题数').fill('1')
    await page.getByLabel('每题分').fill('100')
    await page.getByRole('button', { name: '保存试卷' }).click()
    await page.getByRole('button', { name: '发布试卷' }).click()
    await page.getByText('已发布').waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('announces a class and puts somebody on its list', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'trainer')
    await page.getByRole('link', { name: '新建班级' }).click()
    await page.getByLabel('班级名称').fill('叉车班')
    await page.getByLabel('地点').fill('一号厂房')
    await page.getByLabel('培训方案').selectOption({ label: '冬季安全培训' })
    await page.getByRole('button', { name: '发布班级' }).click()
    await page.getByRole('heading', { name: '叉车班' }).waitFor()
    await page.getByRole('link', { name: '名单与待核人员' }).click()
    const person = (await (await desk(county, 'trainer'))('GET', '/v1/people?limit=1')).items[0]
    await page.getByRole('searchbox').fill(person.name)
    await page.getByRole('button', { name: '加入名单' }).first().click()
    await page.getByText('已加入名单').waitFor()
    await page.goBack()
    await page.getByRole('link', { name: '签到表照片' }).click()
    await page.getByText('还没有照片').waitFor()
    const photo = await page.screenshot({ type: 'jpeg' })
    await page.locator('input[type=file]').setInputFiles({ name: 'sheet.jpg', mimeType: 'image/jpeg', buffer: photo })
    const shown = page.getByRole('button').filter({ has: page.locator('img') })
    await shown.click()
    await page.getByRole('button', { name: '删除照片' }).click()
    await page.getByLabel('删除原因').fill('拍错了')
    await page.getByRole('button', { name: '删除照片' }).click()
    await page.getByText('还没有照片').waitFor()
    expect(faults).toEqual([])
    await context.close()
  })
})

describe('an enterprise', () => {
  it('brings in its staff list after it has seen what is wrong in it', async () => {
    const { context, page, faults } = await phone(chromium, county)
    const manager = await desk(county, 'enterprise_manager')
    const own = (await manager('GET', '/v1/places/enterprises')).items[0]
    const file = join(tmpdir(), `staff-${process.pid}.csv`)
    const line = (name: string, id: string): string => `${name},${id},${own.name},重点岗位人员,2020-03-01\n`
    writeFileSync(file, `姓名,身份证号,单位,岗位,入职日期\n${line('钱大勇', idNumber(1))}${line('孙小妹', '330624199001010000')}`)
    await signIn(page, county, 'enterprise_manager')
    await page.getByRole('link', { name: '人员' }).click()
    await page.getByRole('link', { name: '导入人员名册' }).click()
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByText('第 3 行').waitFor()
    await page.getByRole('button', { name: '确认导入 1 行' }).click()
    await page.getByText('已导入', { exact: true }).waitFor()
    expect((await manager('GET', `/v1/people?q=${encodeURIComponent('钱大勇')}`)).items).toHaveLength(1)
    expect(faults).toEqual([])
    await context.close()
  })
})

describe('a township', () => {
  it('nudges somebody, who reads on his phone what he misses', async () => {
    const worker = await desk(county, 'worker')
    const person = (await worker('GET', '/v1/accounts/me')).person_id
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'township_officer')
    const plan = (await (await desk(county, 'township_officer'))('GET', '/v1/plans')).items.find((one: { title: string }) => one.title === '冬季安全培训')
    await page.goto(`/people/${person}?plan=${plan.id}`)
    await page.getByRole('button', { name: '催办' }).click()
    await page.getByText('1 人还未完成').waitFor()
    await page.getByRole('button', { name: '发给 1 人' }).click()
    await page.getByText('已催办 1 人').waitFor()
    const his = await phone(chromium, county)
    await signIn(his.page, county, 'worker')
    await his.page.getByRole('link', { name: /消息/ }).click()
    await his.page.getByRole('heading', { name: '请完成“冬季安全培训”' }).waitFor()
    await expect.poll(async () => (await worker('GET', '/v1/me/today')).waiting.notices).toBe(0)
    expect([...faults, ...his.faults]).toEqual([])
    for (const one of [context, his.context]) await one.close()
  })
})
