// The console on a slow network, on one that cuts streams, and on a machine that sleeps.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Page, Route } from 'playwright-core'
import { hasBrowser, openConsole } from '../support/browser.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { createHandClock } from '../support/hand-clock.ts'

const matrix = `/console/p/${hospital.organization}`
const minuteMs = 60_000

/** The steps of the page's clock, and how far it moves after a cut, in milliseconds. */
const stepMs = 5
const unseenMs = 1500

test('On a slow network each answer is waited for: nothing starts twice, and nothing is called an error', async (t) => {
  if (!hasBrowser(t)) return
  const { page, url, call } = await openConsole(t, { catalog: hospitalCatalog })
  await page.clock.install()
  await open(page, url)
  const slowly = await slowed(page)
  const changes = async () =>
    ((await call('GET', '/_skillkeeper/changes')).body as { items: unknown[] }).items.length

  await slowly(() => page.getByRole('gridcell', { name: 'Room 1, Menu, off' }).click(), 'Loading')
  await slowly(() => page.getByRole('button', { name: 'Turn on: Menu' }).dblclick())
  await page.getByRole('button', { name: 'Turn off: Menu' }).waitFor()
  assert.equal(await changes(), 1)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()

  await page.getByRole('button', { name: 'Turn a skill on' }).click()
  await slowly(() => page.getByRole('dialog').getByRole('checkbox', { name: 'Menu' }).check())
  const start = page.getByRole('dialog').getByRole('button', { name: /^Turn on \(/ })
  await slowly(() => start.dblclick(), 'Loading')
  await page.getByRole('dialog').getByText('Done', { exact: true }).waitFor()
  assert.equal(await changes(), 2)
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()

  await slowly(() => page.getByRole('link', { name: 'History' }).click(), 'Loading')
  await page.getByRole('table').waitFor()
})

test('A stream that is cut again and again misses nothing, and nobody sees that it was', async (t) => {
  if (!hasBrowser(t)) return
  const cutter = await startCutter(t)
  const { page, url, call } = await openConsole(t, { catalog: hospitalCatalog, through: cutter.before })
  await page.clock.install()
  await open(page, url)
  // The clock of the page moves while the test waits, but not with the load of this machine: not as far as a person would see a cut.
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000)
  let moved = 0
  const passing = async (promise: Promise<unknown>) => {
    let isOver = false
    const ended = promise.finally(() => {
      isOver = true
    })
    for (; !isOver; moved += stepMs)
      await (moved < unseenMs ? page.clock.runFor(stepMs) : page.waitForTimeout(stepMs))
    await ended
  }
  const seen = await page.evaluateHandle<string[]>(`(() => {
    const seen = []
    const look = () => {
      const alert = document.querySelector('[role=alert]')?.textContent ?? ''
      const rows = document.querySelector('[aria-rowcount]')?.getAttribute('aria-rowcount')
      seen.push(document.querySelector('[data-state]')?.textContent + ' ' + rows + alert)
    }
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
    return seen
  })()`)
  for (const [round, action] of ['enable', 'disable', 'enable', 'disable', 'enable'].entries()) {
    const again = page.waitForResponse(/\/events\?/)
    cutter.cut()
    moved = 0
    const { status } = await call('POST', '/_skillkeeper/changes', {
      action,
      skillIds: [hospital.menu],
      units: { ids: [hospital.room] },
    })
    assert.equal(status, 202)
    await passing(again)
    const state = round % 2 === 0 ? 'on' : 'off'
    await passing(page.getByRole('gridcell', { name: `Room 1, Menu, ${state}`, exact: true }).waitFor())
  }
  const [one, ...others] = new Set(await seen.jsonValue())
  assert.match(one ?? '', /^live \d+$/)
  assert.deepEqual(others, [])
})

test('A page that has slept comes back by itself, and after the end of its session where it was', async (t) => {
  if (!hasBrowser(t)) return
  const clock = createHandClock()
  const { page, url, call, link } = await openConsole(t, { catalog: hospitalCatalog, clock })
  await page.clock.install()
  await page.goto(`${url}${matrix}?q=Room`)
  await page.getByText('live', { exact: true }).first().waitFor()
  const devtools = await page.context().newCDPSession(page)
  const sleep = async (minutes: number, action: 'enable' | 'disable') => {
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' })
    clock.moveBy(minutes * minuteMs)
    const { status } = await call('POST', '/_skillkeeper/changes', {
      action,
      skillIds: [hospital.menu],
      units: { ids: [hospital.room] },
    })
    assert.equal(status, 202)
    await devtools.send('Page.setWebLifecycleState', { state: 'active' })
    await page.clock.fastForward(minutes * minuteMs)
  }
  // Its token has ended, its session has not.
  await sleep(20, 'enable')
  await page.getByRole('gridcell', { name: 'Room 1, Menu, turning on' }).waitFor()
  await page.getByText('live', { exact: true }).first().waitFor()
  assert.equal(await page.getByRole('alert').count(), 0)

  await sleep(60, 'disable')
  await page.getByText('Your session has ended').waitFor()
  await page.getByLabel('One-time code').fill(await link())
  await page.getByRole('button', { name: 'Use code' }).click()
  await page.getByRole('gridcell', { name: 'Room 1, Menu, off' }).waitFor()
  assert.equal(page.url(), `${url}${matrix}?q=Room`)
})

async function open(page: Page, url: string): Promise<void> {
  await page.goto(url + matrix)
  await page.getByText('live', { exact: true }).first().waitFor()
}

/** Holds back the answers to what is done until four seconds have passed for the page, which then shows no error. */
async function slowed(page: Page) {
  let released: Promise<void> = Promise.resolve()
  await page.route(/\/_skillkeeper\/(?!events)/, async (route: Route) => {
    // By the time of the answer the test may do the next thing.
    const inTime = released
    try {
      const response = await route.fetch()
      await inTime
      await route.fulfill({ response })
    } catch {
      // The page, or the service at the end of the test, is gone.
    }
  })
  return async (action: () => Promise<void>, shown?: string) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    released = promise
    const asked = page.waitForRequest(/\/_skillkeeper\//)
    await action()
    await asked
    await page.clock.runFor(4000)
    assert.equal(await page.getByRole('alert').count(), 0)
    if (shown !== undefined) await page.getByText(shown).first().waitFor()
    resolve()
  }
}

/** A proxy that cuts all its connections when it is told to. */
async function startCutter(t: TestContext) {
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    return socket
  }
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const before: NonNullable<Parameters<typeof openConsole>[1]>['through'] = async (url) => {
    const { hostname, port } = new URL(url)
    const server = createServer((client) => {
      const service = keep(connect(Number(port), hostname))
      keep(client).pipe(service).pipe(client)
      client.on('close', () => service.destroy())
      service.on('close', () => client.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => {
      cut()
      server.close()
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  return { cut, before }
}
