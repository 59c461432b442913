/**
 * The web console in a real browser, at a real service. A report of its content security policy, an error of a script, a request to
 * another origin, an undocumented call and a token anywhere but in `Authorization` fail the test.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { isConsoleBuilt } from '../../scripts/console-hash.js'
import type { StartOptions } from '../../src/app/index.ts'
import { startWithWorld } from '../../src/app/start.ts'
import type { OpenWorld } from '../../src/world/world.ts'
import { findProgram } from './find-program.ts'
import { operatorToken } from './service.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const switches = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const program = findProgram(['chromium', 'chromium-browser', 'google-chrome'], ['/usr/bin'])

/** Whether there is a browser; a test without one is skipped, except where `.ci/run` demands it. */
export function hasBrowser(t: TestContext): boolean {
  if (program !== undefined) return true
  assert.notEqual(process.env.SKILLKEEPER_TEST_BROWSER, 'required', 'There is no Chromium.')
  t.skip("Needs Debian's package chromium, or another Chromium on the search path.")
  return false
}

/** The browser of a test file: its tests share it, and each window has a context of its own. */
let launched: Promise<Browser> | undefined
after(async () => (await launched)?.close())

/** The console of a service, wherever that runs. */
export interface Look {
  /** The address of the service. */
  readonly url: string
  readonly page: Page
  /** Calls the service as the operator. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>
  /** Opens another window with a session of its own. */
  another(options?: BrowserContextOptions): Promise<Page>
  /** Opens a window with the cookies of the page. Nobody watches what it does, as that of another site. */
  stranger(): Promise<Page>
  /** A link that signs in once, as `npm start` prints it. */
  link(): Promise<string>
  /** All tokens that pages have sent. */
  tokens(): readonly string[]
}

export interface Console extends Look {
  readonly world: OpenWorld
  /** Stops the service and starts another one at the same port with the same data. */
  restart(): Promise<void>
  stop(): Promise<void>
}

interface ConsoleOptions extends StartOptions {
  readonly browser?: BrowserContextOptions
  /** Stands before the service, and returns the address by which the browser comes. */
  readonly through?: (url: string) => Promise<string>
}

/** Starts a service, opens a page, and signs in as the operator by a one-time code. */
export async function openConsole(
  t: TestContext,
  { browser, through, ...options }: ConsoleOptions = {},
): Promise<Console> {
  const settings: StartOptions = {
    port: 0,
    data: ':memory:',
    operatorToken,
    logLevel: 'silent',
    console: 'on',
    activationDelayMs: 300,
    ...options,
  }
  let { service, world } = await startWithWorld(settings)
  t.after(() => service.stop())
  const look = await lookAt(t, (await through?.(service.url)) ?? service.url, browser)
  return {
    ...look,
    get world() {
      return world
    },
    async restart() {
      const port = Number(new URL(service.url).port)
      const again = await startWithWorld({ ...settings, port })
      service = again.service
      world = again.world
    },
    stop: () => service.stop(),
  }
}

/** Opens a page at a service and signs in as the operator by a one-time code. */
export async function lookAt(
  t: TestContext,
  url: string,
  browser: BrowserContextOptions = {},
): Promise<Look> {
  assert.ok(isConsoleBuilt(), 'The console is not that of its sources: run `node scripts/set-up.js`.')
  const watch = watchPages(url)
  const open = async (options: BrowserContextOptions, isWatched = true) => {
    launched ??= chromium.launch({ executablePath: program ?? '', args: switches })
    const context = await (await launched).newContext({
      viewport: { width: 1280, height: 800 },
      ...browser,
      ...options,
    })
    t.after(() => context.close())
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    if (isWatched) context.on('page', (page) => watch.follow(page))
    return await context.newPage()
  }
  const call = async (method: string, address: string, body?: unknown) => {
    const response = await fetch(url + address, {
      method,
      headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) }
  }
  const link = async () => {
    const { body } = await call('POST', '/_skillkeeper/sessions/codes', {})
    return (body as { url: string }).url
  }
  const page = await open({})
  t.after(() => watch.check())
  await page.goto(await link())
  await page.getByRole('navigation', { name: 'Screens' }).waitFor()
  return {
    url,
    page,
    call,
    link,
    another: (options = {}) => open(options),
    stranger: async () => open({ storageState: await page.context().storageState() }, false),
    tokens: () => [...watch.tokens],
  }
}

/** Signs a person of the catalog in, at the sign-in page of the console. */
export async function signInAs(page: Page, email: string, passphrase: string): Promise<void> {
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Passphrase').fill(passphrase)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Returns what axe objects to on the page, which has no frames. */
export async function objectionsTo(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    // Otherwise it opens a page each time to put the results of frames together.
    .setLegacyMode()
    .analyze()
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${where}: ${id}: ${html.slice(0, 160)} ${failureSummary ?? ''}`),
  )
}

interface Watch {
  readonly tokens: ReadonlySet<string>
  follow(page: Page): void
  check(): void
}

/** Notes what no page of the console may do. */
function watchPages(url: string): Watch {
  const { origin } = new URL(url)
  const documented = documentedPaths()
  const faults = new Set<string>()
  const tokens = new Set<string>()
  return {
    tokens,
    follow(page) {
      page.on('pageerror', (error) => faults.add(`error: ${error.message}`))
      page.on('console', (message) => {
        const text = message.text()
        // A refusal is an answer, and a service that is away is a state of the console.
        const isAnswer = /Failed to load resource/.test(text)
        if (['error', 'warning'].includes(message.type()) && !isAnswer) faults.add(`console: ${text}`)
      })
      page.on('request', (request) => {
        const address = new URL(request.url())
        if (address.protocol === 'blob:') return
        if (address.origin !== origin) faults.add(`foreign: ${request.url()}`)
        const { authorization, ...others } = request.headers()
        if (authorization !== undefined) tokens.add(authorization.replace(/^Bearer /, ''))
        const rest = JSON.stringify([request.url(), request.postData(), others])
        if ([...tokens].some((token) => rest.includes(token))) faults.add(`token in ${address.pathname}`)
        if (address.pathname.startsWith('/console/')) return
        const what = `${request.method()} ${address.pathname}`
        if (!documented.some((pattern) => pattern.test(what))) faults.add(`undocumented: ${what}`)
      })
    },
    check: () => assert.deepEqual([...faults], []),
  }
}

/** The calls of the OpenAPI documents, those of the test controls among them. */
function documentedPaths(): readonly RegExp[] {
  const document = JSON.parse(readFileSync(path.join(root, 'openapi.json'), 'utf8')) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  }
  const pairs = Object.entries(document.paths).flatMap(([place, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${place.replace(/\{[^}]+\}/g, '[^/]+')}`),
  )
  return [...pairs, '[A-Z]+ /_skillkeeper/test/.*'].map((pair) => new RegExp(`^${pair}$`))
}
