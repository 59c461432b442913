// The catalog on the screen: records are changed, secrets renewed, roles given, and the whole is saved as a file.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { hasBrowser, objectionsTo, openConsole } from '../support/browser.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'

const nora = 'amzn1.account.NORA'
const catalog = {
  ...hospitalCatalog,
  clients: hospitalCatalog.clients.map((one) => ({ ...one, name: one.id.split('.').at(-1) })),
  people: [{ id: nora, name: 'Nora Reyes', email: 'nora@hospital.example' }],
}

/** Nothing of it may be lost by a change of a name. */
type Skill = { name: string; accountLinking: object }

describe('The catalog screen', () => {
  test('shows what a change will do, saves it, and leaves secrets alone', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog })
    const path = `/_skillkeeper/skills/${hospital.radio}`
    const before = (await call('GET', path)).body as Skill
    await page.goto(`${url}/console/catalog/skills`)
    await page.getByRole('button', { name: 'Edit: Radio' }).click()
    const dialog = page.getByRole('dialog')
    assert.equal(await dialog.getByRole('button', { name: 'Save' }).isDisabled(), true)
    await dialog.getByLabel('Name').fill('Radio and music')
    await dialog.getByLabel('Scopes').fill('play\nstop')
    const list = dialog.getByRole('region', { name: 'What will change' }).getByRole('listitem')
    assert.deepEqual(await list.allInnerTexts(), ['Name: Radio → Radio and music', 'Scopes: – → play, stop'])
    assert.deepEqual(await objectionsTo(page, 'the dialog of a record'), [])
    const sent = page.waitForRequest((request) => request.method() === 'PATCH')
    await dialog.getByRole('button', { name: 'Save' }).click()
    assert.deepEqual((await sent).postDataJSON(), {
      name: 'Radio and music',
      accountLinking: { scopes: ['play', 'stop'] },
    })
    await page.getByRole('button', { name: 'Edit: Radio and music' }).waitFor()
    await dialog.waitFor({ state: 'detached' })
    const linking = { ...before.accountLinking, scopes: ['play', 'stop'] }
    assert.deepEqual((await call('GET', path)).body, {
      ...before,
      name: 'Radio and music',
      accountLinking: linking,
    })
  })

  test('says why a change is refused, and keeps what was written', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url } = await openConsole(t, { catalog })
    await page.goto(`${url}/console/catalog/clients`)
    await page.getByRole('button', { name: 'Edit: admin', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Redirect addresses').fill('nowhere')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('redirectUris[0] must be an absolute address').waitFor()
    assert.equal(await dialog.getByLabel('Redirect addresses').inputValue(), 'nowhere')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    // The focus is where it was, and the keyboard opens the dialog again.
    const edit = page.getByRole('button', { name: 'Edit: admin', exact: true })
    assert.equal(await edit.evaluate((element) => element.matches(':focus')), true)
    await page.keyboard.press('Enter')
    await dialog.getByLabel('Name').waitFor()
  })

  test('gives a client a new secret, which works and is gone when the dialog is closed', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url } = await openConsole(t, { catalog })
    await page.goto(`${url}/console/catalog/clients`)
    await page.getByRole('button', { name: 'New secret: admin', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('The old secret ends at once').waitFor()
    await dialog.getByRole('button', { name: 'New secret' }).click()
    await dialog.getByRole('button', { name: 'Copy secret' }).click()
    const secret = String(await page.evaluate('navigator.clipboard.readText()'))
    const form = { grant_type: 'client_credentials', client_id: hospital.admin, client_secret: secret }
    const body = new URLSearchParams({ ...form, scope: 'alexa::enterprise:management' })
    assert.equal((await fetch(`${url}/auth/o2/token`, { method: 'POST', body })).status, 200)
    await dialog.getByRole('button', { name: 'Close' }).last().click()
    assert.equal((await page.content()).includes(secret), false)
  })

  test('gives a person a role and takes it back', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog })
    const rolesOf = async () =>
      ((await call('GET', `/_skillkeeper/people/${nora}`)).body as { roles: { role: string }[] }).roles
    await page.goto(`${url}/console/catalog/people`)
    await page.getByRole('button', { name: 'Edit: Nora Reyes' }).click()
    const roles = page.getByRole('dialog').getByRole('region', { name: 'Roles' })
    await roles.getByLabel('On the unit').fill(hospital.ward)
    await roles.getByLabel('Role', { exact: true }).selectOption('viewer, changes nothing')
    await roles.getByRole('button', { name: 'Give the role' }).click()
    const take = roles.getByRole('button', { name: 'Revoke: viewer, changes nothing, Ward' })
    await take.waitFor()
    assert.deepEqual(await rolesOf(), [{ unitId: hospital.ward, role: 'viewer' }])
    await take.click()
    await take.waitFor({ state: 'detached' })
    assert.deepEqual(await rolesOf(), [])
  })

  test('adds a skill that links accounts, and a client whose secret works', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog })
    const dialog = page.getByRole('dialog')
    await page.goto(`${url}/console/catalog/skills`)
    await page.getByRole('button', { name: 'New skill' }).click()
    await dialog.getByLabel('Name').fill('Blinds')
    await dialog.getByLabel('links accounts').check()
    await dialog.getByLabel('Address for tokens').fill('https://blinds.example/token')
    await dialog.getByLabel('Client ID there').fill('us')
    await dialog.getByLabel('Client secret there').fill('hush')
    await dialog.getByLabel('ID', { exact: true }).fill('amzn1.ask.skill.blinds')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.getByText('Blinds is added').waitFor()
    const { body } = await call('GET', '/_skillkeeper/skills/amzn1.ask.skill.blinds')
    assert.deepEqual((body as Skill).accountLinking, {
      accessTokenUri: 'https://blinds.example/token',
      clientId: 'us',
      authenticationScheme: 'HTTP_BASIC',
      skipOnEnablement: false,
      hasClientSecret: true,
    })
  })

  test('saves the catalog as a file that changes nothing when it is loaded', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog })
    await page.goto(`${url}/console/catalog/skills`)
    const downloaded = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Download' }).click()
    const file = await downloaded
    assert.equal(file.suggestedFilename(), 'catalog.json')
    const saved = JSON.parse(readFileSync(await file.path(), 'utf8'))
    assert.deepEqual(
      saved.people.map((one: { id: string }) => one.id),
      [nora],
    )
    const loaded = await call('POST', '/_skillkeeper/catalog', saved)
    assert.equal((loaded.body as { changed: number }).changed, 0)
  })

  test('offers no change of a skill that every catalog has', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url } = await openConsole(t, { catalog })
    await page.goto(`${url}/console/catalog/skills`)
    const row = page.getByRole('row').filter({ hasText: 'Subscription' }).first()
    await row.waitFor()
    assert.equal(await row.getByRole('button').count(), 0)
  })
})
