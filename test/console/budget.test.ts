// What the console weighs, and how much of a large property is in the document.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { hasBrowser, openConsole } from '../support/browser.ts'
import { unit } from '../support/catalogs.ts'
import { largeProperty } from '../support/large-property.ts'

const firstLoadMax = 125_000
const wholeMax = 200_000
const cellsMax = 1200
const built = fileURLToPath(new URL('../../dist/console', import.meta.url))

test('The first screen of rooms loads at most 125 kB of script, and the whole console has at most 200 kB', async (t) => {
  const scripts = globSync('**/*.js', { cwd: built })
  assert.ok(scripts.length > 5)
  const whole = scripts
    .map((file) => gzipSync(readFileSync(path.join(built, file)), { level: 9 }).length)
    .reduce((sum, one) => sum + one, 0)
  assert.ok(whole <= wholeMax, `${whole} bytes`)

  if (!hasBrowser(t)) return
  const { page, url } = await openConsole(t)
  const other = await page.context().newPage()
  await other.goto(`${url}/console/p/amzn1.alexa.unit.did.HOSPITAL1`)
  await other.getByRole('gridcell').first().waitFor()
  const loaded = await other.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map((entry) => entry as { name: string; encodedBodySize?: number })
      .filter(({ name }) => name.endsWith('.js'))
      .map(({ encodedBodySize = 0 }) => encodedBodySize)
      .reduce((sum, one) => sum + one, 0),
  )
  assert.ok(loaded > 50_000 && loaded <= firstLoadMax, `${loaded} bytes`)
})

test('Of 10,100 rooms and 50 skills at most 1,200 cells are in the document, wherever one scrolls, and one change takes all of them', {
  timeout: 120_000,
}, async (t) => {
  if (!hasBrowser(t)) return
  const { page, url } = await openConsole(t, { catalog: largeProperty(10_100, 50) })
  await page.goto(`${url}/console/p/${unit('LARGE')}`)
  await page.getByText('10,100 rooms').first().waitFor()
  const grid = page.getByRole('treegrid')
  assert.equal(await grid.getAttribute('aria-rowcount'), String(1 + 1 + 101 + 10_100))
  assert.equal(await grid.getAttribute('aria-colcount'), '53')
  const count = () => page.locator('[role=gridcell], [role=rowheader]').count()
  assert.ok((await count()) <= cellsMax)

  await grid.getByRole('rowheader').nth(3).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Turn on: Skill 01' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.keyboard.press('Control+End')
  await page.getByRole('rowheader', { name: 'Room 10100' }).waitFor()
  assert.ok((await count()) <= cellsMax)
  const focused = page.locator('[role=gridcell][aria-label^="Room 10100, "]:focus')
  await focused.waitFor()

  // The row with the focus stays in the document when one scrolls away from it.
  await grid.evaluate((element) => element.scrollTo(0, 0))
  await page.getByRole('rowheader', { name: 'Room 00001' }).waitFor()
  await focused.waitFor()
  assert.ok((await count()) <= cellsMax)

  // More rooms than a request can name are meant by a filter.
  await page.getByRole('button', { name: 'Turn a skill on' }).click()
  const previewed = page.waitForRequest(/changes\/preview$/)
  await page.getByRole('dialog').getByRole('checkbox', { name: 'Skill 01' }).check()
  assert.deepEqual((await previewed).postDataJSON().units, { under: unit('LARGE'), level: 2 })
  await page.getByRole('dialog').getByRole('button', { name: 'Turn on (10,100)' }).waitFor()
})
