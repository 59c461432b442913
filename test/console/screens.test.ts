// Each screen in light, dark, forced colours, enlarged and on a phone, held to WCAG 2.2 AA as far as axe can.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { hasBrowser, objectionsTo, openConsole } from '../support/browser.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'

const organization = encodeURIComponent(hospital.organization)
const room = encodeURIComponent(hospital.room)

/** The address of each screen, and what is there when it has come. */
const screens: readonly (readonly [address: string, ready: (page: Page) => Promise<void>])[] = [
  ['/console/', (page) => page.getByRole('heading', { name: 'Hospital', exact: true }).waitFor()],
  [`/console/p/${organization}`, (page) => page.getByText('Room 1', { exact: true }).first().waitFor()],
  [
    `/console/p/${organization}?room=${room}`,
    (page) => page.getByRole('button', { name: 'Turn on: Menu' }).waitFor(),
  ],
  [`/console/u/${room}`, (page) => page.getByRole('button', { name: 'Turn on: Menu' }).waitFor()],
  ['/console/changes', (page) => page.getByRole('link', { name: /Nurse call: turn on/ }).waitFor()],
  ['/console/history', (page) => page.getByRole('table').waitFor()],
  ['/console/refusals', (page) => page.getByText('FORBIDDEN').first().waitFor()],
  ['/console/catalog/skills', (page) => page.getByRole('table').waitFor()],
  ['/console/catalog/clients', (page) => page.getByRole('table').waitFor()],
  ['/console/catalog/people', (page) => page.getByText('There are none yet').waitFor()],
  ['/console/dev/journal', (page) => page.getByLabel('Filter').waitFor()],
  [
    '/console/dev/tokens',
    async (page) => {
      await page.getByRole('button', { name: 'Make a token' }).click()
      await page.getByRole('button', { name: 'Copy token' }).waitFor()
    },
  ],
  ['/console/dev/faults', (page) => page.getByText('Nothing fails on command').waitFor()],
  ['/console/dev/snapshots', (page) => page.getByText('There is no snapshot yet').waitFor()],
  ['/console/dev/worlds', (page) => page.getByRole('table').waitFor()],
  ['/console/nowhere', (page) => page.getByText('There is no such page').first().waitFor()],
]

interface Look {
  readonly colorScheme?: 'light' | 'dark'
  readonly forcedColors?: 'active'
  readonly viewport?: { readonly width: number; readonly height: number }
  readonly hasTouch?: true
}

const looks: Readonly<Record<string, Look>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'forced colours': { forcedColors: 'active' },
  // A window of 1,280 points that is enlarged four times.
  'enlarged four times': { viewport: { width: 320, height: 256 } },
  'a phone': { viewport: { width: 390, height: 844 }, hasTouch: true },
}
const desk = { width: 1280, height: 800 }

test('Every screen has nothing that axe objects to, in every look', { timeout: 600_000 }, async (t) => {
  if (!hasBrowser(t)) return
  const { page, url, call } = await openConsole(t, { catalog: hospitalCatalog, testControls: true })
  const change = { action: 'enable', skillIds: [hospital.nurseCall], units: { ids: [hospital.room] } }
  await call('POST', '/_skillkeeper/changes', change)
  const refused = await call('POST', '/_skillkeeper/test/tokens', { clientId: hospital.stranger })
  const { accessToken } = refused.body as { accessToken: string }
  await fetch(`${url}/v1/skills/${hospital.menu}/enablements?unitId=${hospital.room}`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  const devices = await page.context().newCDPSession(page)
  const objections: string[] = []
  const lookAt = async (where: string, ready: () => Promise<void>) => {
    for (const [look, { viewport = desk, hasTouch = false, colorScheme, forcedColors }] of Object.entries(
      looks,
    )) {
      await page.emulateMedia({ colorScheme: colorScheme ?? 'light', forcedColors: forcedColors ?? 'none' })
      await devices.send('Emulation.setTouchEmulationEnabled', { enabled: hasTouch })
      await page.setViewportSize(viewport)
      await ready()
      objections.push(...(await objectionsTo(page, `${where} in ${look}`)))
    }
    await page.setViewportSize(desk)
  }

  for (const [address, ready] of screens) {
    await page.goto(url + address)
    await lookAt(address, () => ready(page))
  }
  await page.goto(`${url}/console/changes`)
  await page.getByRole('link', { name: /Nurse call: turn on/ }).click()
  await page.getByRole('button', { name: 'Undo 1 …' }).click()
  await lookAt('a change', () => page.getByRole('button', { name: 'Undo 1', exact: true }).waitFor())
  const dialog = page.getByRole('dialog')
  await page.goto(`${url}/console/catalog/clients`)
  await page.getByRole('button', { name: /^Edit: .*ward-admin/ }).click()
  await dialog.getByLabel('Name').fill('Ward')
  await lookAt('the dialog of a client', () =>
    dialog.getByRole('button', { name: /^Revoke: .*, Ward/ }).waitFor(),
  )
  await page.goto(`${url}/console/refusals`)
  await page.getByText('FORBIDDEN').first().click()
  await page.getByRole('button', { name: 'Give the role …' }).click()
  await lookAt('the dialog of a role', () =>
    dialog.getByRole('option', { name: 'administrator of units' }).waitFor({ state: 'attached' }),
  )
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: /^Menu of/ }).click()
  await page.getByLabel('Language').selectOption('Deutsch')
  await lookAt('the menu in German', () => page.getByRole('button', { name: 'Abmelden' }).waitFor())
  await page.getByRole('button', { name: 'Abmelden' }).click()
  await lookAt('the sign-in', () => page.getByLabel('Einmalcode').waitFor())
  assert.deepEqual(objections, [])
})
