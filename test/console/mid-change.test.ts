// What ends in the middle of a change: the session of its author, and then her role.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChangeView } from '../../src/protocol/console/change.ts'
import { hasBrowser, openConsole, signInAs } from '../support/browser.ts'
import { unit } from '../support/catalogs.ts'
import { heldAfterFirstWrite } from '../support/changes.ts'
import { largeProperty } from '../support/large-property.ts'
import { nora, passphrase } from '../support/sessions.ts'

test('A change outlives the session of its author, but not her role, and she sees both', async (t) => {
  if (!hasBrowser(t)) return
  const role = { unitId: unit('LARGE'), role: 'A4P.UnitAdmin' }
  const catalog = { ...largeProperty(300, 1), people: [{ ...nora, roles: [role] }] }
  const { url, call, another, world } = await openConsole(t, { catalog })
  const page = await another()
  await page.goto(`${url}/console/p/${unit('LARGE')}`)
  await signInAs(page, nora.email, passphrase)
  const dialog = page.getByRole('dialog')
  const begin = async (button: string, confirm: string) => {
    await page.getByRole('button', { name: button }).click()
    await dialog.getByRole('checkbox', { name: 'Skill 01' }).check()
    await dialog.getByLabel('Type 300').fill('300')
    await dialog.getByRole('button', { name: confirm }).click()
  }
  const newest = async () => {
    const { body } = await call('GET', '/_skillkeeper/changes?maxResults=1')
    return (body as { items: ChangeView[] }).items[0]
  }

  const first = heldAfterFirstWrite({ world })
  await begin('Turn a skill on', 'Turn on (300)')
  await first.held
  const { body } = await call('GET', '/_skillkeeper/sessions')
  for (const { id, kind } of (body as { items: { id: string; kind: string }[] }).items)
    if (kind === 'person') await call('DELETE', `/_skillkeeper/sessions/${id}`)
  // The page asks every half second how far the change is.
  await page.getByText('Your session has ended').waitFor()
  assert.equal((await newest())?.status, 'running')
  first.go()
  await world.settled()
  assert.deepEqual([(await newest())?.status, (await newest())?.counts.done], ['done', 300])
  await signInAs(page, nora.email, passphrase)
  await page.getByRole('link', { name: 'Changes' }).click()
  await page.getByRole('link', { name: 'Skill 01: turn on (300)' }).click()
  await page.getByRole('main').getByText('Done', { exact: true }).waitFor()

  await page.getByRole('link', { name: 'Rooms' }).click()
  const second = heldAfterFirstWrite({ world })
  await begin('Turn a skill off', 'Turn off (300)')
  await second.held
  const withdrawn = await call('POST', '/_skillkeeper/catalog', { people: [{ ...nora, roles: [] }] })
  assert.equal(withdrawn.status, 200, JSON.stringify(withdrawn.body))
  second.go()
  await world.settled()
  assert.deepEqual([(await newest())?.counts.done, (await newest())?.counts.refused], [100, 200])
  await dialog.getByRole('alert').filter({ hasText: 'Your role does not allow this' }).waitFor()
  assert.equal(await dialog.getByText('Running').count(), 0)
  await page.keyboard.press('Escape')
  await page
    .getByRole('main')
    .getByRole('alert')
    .filter({ hasText: 'Your role does not allow this' })
    .waitFor()
  assert.equal(await page.getByRole('treegrid').count(), 0)
})
