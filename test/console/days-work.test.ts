// The console as a person uses it who has never seen the API.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { hasBrowser, openConsole, signInAs } from '../support/browser.ts'
import { skill, unit } from '../support/catalogs.ts'
import { nora, passphrase } from '../support/sessions.ts'

/** A ward of eight rooms, two of which have names without a letter that may stand in a partition. */
const names = ['Room 1', 'Room 2', 'Room 3', 'Room 4', 'Room 5', 'Room 6', '特別室', '個室']
const catalog = {
  organizations: [
    {
      id: unit('HOSPITAL'),
      name: 'Mercy General Hospital',
      solution: 'healthcare',
      country: 'US',
      units: [
        {
          id: unit('WARD-1'),
          name: 'Ward 1',
          units: names.map((name, at) => ({ id: unit(`R${at + 1}`), name })),
        },
        { id: unit('WARD-2'), name: 'Ward 2', units: [{ id: unit('R20'), name: 'Room 20' }] },
      ],
    },
  ],
  skills: [
    { id: skill('nurse-call'), name: 'Nurse Call', stages: ['live'] },
    { id: skill('menu'), name: 'Menu', stages: ['live'] },
  ],
}

const nurse = { ...nora, roles: [{ unitId: unit('WARD-1'), role: 'A4P.UnitAdmin' }] }

describe('A person who has never seen the API puts Nurse Call on in all rooms of a ward, sees it happen, finds out why two failed, mends them and undoes the rest', () => {
  test('as the operator', async (t) => {
    if (!hasBrowser(t)) return
    const { page } = await openConsole(t, { catalog })
    await playDay(page)
  })

  test('as the nurse manager of that ward, who sees no other', async (t) => {
    if (!hasBrowser(t)) return
    const { url, another } = await openConsole(t, { catalog: { ...catalog, people: [nurse] } })
    const page = await another()
    await page.goto(`${url}/console/`)
    await signInAs(page, nurse.email, passphrase)
    await page.getByRole('navigation', { name: 'Screens' }).waitFor()
    await playDay(page)
    assert.equal(await page.getByText('Ward 2').count(), 0)
    await page.getByRole('link', { name: 'History' }).click()
    await page.getByRole('cell', { name: nurse.name }).first().waitFor()
  })
})

async function playDay(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Rooms' }).click()
  await page.getByRole('checkbox', { name: 'Select Ward 1' }).click()
  await page.getByText('8 rooms selected').waitFor()
  await page.getByRole('button', { name: 'Turn a skill on' }).click()
  await page.getByRole('checkbox', { name: 'Nurse Call' }).check()
  await page.getByLabel('Partition').selectOption('name of the room')
  await page.getByRole('button', { name: 'Turn on (6)' }).click()

  const dialog = page.getByRole('dialog')
  await dialog.getByText('Done', { exact: true }).waitFor()
  await page
    .getByRole('gridcell', { name: 'Room 6, Nurse Call, on', exact: true, includeHidden: true })
    .waitFor()

  const reasons = dialog.getByRole('list', { name: 'refused' })
  await reasons.getByRole('listitem').nth(1).waitFor()
  assert.equal(await reasons.getByRole('listitem').count(), 2)
  assert.match((await reasons.textContent()) ?? '', /個室[\s\S]*partition[\s\S]*特別室[\s\S]*partition/)
  const changed = page.url()

  for (const name of ['特別室', '個室']) {
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
    await page.getByRole('gridcell', { name: `${name}, Nurse Call, off` }).click()
    await page.getByRole('button', { name: 'Turn on: Nurse Call' }).click()
    await page.getByRole('dialog').getByText('on', { exact: true }).waitFor()
  }
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).first().click()
  assert.equal(page.url(), changed)

  await page.getByRole('link', { name: 'Changes' }).click()
  await page.getByRole('link', { name: 'Nurse Call: turn on (8)' }).click()
  await page.getByRole('button', { name: 'Undo 6 …' }).click()
  await page.getByRole('button', { name: 'Undo 6', exact: true }).click()
  await page
    .getByRole('heading', { name: /^Undo – Nurse Call/ })
    .first()
    .waitFor()
  await page.getByRole('main').getByText('Done', { exact: true }).waitFor()

  await page.getByRole('link', { name: 'Rooms' }).click()
  for (const name of names) {
    const state = /^Room/.test(name) ? 'off' : 'on'
    await page.getByRole('gridcell', { name: `${name}, Nurse Call, ${state}`, exact: true }).waitFor()
  }
}
