// Every screen in both languages, light and dark, small and wide: no serious fault of accessibility, nothing to scroll
// sideways, targets that a thumb hits. With SHOTS=folder each is also painted, to be looked at.
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { desk, phone, signIn } from './support'
import { chromium, county } from './world'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.SHOTS

/** Things that screens are about, by the word that stands for them in a path. */
const things: Record<string, string> = {}

beforeAll(async () => {
  if (shots) mkdirSync(shots, { recursive: true })
  const officer = await desk(county, 'county_officer')
  const first = async (path: string): Promise<string> => (await officer('GET', path)).items[0].id
  const township = await desk(county, 'township_officer')
  things.region = (await township('GET', '/v1/boards/progress')).regions[0].id
  things.class = (await township('GET', '/v1/classes/sessions')).items[0].id
  things.person = (await township('GET', '/v1/people')).items[0].id
  things.plan = await first('/v1/plans')
  things.course = await first('/v1/courses/courses')
  things.paper = await first('/v1/exams/papers')
  things.question = await first('/v1/exams/questions')
  things.account = (await (await desk(county, 'county_admin'))('GET', '/v1/accounts?role=trainer')).items[0].id
  const worker = await desk(county, 'worker')
  await worker('POST', '/v1/corrections', { subject: 'training', words: '八月的班没有记上' })
  things.exam = (await worker('GET', '/v1/exams/mine')).items[0].paper_id
  things.own = (await worker('GET', '/v1/courses/mine')).items[0].course_id
})
const named = (path: string): string => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => things[name] ?? name)

/** What an expert would object to, seriously. */
async function objections(page: Page): Promise<string[]> {
  // The page's own policy lets no script of ours in: it is told to the browser, not to the page.
  const session = await page.context().newCDPSession(page)
  const expression = `${axe};axe.run().then((found) => JSON.stringify([found.passes.length, found.violations
    .filter((one) => one.impact === 'serious' || one.impact === 'critical')
    .map((one) => one.id + ': ' + one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(', '))]))`
  const told = await session.send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
  if (told.exceptionDetails) throw new Error(told.exceptionDetails.text)
  const [held, objections] = JSON.parse(told.result.value as string) as [number, string[]]
  expect(held, 'it was looked at').toBeGreaterThan(8)
  return objections
}

/** Whatever can be pressed is at least 44 px each way, but for words in a text. */
const small = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, a[href], select, input:not(.hidden), [role=switch]')]
      .filter((one) => one.offsetParent !== null && !one.closest('.prose') && !one.closest('label'))
      .filter((one) => {
        const box = one.getBoundingClientRect()
        return box.width > 0 && (box.height < 44 || box.width < 44)
      })
      .map((one) => `${one.tagName} ${one.textContent?.trim().slice(0, 20)}`),
  )

const screens: [role: string, paths: string[]][] = [
  ['', ['/sign-in', '/activate', '/forgot', '/entrance/invitation', '/nowhere']],
  ['worker', ['/code', '/code/claim?move=1', '/learn', '/learn/marks', '/code/card', '/me', '/me/devices', '/learn/scan']],
  ['worker', ['/learn/courses/{own}', '/learn/exams/{exam}', '/notices', '/me/corrections', '/me/choices']],
  ['inspector', ['/verify', '/records', '/pack', '/me']],
  ['trainer', ['/classes', '/classes/new', '/upload', '/objections', '/me']],
  ['trainer', ['/courses', '/courses/new', '/questions', '/questions/new', '/papers', '/papers/new']],
  ['township_officer', ['/board', '/board/{region}', '/board/{region}/shares', '/classes/{class}', '/classes/{class}/members', '/classes/{class}/evidence']],
  ['township_officer', ['/people', '/people/{person}', '/people/bring', '/certificates', '/records', '/classes/{class}/code']],
  ['county_officer', ['/board', '/upload', '/wall', '/quotas', '/reviews', '/plans', '/plans/new', '/plans/{plan}']],
  ['county_officer', ['/courses/{course}', '/questions/{question}', '/papers/{paper}']],
  ['county_officer', ['/corrections']],
  ['county_admin', ['/invite', '/accounts', '/accounts/{account}']],
  ['enterprise_manager', ['/board', '/people', '/people/bring', '/certificates', '/enrol']],
  ['system_admin', ['/me', '/accounts', '/outbox']],
  ['auditor', ['/audit', '/accounts']],
]
const looks = [
  { name: 'zh', scheme: 'light', width: 390, height: 844, lang: 'zh', large: false },
  { name: 'en-dark', scheme: 'dark', width: 360, height: 740, lang: 'en', large: false },
  { name: 'zh-large-320', scheme: 'light', width: 320, height: 640, lang: 'zh', large: true },
  { name: 'en-desk', scheme: 'light', width: 1280, height: 800, lang: 'en', large: false },
] as const

describe.each(looks)('$name', (look) => {
  it.each(screens)('%s %o', async (role, paths) => {
    const { context, page, faults } = await phone(chromium, county, {
      viewport: { width: look.width, height: look.height },
      colorScheme: look.scheme,
      isMobile: look.width < 900,
    })
    if (role) await signIn(page, county, role)
    await page.evaluate(([lang, large]) => localStorage.setItem('anpei.look', JSON.stringify({ lang, large, theme: 'auto' })), [look.lang, look.large] as const).catch(async () => {
      await page.goto('/sign-in')
      await page.evaluate(([lang, large]) => localStorage.setItem('anpei.look', JSON.stringify({ lang, large, theme: 'auto' })), [look.lang, look.large] as const)
    })
    for (const path of paths) {
      await page.goto(named(path))
      await page.getByRole('heading').first().waitFor()
      await expect.poll(() => page.locator('[aria-busy=true]').count(), { timeout: 15_000 }).toBe(0)
      const told = `${role} ${path} ${look.name}`
      if (shots) await page.screenshot({ path: join(shots, `${told.replaceAll(/[/?={} ]+/g, '-')}.png`), fullPage: true })
      expect(await page.locator('html').getAttribute('data-theme'), told).toBe(look.scheme)
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), told).toBeLessThanOrEqual(0)
      expect(await objections(page), told).toEqual([])
      expect(await small(page), told).toEqual([])
    }
    expect(faults).toEqual([])
    await context.close()
  })
})
