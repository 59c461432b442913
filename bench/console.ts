/**
 * `npm run bench:console`: the console in Chromium without a graphics card, at a service in this process with 10,000 rooms and 50 skills.
 * Prints the medians and worst figures of some rounds. The browser, the service and this script share the processors.
 */
import { performance } from 'node:perf_hooks'
import { chromium, type Page } from 'playwright-core'
import { startSkillkeeper } from '../src/app/index.ts'
import { unit } from '../test/support/catalogs.ts'
import { largeProperty } from '../test/support/large-property.ts'
import { idleShare } from './support/idle-consoles.ts'

const rounds = 5
const frames = 240
const events = 40
const consoles = 100
const operatorToken = 'the-token-of-the-operator'
const program = process.env.SKILLKEEPER_CHROMIUM ?? '/usr/bin/chromium'

const service = await startSkillkeeper({
  port: 0,
  data: ':memory:',
  console: 'on',
  logLevel: 'silent',
  operatorToken,
  catalog: largeProperty(10_000, 50),
})
const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox', '--disable-gpu'] })
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
const { url } = (await call('/_skillkeeper/sessions/codes', {})) as { url: string }
await page.goto(url)
await page.getByRole('navigation', { name: 'Screens' }).waitFor()

const firstCell: number[] = []
const allRooms: number[] = []
const down: number[] = []
const across: number[] = []
for (let round = 0; round < rounds; round += 1) {
  const startedAt = performance.now()
  await page.goto(`${service.url}/console/p/${unit('LARGE')}`)
  await page.getByRole('gridcell').first().waitFor()
  firstCell.push(performance.now() - startedAt)
  await page.getByText('10,000 rooms').first().waitFor()
  allRooms.push(performance.now() - startedAt)
  down.push(...(await scroll(page, 0, 137)))
  across.push(...(await scroll(page, 23, 0)))
}
print('first cell after navigation, ms', firstCell)
print('all 10,000 rooms, ms', allRooms)
print('frame while scrolling down, ms', down)
print('frame while scrolling across, ms', across)

await page.goto(`${service.url}/console/p/${unit('LARGE')}`)
await page.getByText('live', { exact: true }).first().waitFor()
const arrivals: number[] = []
for (let event = 0; event < events; event += 1) arrivals.push(await arrival(page, event))
print('event on the page after its time in the log, ms', arrivals)

// Each enablement is written, logged, sent as an event and drawn.
const skillIds = ['amzn1.ask.skill.s1']
const running = scroll(page, 0, 0)
await call('/_skillkeeper/changes', { action: 'enable', skillIds, units: { under: unit('LARGE'), level: 2 } })
print('frame while a change of 10,000 rooms runs, ms', await running)

await browser.close()
await service.stop()

const share = await idleShare(consoles, largeProperty(1000, 50), unit('LARGE'))
console.log(`${consoles} open consoles while nothing happens: ${share.toFixed(1)} % of a core`)

async function call(path: string, body: unknown): Promise<unknown> {
  const response = await fetch(service.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return await response.json()
}

/** Turns a skill of a room on or off, and returns how long after the time of the entry in the log the page shows it, in milliseconds. */
async function arrival(shown: Page, event: number): Promise<number> {
  const [action, before] = event % 2 === 0 ? ['enable', 'off'] : ['disable', 'on']
  const label = 'Room 00001, Skill 02, '
  const seen = shown.getByRole('treegrid').evaluate(
    async (grid, { label, wasOff }) =>
      await new Promise<number>((resolve) => {
        const look = () => {
          const text = grid.querySelector(`[aria-label^="${label}"]`)?.getAttribute('aria-label') ?? ''
          if (text.endsWith(' off') === wasOff) return
          watching.disconnect()
          resolve(Date.now())
        }
        const watching = new (Reflect.get(globalThis, 'MutationObserver'))(look)
        watching.observe(grid, { subtree: true, attributes: true, childList: true })
        look()
      }),
    { label, wasOff: before === 'off' },
  )
  const roomId = unit('R00001')
  await call('/_skillkeeper/changes', { action, skillIds: ['amzn1.ask.skill.s2'], units: { ids: [roomId] } })
  const at = await seen
  const answer = await fetch(
    `${service.url}/_skillkeeper/operations?unitId=${roomId}&order=newest&maxResults=1`,
    {
      headers: { authorization: `Bearer ${operatorToken}` },
    },
  )
  const { items } = (await answer.json()) as { items: { at: string }[] }
  return at - Date.parse(items[0]?.at ?? '')
}

/** Returns how long each frame took while the grid scrolled by so much a frame. */
async function scroll(shown: Page, left: number, top: number): Promise<number[]> {
  return await shown.getByRole('treegrid').evaluate(
    async (grid, step) => {
      const window = grid.ownerDocument.defaultView
      const times: number[] = []
      for (let frame = 0; frame <= step.frames; frame += 1) {
        times.push(await new Promise<number>((resolve) => window?.requestAnimationFrame(resolve)))
        grid.scrollBy(step.left, step.top)
      }
      return times.slice(1).map((time, index) => time - (times[index] ?? 0))
    },
    { left, top, frames },
  )
}

function print(what: string, values: readonly number[]): void {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(1)
  console.log(`${what}: median ${at(0.5)}, 95 % ${at(0.95)}, worst ${at(1)} (${sorted.length})`)
}
