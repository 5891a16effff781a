// Who comes in by a mail: a colleague who was invited, and one who forgot his password. And who reads the audit.
import { describe, expect, it } from 'vitest'
import { phone, signIn } from './support'
import { chromium, county } from './world'

const MAIL = 'guard@example.org'
describe('a township', () => {
  it('invites a guard, who chooses his password, and another when he forgot it', async () => {
    const officer = await phone(chromium, county)
    await signIn(officer.page, county, 'township_officer')
    await officer.page.getByRole('link', { name: '工作人员账号' }).click()
    await officer.page.getByRole('link', { name: '邀请同事' }).click()
    const roles = officer.page.getByLabel('身份').locator('option')
    await expect.poll(() => roles.allTextContents(), { message: 'no more than it may give' }).toEqual(['请选择', '企业安全管理员', '检查人员', '培训教师'])
    await officer.page.getByLabel('身份').selectOption({ label: '检查人员' })
    await officer.page.getByLabel('乡镇（街道）').selectOption({ index: 1 })
    await officer.page.getByLabel('姓名').fill('门卫老周')
    await officer.page.getByLabel('账号').fill('guard-zhou')
    await officer.page.getByLabel('邮箱').fill(MAIL)
    await officer.page.getByRole('button', { name: '发送邀请' }).click()
    await officer.page.getByRole('status').getByText('邀请已发往').waitFor()

    const guard = await phone(chromium, county)
    const link = await county.mailed('invitation', MAIL)
    await guard.page.goto(link)
    await guard.page.getByLabel('设置密码').fill('1234567890')
    await guard.page.getByLabel('再输一遍').fill('1234567890')
    await guard.page.getByRole('button', { name: '设置密码并登录' }).click()
    await guard.page.getByRole('alert').waitFor()
    await guard.page.getByLabel('设置密码').fill('gate of the east 7')
    await guard.page.getByText('两次输入不一致').waitFor()
    await guard.page.getByLabel('再输一遍').fill('gate of the east 7')
    await guard.page.getByRole('button', { name: '设置密码并登录' }).click()
    await guard.page.getByRole('heading', { name: '扫码核验' }).waitFor()
    expect(guard.page.url(), 'the secret is gone from the address').not.toContain('#')

    const again = await phone(chromium, county)
    await again.page.goto(link)
    await again.page.getByLabel('设置密码').fill('gate of the west 8')
    await again.page.getByLabel('再输一遍').fill('gate of the west 8')
    await again.page.getByRole('button', { name: '设置密码并登录' }).click()
    await again.page.getByRole('alert').waitFor()

    await again.page.goto('/sign-in')
    await again.page.getByRole('link', { name: '忘记密码' }).click()
    await again.page.getByLabel('账号或邮箱').fill('guard-zhou')
    await again.page.getByRole('button', { name: '发送重设链接' }).click()
    await again.page.getByText('已受理').waitFor()
    await again.page.goto(await county.mailed('reset', MAIL))
    await again.page.getByLabel('设置密码').fill('gate of the west 8')
    await again.page.getByLabel('再输一遍').fill('gate of the west 8')
    await again.page.getByRole('button', { name: '保存新密码' }).click()
    await again.page.getByLabel('账号').fill('guard-zhou')
    await again.page.getByLabel('密码').fill('gate of the west 8')
    await again.page.getByRole('button', { name: '登录', exact: true }).click()
    await again.page.getByRole('heading', { name: '扫码核验' }).waitFor()
    expect([...officer.faults, ...guard.faults, ...again.faults]).toEqual([])
    await Promise.all([officer.context.close(), guard.context.close(), again.context.close()])
  })
})

describe('an auditor', () => {
  it('reads who did what', async () => {
    const { context, page, faults } = await phone(chromium, county)
    await signIn(page, county, 'auditor')
    await page.getByText('accounts.invite', { exact: true }).first().waitFor()
    expect(await page.getByRole('main').textContent()).not.toContain(MAIL)
    expect(faults).toEqual([])
    await context.close()
  })
})
