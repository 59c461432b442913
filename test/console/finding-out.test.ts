// What a developer or an operator does with a refusal: repeat it, mend it, and look at the token.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { hasBrowser, openConsole } from '../support/browser.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'

const nora = 'amzn1.account.NORA'
const catalog = { ...hospitalCatalog, people: [{ id: nora, name: 'Nora Reyes' }] }
const enable = `/v1/skills/${hospital.menu}/enablements`
const live = JSON.stringify({ unitId: hospital.room, stage: 'live' })

const copied = async (page: Page) => String(await page.evaluate('navigator.clipboard.readText()'))

describe('A refusal on the screen', () => {
  test('is copied as a line of curl that asks the same, with a placeholder for the token', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog, testControls: true })
    const made = await call('POST', '/_skillkeeper/test/tokens', { clientId: hospital.stranger })
    const { accessToken } = made.body as { accessToken: string }
    const headers = { authorization: `Bearer ${accessToken}` }
    assert.equal((await fetch(url + enable, { method: 'POST', headers, body: live })).status, 403)
    assert.equal((await fetch(`${url}${enable}?unitId=${hospital.room}`, { headers })).status, 403)
    await page.goto(`${url}/console/refusals`)
    const groups = page.getByRole('group')
    await groups.nth(1).waitFor()
    const lines: string[] = []
    for (const group of await groups.all()) {
      await group.locator('summary').click()
      await group.getByRole('button', { name: 'Copy as curl' }).click()
      lines.push(await copied(page))
    }
    const [get = '', post = ''] = lines
    assert.equal(
      get,
      `curl -X GET '${url}${enable}?unitId=${hospital.room}' \\\n  -H "Authorization: Bearer $ACCESS_TOKEN"`,
    )
    assert.match(post, /-d '\{"unitId":"[^"]+ROOM-1","stage":"STAGE"\}'$/)
    // What a shell makes of it, without a network.
    const words = (line: string) =>
      execFileSync('sh', ['-c', `curl() { printf '%s\\n' "$@"; }\n${line}`], {
        env: { ACCESS_TOKEN: 'mine' },
        encoding: 'utf8',
      })
    assert.equal(
      words(post),
      `-X\nPOST\n${url}${enable}\n-H\nAuthorization: Bearer mine\n-H\nContent-Type: application/json\n-d\n${live.replace('live', 'STAGE')}\n`,
    )
  })

  test('for want of a role leads to the role: for the person who asked, on the unit or one above', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog, testControls: true })
    const body = { clientId: hospital.admin, personId: nora }
    const { accessToken } = (await call('POST', '/_skillkeeper/test/tokens', body)).body as {
      accessToken: string
    }
    const ask = async () => {
      const headers = { authorization: `Bearer ${accessToken}` }
      return (await fetch(url + enable, { method: 'POST', headers, body: live })).status
    }
    assert.equal(await ask(), 403)
    await page.goto(`${url}/console/refusals`)
    await page.getByText(nora).click()
    await page.getByRole('button', { name: 'Give the role …' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('heading', { name: 'Give Nora Reyes a role' }).waitFor()
    await dialog.getByLabel('Role', { exact: true }).selectOption('viewer, changes nothing')
    // A role of another unit is never a stronger one.
    await dialog.getByLabel('On the unit').selectOption('Ward')
    assert.equal(
      await dialog.getByLabel('Role', { exact: true }).locator('option:checked').textContent(),
      'viewer, changes nothing',
    )
    await dialog.getByLabel('Role', { exact: true }).selectOption('administrator of units')
    await dialog.getByRole('button', { name: 'Give the role' }).click()
    await dialog.getByText('The role is given').waitFor()
    assert.equal(await ask(), 201)
    const person = (await call('GET', `/_skillkeeper/people/${nora}`)).body as { roles: unknown }
    assert.deepEqual(person.roles, [{ unitId: hospital.ward, role: 'A4P.UnitAdmin' }])
  })
})

describe('The tokens of a world', () => {
  test('are made for a person and read, and an expired one says so', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url } = await openConsole(t, { catalog, testControls: true })
    await page.goto(`${url}/console/dev/tokens`)
    await page.getByLabel('Client', { exact: true }).selectOption(hospital.wardAdmin)
    await page.getByLabel('Speaks for').selectOption('Nora Reyes')
    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.getByRole('button', { name: 'Copy token' }).click()
    const first = await copied(page)
    await page.getByLabel('Access token').fill(first)
    await page.getByRole('button', { name: 'Read a token' }).click()
    await page.getByText('✓ is accepted').waitFor()
    const said = await page.getByRole('definition').allInnerTexts()
    assert.deepEqual(said.slice(0, 3), [hospital.wardAdmin, nora, 'alexa::enterprise:management'])

    await page.getByLabel('expired already').check()
    await page.getByRole('button', { name: 'Make a token' }).click()
    await page.locator('code', { hasNotText: first }).filter({ hasText: 'Atza|' }).waitFor()
    await page.getByRole('button', { name: 'Copy token' }).click()
    await page.getByLabel('Access token').fill(await copied(page))
    await page.getByRole('button', { name: 'Read a token' }).click()
    await page.getByText('✗ is not accepted').waitFor()
    assert.equal(page.url(), `${url}/console/dev/tokens`)
  })
})
