// A person signs in at the authorize page of the service, sees the own units alone, and links an account.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hashPassphrase } from '../../src/oauth/passphrases.ts'
import { hasBrowser, openConsole } from '../support/browser.ts'
import { client, hospital, hospitalCatalog, skill, unit } from '../support/catalogs.ts'

const passphrase = 'correct horse battery staple'
const lights = skill('lights-with-account')

describe('A person', () => {
  test('signs in with a passphrase, sees the own ward alone, and as a viewer changes nothing', async (t) => {
    if (!hasBrowser(t)) return
    const passphraseHash = await hashPassphrase(passphrase)
    const person = { id: 'amzn1.account.NORA', name: 'Nora Reyes', email: 'nora@example.org', passphraseHash }
    const people = [{ ...person, roles: [{ unitId: hospital.ward, role: 'viewer' }] }]
    const { url, another } = await openConsole(t, { catalog: { ...hospitalCatalog, people } })
    const page = await another()
    await page.goto(`${url}/console/history?operation=enable`)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByLabel('E-mail address').fill('nora@example.org')
    await page.getByLabel('Passphrase').fill(passphrase)
    await page.getByRole('button', { name: 'Allow' }).click()

    // Back where she was, without the code in the address.
    await page.getByRole('heading', { name: 'History' }).waitFor()
    assert.equal(page.url(), `${url}/console/history?operation=enable`)
    assert.equal(await page.getByRole('link', { name: 'Catalog' }).count(), 0)

    await page.getByRole('link', { name: 'Skillkeeper' }).click()
    await page.getByRole('heading', { name: 'Ward' }).waitFor()
    assert.match(page.url(), /\/console\/p\//)
    await page.getByRole('rowheader', { name: 'Room 1' }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Turn a skill on' }).count(), 0)
    await page.goto(`${url}/console/p/${unit('FOREIGN')}`)
    await page.getByRole('alert').getByText('Your role does not allow this').waitFor()

    await page.getByRole('button', { name: 'Menu of Nora Reyes' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Your session has ended').waitFor()
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [])
  })
})

describe('An operator', () => {
  test('links a skill at its own authorize page, in a window that closes itself', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog: hospitalCatalog })
    const lightsClient = client('lights')
    const secret = 'demo-secret'
    const accountLinking = {
      accessTokenUri: '/auth/o2/token',
      authorizationUri: '/ap/oa',
      clientId: lightsClient,
      clientSecret: secret,
      authenticationScheme: 'HTTP_BASIC',
      scopes: ['profile'],
    }
    const { status, body } = await call('POST', '/_skillkeeper/catalog', {
      skills: [{ id: lights, name: 'Lights', stages: ['live'], accountLinking }],
      clients: [{ id: lightsClient, secret, redirectUris: [`${url}/console/linked`] }],
    })
    assert.equal(status, 200, JSON.stringify(body))

    await page.goto(`${url}/console/u/${hospital.room}`)
    await page.getByRole('button', { name: 'Turn on: Lights' }).click()
    await page.getByRole('alert').filter({ hasText: /link/ }).waitFor()
    await page.getByRole('button', { name: 'Link: Lights' }).click()
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Open window' }).click(),
    ])
    const closed = popup.waitForEvent('close')
    await popup.getByRole('button', { name: 'Allow' }).click()
    await closed
    await page.getByText('Linked', { exact: false }).and(page.getByRole('status')).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('button', { name: 'Turn on: Lights' }).click()
    await page.getByRole('button', { name: 'Turn off: Lights' }).waitFor()
  })
})
