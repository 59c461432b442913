// A person signs in at the authorize page of the service, sees the own units alone, and links an account.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { hashPassphrase } from '../../src/oauth/passphrases.ts'
import { type Console, hasBrowser, openConsole, signInAs } from '../support/browser.ts'
import { client, hospital, hospitalCatalog, skill, unit } from '../support/catalogs.ts'
import { listen } from '../support/listen.ts'

const passphrase = 'correct horse battery staple'
const lights = skill('lights-with-account')

describe('A person', () => {
  test('signs in with a passphrase, sees the own ward alone, and as a viewer changes nothing', async (t) => {
    if (!hasBrowser(t)) return
    const { url, another } = await openConsole(t, { catalog: await catalogWithNora() })
    const page = await another()
    await page.goto(`${url}/console/history?operation=enable`)
    await signInAs(page, 'nora@example.org', passphrase)

    // Back where she was, without the code in the address.
    await page.getByRole('heading', { name: 'History' }).waitFor()
    assert.equal(page.url(), `${url}/console/history?operation=enable`)
    assert.equal(await page.getByRole('link', { name: 'Catalog' }).count(), 0)

    await page.getByRole('link', { name: 'Skillkeeper' }).click()
    await page.getByRole('heading', { name: 'Ward' }).waitFor()
    assert.match(page.url(), /\/console\/p\//)
    await page.getByRole('rowheader', { name: 'Room 1' }).waitFor()
    assert.equal(await page.getByRole('button', { name: 'Turn a skill on' }).count(), 0)
    await page.getByText('Rooms are still loading').waitFor({ state: 'detached' })
    // The dialog of a change is loaded when it opens.
    const loaded: string[] = []
    page.on('request', (request) => void loaded.push(request.url()))
    await page.getByRole('columnheader', { name: /Nurse call/i }).press('Enter')
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    assert.deepEqual(
      loaded.filter((address) => address.includes('/change-dialog')),
      [],
    )
    await page.goto(`${url}/console/p/${unit('FOREIGN')}`)
    await page.getByRole('alert').getByText('Your role does not allow this').waitFor()

    await page.getByRole('button', { name: 'Menu of Nora Reyes' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByText('Your session has ended').waitFor()
    assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), [])
  })
})

test('A page at another port of this machine, with which the browser sends the cookie, gets no token and ends no session', async (t) => {
  if (!hasBrowser(t)) return
  const { url, call, stranger } = await openConsole(t, { catalog: hospitalCatalog })
  const at = `${url}/_skillkeeper/sessions/current`
  let shown = ''
  const attack = await listen(() => (request, response) => {
    shown += request.headers.cookie ?? ''
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><iframe src="${url}/console/"></iframe>
      <form method="post" enctype="text/plain" action="${at}/token"><input name="{" value="}"></form>`)
  })
  t.after(attack.stop)
  const page = await stranger()
  const answers: [method: string, status: number][] = []
  page.on('response', (response) => {
    if (response.url().startsWith(at)) answers.push([response.request().method(), response.status()])
  })
  await page.goto(attack.url)
  const read = await page.evaluate<string[]>(`Promise.all([
    ['POST', 'no-cors', 'text/plain'], ['POST', 'cors', 'text/plain'], ['POST', 'cors', 'application/json'], ['DELETE', 'cors', 'text/plain'],
  ].map(([method, mode, type]) =>
    fetch('${at}' + (method === 'POST' ? '/token' : ''), { method, mode, credentials: 'include', headers: { 'content-type': type }, ...(method === 'POST' && { body: '{}' }) })
      .then((answer) => answer.text(), () => 'refused')))`)
  assert.deepEqual(read, ['', 'refused', 'refused', 'refused'])
  assert.equal(await page.frameLocator('iframe').getByText('Skillkeeper').count(), 0)
  await page.evaluate('document.forms[0].submit()')
  await page.waitForURL(`${at}/token`)
  // A cookie knows no port.
  assert.match(shown, /skillkeeper-session=/)
  // The browser asks before it sends JSON or a DELETE, and is told no.
  assert.ok(answers.filter(([method]) => method === 'POST').length >= 2, JSON.stringify(answers))
  assert.deepEqual([...new Set(answers.map(([, status]) => status))], [403])
  const { body } = await call('GET', '/_skillkeeper/sessions')
  assert.equal((body as { items: unknown[] }).items.length, 1)
})

type Handover = (console: Console, page: Page) => Promise<void>

describe('An operator who signs in after a person sees the own data alone', () => {
  const handovers: readonly (readonly [name: string, handOver: Handover])[] = [
    [
      'in the same tab, after the person signed out',
      async ({ link }, page) => {
        await page.getByRole('button', { name: 'Menu of Nora Reyes' }).click()
        await page.getByRole('button', { name: 'Sign out' }).click()
        await page.getByLabel('One-time code').fill(await link())
        await page.getByRole('button', { name: 'Use code' }).click()
      },
    ],
    [
      'in another tab of the browser, while the page of the person stays open',
      async ({ call, link }, page) => {
        const other = await page.context().newPage()
        await other.goto(await link())
        await other.getByRole('link', { name: 'Catalog' }).waitFor()
        // The token of the person ends, and the page buys the next one with the cookie of the operator.
        const { body } = await call('GET', '/_skillkeeper/sessions')
        for (const { id, kind } of (body as { items: { id: string; kind: string }[] }).items)
          if (kind === 'person') await call('DELETE', `/_skillkeeper/sessions/${id}`)
        await page.getByRole('button', { name: 'Refresh' }).click()
      },
    ],
  ]
  for (const [name, handOver] of handovers)
    test(name, async (t) => {
      if (!hasBrowser(t)) return
      const console = await openConsole(t, { catalog: await catalogWithNora() })
      const page = await console.another()
      await page.goto(`${console.url}/console/history`)
      await signInAs(page, 'nora@example.org', passphrase)
      await page.getByRole('heading', { name: 'History' }).waitFor()
      await handOver(console, page)
      await page.getByRole('link', { name: 'Catalog' }).waitFor()
      assert.equal(await page.getByRole('button', { name: 'Menu of Nora Reyes' }).count(), 0)
    })
})

describe('An operator', () => {
  test('links a skill at its own authorize page, in a window that closes itself', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog: hospitalCatalog })
    await addLights(url, call)

    await page.goto(`${url}/console/u/${hospital.room}`)
    await page.getByRole('button', { name: 'Turn on: Lights' }).click()
    await page.getByRole('alert').filter({ hasText: /link/ }).waitFor()
    await page.getByRole('button', { name: 'Link: Lights' }).click()
    const [popup] = await Promise.all([
      page.waitForEvent('popup'),
      page.getByRole('button', { name: 'Open window' }).click(),
    ])
    const allow = popup.getByRole('button', { name: 'Allow' })
    await allow.waitFor()
    assert.equal(await popup.evaluate(() => Reflect.get(globalThis, 'opener')), null)
    const closed = popup.waitForEvent('close')
    await allow.click()
    await closed
    await page.getByText('Linked', { exact: false }).and(page.getByRole('status')).waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click()
    await page.getByRole('button', { name: 'Turn on: Lights' }).click()
    await page.getByRole('button', { name: 'Turn off: Lights' }).waitFor()
  })

  test('is told at once that the browser has blocked the window of a link', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog: hospitalCatalog })
    await addLights(url, call)
    // What window.open returns where windows are blocked.
    await page.addInitScript(() => Reflect.set(globalThis, 'open', () => null))
    await page.goto(`${url}/console/u/${hospital.room}`)
    await page.getByRole('button', { name: 'Link: Lights' }).click()
    await page.getByRole('button', { name: 'Open window' }).click()
    await page.getByRole('alert').filter({ hasText: 'blocked' }).waitFor()
    assert.ok(await page.getByRole('button', { name: 'Open window' }).isEnabled())
  })
})

async function catalogWithNora() {
  const passphraseHash = await hashPassphrase(passphrase)
  const person = { id: 'amzn1.account.NORA', name: 'Nora Reyes', email: 'nora@example.org', passphraseHash }
  const people = [{ ...person, roles: [{ unitId: hospital.ward, role: 'viewer' }] }]
  return { ...hospitalCatalog, people }
}

/** Adds a skill that is linked at the authorize page of the service. */
async function addLights(url: string, call: Console['call']): Promise<void> {
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
}
