// The built program on the demo county, and phones of real Chromium in front of it. Nothing may be asked of any other host.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, type Page, chromium } from 'playwright-core'

const root = new URL('../../../', import.meta.url).pathname
const binary = process.env.ANPEI ?? resolve(root, process.env.CARGO_TARGET_DIR ?? 'target', 'debug/anpei')
const program = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))

export interface Account {
  role: string
  login: string
  password: string
}

export const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
  locale: 'zh-CN',
  timezoneId: 'Asia/Shanghai',
}

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const at = server.address()
      server.close(() => done(typeof at === 'object' && at ? at.port : 0))
    })
  })

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== 'DATABASE_URL' && !name.startsWith('ANPEI')),
)

/** A county of its own for a test: what one journey changes is in nobody's way. */
export class County {
  private server: ChildProcess | undefined
  accounts: Account[] = []
  address = ''
  private constructor(private readonly folder: string) {}

  /** The demo county, loaded once and copied. */
  static async open(template: string): Promise<County> {
    const county = new County(mkdtempSync(join(tmpdir(), 'anpei-e2e-')))
    cpSync(template, county.folder, { recursive: true })
    county.accounts = JSON.parse(readFileSync(join(county.folder, 'demo-accounts.json'), 'utf8')) as Account[]
    await county.start()
    return county
  }

  static load(folder: string): void {
    const from = join(root, 'samples/xinchang_2020')
    execFileSync(binary, ['migrate', '--data', folder], { env: environment, cwd: root })
    execFileSync(binary, ['demo', '--data', folder, '--from', from], { env: environment, cwd: root })
  }

  private async start(): Promise<void> {
    const port = await freePort()
    this.address = `http://127.0.0.1:${port}`
    const words = ['serve', '--data', this.folder, '--listen', `127.0.0.1:${port}`, '--address-limit', '100000']
    this.server = spawn(binary, words, { env: environment, cwd: root, stdio: 'ignore' })
    for (let tries = 0; ; tries++) {
      if (this.server.exitCode !== null || tries > 600) throw new Error('the program does not serve')
      const ready = await fetch(`${this.address}/readyz`).catch(() => null)
      if (ready?.ok) return
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  account(role: string): Account {
    const found = this.accounts.find((account) => account.role === role)
    if (!found) throw new Error(`the demo has no ${role}`)
    return found
  }

  /** The secret behind the number sign of a mail's link, once the mail is out: without a mail server they are files. */
  async mailed(kind: string, to: string): Promise<string> {
    const folder = join(this.folder, 'mail')
    for (let tries = 0; tries < 400; tries++) {
      const mails = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')) : []
      for (const mail of mails.filter((one) => one.includes(to))) {
        // Each part as it says it is written: the words as text and as a page.
        const plain = mail
          .split(/^--[^\r\n]+\r?$/m)
          .map((part) => {
            const [head = '', ...rest] = part.trimStart().split(/\r?\n\r?\n/)
            const body = rest.join('\n\n')
            return /base64/i.test(head) ? Buffer.from(body, 'base64').toString() : body.replaceAll(/=\r?\n/g, '')
          })
          .join('\n')
        const link = new RegExp(`/#/${kind}/([\\w-]+)`).exec(plain)
        if (link) return `/#/${kind}/${link[1]}`
      }
      await new Promise((done) => setTimeout(done, 50))
    }
    throw new Error(`no mail of ${kind} to ${to}`)
  }

  close(): void {
    this.server?.kill('SIGKILL')
    rmSync(this.folder, { recursive: true, force: true })
  }
}

export const browser = (args: string[] = []): Promise<Browser> =>
  chromium.launch({ ...(program ? { executablePath: program } : {}), args: ['--no-sandbox', ...args] })

/** A browser with one profile of its own, as Lighthouse needs it. */
export const own = (args: string[]): Promise<BrowserContext> =>
  chromium.launchPersistentContext('', { ...(program ? { executablePath: program } : {}), args: ['--no-sandbox', ...args] })

/** With SHOTS=folder a journey's screen is painted, to be looked at. */
export async function shot(page: Page, name: string): Promise<void> {
  if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) })
}

/** A phone at the county's door; what it asks of others, and what goes wrong in it, is kept to be looked at. */
export async function phone(of: Browser, county: County, more: BrowserContextOptions = {}) {
  const context: BrowserContext = await of.newContext({ ...PHONE, baseURL: county.address, ...more })
  const page: Page = await context.newPage()
  const faults: string[] = []
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol.startsWith('http') && url.origin !== county.address) faults.push(`asks ${url.origin}`)
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 4\d\d|ERR_INTERNET_DISCONNECTED/.test(message.text())) faults.push(message.text())
  })
  return { context, page, faults }
}

export async function signIn(page: Page, county: County, role: string, at = ''): Promise<void> {
  const { login, password } = county.account(role)
  await page.goto(`${at}/sign-in`)
  await page.getByLabel('账号').fill(login)
  await page.getByLabel('密码').fill(password)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('navigation').waitFor()
}

/** The API as a role of the demo, for what a journey finds there already. */
export async function desk(county: County, role: string) {
  const { login, password } = county.account(role)
  const send = async (method: string, path: string, body?: unknown, token = '') => {
    const answer = await fetch(county.address + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const told = (await answer.json()) as Record<string, never>
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(told)}`)
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into whatever is answered
    return told as Record<string, any>
  }
  const session = await send('POST', '/v1/accounts/session', { login, password })
  return (method: string, path: string, body?: unknown) => send(method, path, body, session.access_token as string)
}
