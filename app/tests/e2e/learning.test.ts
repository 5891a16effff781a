// A worker learns on a phone with a bad line: a course, its lessons, and an exam that goes on through a cut network and on
// another phone, with nothing lost.
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { desk, phone, signIn } from './support'
import { chromium, county } from './world'

async function toLearning(page: Page): Promise<void> {
  await signIn(page, county, 'worker')
  await page.getByRole('link', { name: '学习' }).click()
  await page.getByText('班组安全用电常识').waitFor()
}

const answered = (page: Page): Promise<string> => page.getByText(/^已答 \d+\/45$/).innerText()

describe('learning', () => {
  it('credits what was read, by the server’s clock, and goes on where it stopped', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await toLearning(page)
    await page.getByText('班组安全用电常识').click()
    await page.getByRole('button', { name: '开始学习' }).click()
    await page.getByRole('link', { name: '继续学习' }).click()
    await page.getByRole('heading', { name: '触电是怎么发生的' }).last().waitFor()
    await page.getByRole('button', { name: '开始' }).click()
    await page.getByText('0:04 / 6:00').waitFor({ timeout: 15_000 })
    await page.getByRole('button', { name: '暂停' }).click()
    const worker = await desk(county, 'worker')
    const mine = (await worker('GET', '/v1/courses/mine')).items
    const enrolment = mine.find((one: { enrolments: unknown[] }) => one.enrolments.length > 0).enrolments[0].id
    await expect
      .poll(async () => (await worker('GET', `/v1/courses/enrolments/${enrolment}/progress`)).credited_seconds, { timeout: 15_000 })
      .toBeGreaterThanOrEqual(3)
    // Opened anew it is where it stopped.
    await page.reload()
    await page.getByRole('button', { name: '开始' }).click()
    await page.getByText(/0:0[4-9] \/ 6:00/).waitFor()
    expect(faults).toEqual([])
    await context.close()
  })

  it('loses no answer when the network is cut in the middle of an exam', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await toLearning(page)
    await page.getByText('安全生产基础测验').click()
    await page.getByRole('button', { name: '开始考试' }).click()
    const answer = async (): Promise<void> => {
      await page.locator('fieldset label').first().click()
      await page.getByRole('button', { name: '下一题' }).click()
    }
    for (let n = 0; n < 3; n++) await answer()
    await page.getByText('已保存').waitFor()
    await context.setOffline(true)
    for (let n = 0; n < 4; n++) await answer()
    await page.getByText(/\d 题待上传/).waitFor()
    expect(await answered(page)).toBe('已答 7/45')
    // The battery is taken out and put back: without a network the answers are still on the phone.
    await context.setOffline(false)
    await page.getByText('已保存').waitFor({ timeout: 30_000 })

    // On another phone it is the same attempt, with every answer.
    const other = await phone(chromium, county)
    await toLearning(other.page)
    await other.page.getByText('安全生产基础测验').click()
    await other.page.getByRole('button', { name: '开始考试' }).click()
    await other.page.getByText('已答 7/45').waitFor()
    for (let n = 0; n < 45; n++) {
      const next = other.page.getByRole('button', { name: '下一题' })
      if ((await next.count()) === 0) break
      await next.click()
    }
    await other.page.getByRole('button', { name: '交卷' }).click()
    await other.page.getByText('还有 38 题未答，确定交卷吗？').waitFor()
    await other.page.getByRole('button', { name: '交卷' }).last().click()
    await other.page.getByText('未合格').waitFor()
    expect(await other.page.getByText(/^正确答案/).count()).toBe(45)
    expect([...faults, ...other.faults]).toEqual([])
    await other.context.close()
    await context.close()
  })
})
