// The console when the service is away, a session ends, a room goes, two people work at once, or a name is hostile.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { StartOptions } from '../../src/app/index.ts'
import { hashPassphrase } from '../../src/oauth/passphrases.ts'
import { hasBrowser, openConsole, signInAs } from '../support/browser.ts'
import { client, hospital, hospitalCatalog, skill, unit } from '../support/catalogs.ts'
import { largeProperty } from '../support/large-property.ts'
import { temporaryFolder } from '../support/program.ts'

const matrix = `/console/p/${hospital.organization}`

describe('The console stays honest', () => {
  test('when the service is gone, and works again when it is back', { timeout: 120_000 }, async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, stop, restart } = await openConsole(t, {
      catalog: hospitalCatalog,
      data: temporaryFolder(t),
    })
    await page.goto(url + matrix)
    await page.getByRole('rowheader', { name: 'Room 1' }).waitFor()
    await stop()
    await page.getByRole('alert').filter({ hasText: 'No connection to the service' }).waitFor()
    // What was read stays.
    await page.getByRole('rowheader', { name: 'Room 1' }).waitFor()
    await restart()
    await page.getByText('No connection to the service').waitFor({ state: 'detached' })
    await page.getByText('live', { exact: true }).first().waitFor()
  })

  test('when the session is ended elsewhere, and goes on where it was after a new sign-in', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call, link } = await openConsole(t, { catalog: hospitalCatalog })
    await page.goto(`${url}/console/history`)
    await page.getByRole('table').waitFor()
    const { body } = await call('GET', '/_skillkeeper/sessions')
    for (const { id } of (body as { items: { id: string }[] }).items)
      await call('DELETE', `/_skillkeeper/sessions/${id}`)
    await page.getByRole('button', { name: 'Refresh' }).click()
    await page.getByText('Your session has ended').waitFor()
    await page.getByLabel('One-time code').fill(await link())
    await page.getByRole('button', { name: 'Use code' }).click()
    await page.getByRole('heading', { name: 'History' }).waitFor()
  })

  test('while rooms still load: no change begins that would leave out the rest', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url } = await openConsole(t, { catalog: largeProperty(1200, 2) })
    let loadRest = () => {}
    const isAllowed = new Promise<void>((resolve) => {
      loadRest = resolve
    })
    await page.route(/\/matrix\?.*after=/, async (route) => {
      await isAllowed
      await route.continue()
    })
    await page.goto(`${url}/console/p/${unit('LARGE')}`)
    await page.getByText('Rooms are still loading').waitFor()
    for (const name of ['Turn a skill on', 'Turn a skill off'])
      assert.ok(await page.getByRole('button', { name }).isDisabled(), name)
    await page.getByRole('columnheader', { name: 'Skill 01' }).press('Enter')
    loadRest()
    await page.getByText('Rooms are still loading').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Turn a skill on' }).click()
    await page.getByRole('dialog', { name: 'Turn on in 1,200 rooms' }).waitFor()
  })

  test('when a room is removed while its panel is open', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog: hospitalCatalog })
    await page.goto(`${url}${matrix}?room=${hospital.room}`)
    await page.getByRole('button', { name: 'Turn on: Menu' }).waitFor()
    const { status } = await call('DELETE', `/_skillkeeper/units/${hospital.room}`)
    assert.equal(status, 204)
    await page.getByRole('button', { name: 'Turn on: Menu' }).click()
    await page.getByRole('dialog').getByRole('alert').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('rowheader', { name: 'Room 1' }).waitFor({ state: 'detached' })
  })

  test('when two people change one room: each sees what the other did', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, another, link } = await openConsole(t, { catalog: hospitalCatalog })
    const other = await another()
    await other.goto(await link())
    await other.getByRole('navigation', { name: 'Screens' }).waitFor()
    for (const one of [page, other]) {
      await one.goto(url + matrix)
      await one.getByText('live', { exact: true }).first().waitFor()
    }
    await page.getByRole('gridcell', { name: 'Room 1, Menu, off' }).click()
    await page.getByRole('button', { name: 'Turn on: Menu' }).click()
    await other.getByRole('gridcell', { name: 'Room 1, Menu, on', exact: true }).waitFor()
    await other.getByRole('gridcell', { name: 'Room 1, Menu, on' }).click()
    await other.getByRole('button', { name: 'Turn off: Menu' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Turn on: Menu' }).waitFor()
    // Both know when that was, and can look for it.
    await other.keyboard.press('Escape')
    await other.getByRole('gridcell', { name: /^Room 1, last change: \d/ }).waitFor()
    await other.getByLabel('Last change', { exact: true }).selectOption('in the last hour')
    await other.getByText('1 room', { exact: true }).waitFor()
    assert.equal(await other.getByRole('rowheader', { name: /^Select Room|Room \d/ }).count(), 1)
  })

  test('when each stream begins with a reset: what is shown stays, and is not read without a pause', async (t) => {
    if (!hasBrowser(t)) return
    const passphrase = 'correct horse battery staple'
    const roles = [{ unitId: hospital.organization, role: 'viewer' }]
    const passphraseHash = await hashPassphrase(passphrase)
    const people = [
      { id: 'amzn1.account.NORA', name: 'Nora', email: 'nora@example.org', passphraseHash, roles },
    ]
    const [organization, other] = hospitalCatalog.organizations
    const rooms = Array.from({ length: 1500 }, (_, number) => ({
      id: unit(`R${number}`),
      name: `R ${number}`,
    }))
    const units = [...(organization?.units ?? []), ...rooms]
    const large = { ...hospitalCatalog, organizations: [{ ...organization, units }, other], people }
    const { url, another, call } = await openConsole(t, { catalog: large as StartOptions['catalog'] })
    const page = await another()
    await page.goto(url + matrix)
    await signInAs(page, 'nora@example.org', passphrase)
    await page.locator('[aria-rowcount="1505"]').waitFor()
    await page.getByText('live', { exact: true }).first().waitFor()
    const counts = await page.evaluateHandle<string[]>(`(() => {
      const seen = []
      const look = () => seen.push(document.querySelector('[aria-rowcount]')?.getAttribute('aria-rowcount'))
      new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true })
      return seen
    })()`)
    let reads = 0
    page.on('request', (request) => {
      if (/\/matrix\?/.test(request.url())) reads += 1
    })
    for (const name of ['One', 'Two']) {
      const renamed = { ...organization, name, units: undefined }
      const { status } = await call('POST', '/_skillkeeper/catalog', { organizations: [renamed] })
      assert.equal(status, 200)
    }
    // A stream looks five seconds back from its position, and the first of the two is a reset for this person.
    await page.waitForTimeout(6000)
    await page.getByRole('rowheader', { name: 'Two' }).waitFor()
    assert.deepEqual([...new Set(await counts.jsonValue())], ['1505'])
    // The pauses are one, two and four seconds: at most four readings of two pages.
    assert.ok(reads >= 2 && reads <= 8, `${reads} pages were read.`)
  })

  test('when names are hostile, long or go from right to left: they are text, and no list breaks', async (t) => {
    if (!hasBrowser(t)) return
    const long = 'W'.repeat(250)
    const hostile = '<img src=x onerror=alert(1)>'
    const names = [long, hostile, 'غرفة 101 (العناية)', '🛏'.repeat(120), '"; DROP TABLE', '{{7*7}}', '%00']
    const units = names.map((name, at) => ({ id: unit(`ODD${at}`), name }))
    const organization = { id: unit('ODD'), name: hostile, solution: 'hospitality', country: 'US' }
    const skills = [long, hostile].map((name, at) => ({ id: skill(`odd-${at}`), name, stages: ['live'] }))
    const passphraseHash = await hashPassphrase('correct horse battery staple')
    const catalog = {
      organizations: [{ ...organization, units: [{ id: unit('ODD-WARD'), name: long, units }] }],
      skills,
      clients: [long, hostile].map((name, at) => ({
        id: client(`odd-${at}`),
        name,
        secret: `the-secret-of-client-${at}`,
        roles: [{ unitId: unit('ODD'), role: 'viewer' }],
      })),
      people: [long, hostile].map((name, at) => {
        const email = `${'p'.repeat(60)}${at}@example.org`
        return { id: `amzn1.account.ODD${at}`, name, email, passphraseHash, roles: [] }
      }),
    }
    const { page, url, call } = await openConsole(t, { catalog })
    // A text that turns others around is no name, and neither is an empty one or one of 10 kB.
    for (const name of ['\u202eevil\u202c', '', 'W'.repeat(10_000)]) {
      const { status } = await call('POST', '/_skillkeeper/catalog', {
        organizations: [{ ...organization, name }],
      })
      assert.equal(status, 400, name.slice(0, 20))
    }
    const change = { action: 'enable', skillIds: skills.map(({ id }) => id), units: { under: unit('ODD') } }
    assert.equal((await call('POST', '/_skillkeeper/changes', change)).status, 202)
    const screens: readonly (readonly [address: string, shown: readonly string[], width?: number])[] = [
      ['/', [hostile, long]],
      [`/p/${unit('ODD')}`, [...names, hostile]],
      [`/p/${unit('ODD')}`, names, 390],
      [`/u/${unit('ODD0')}`, [long, hostile], 390],
      [`/u/${unit('ODD1')}`, [long, hostile]],
      ['/history', [long, hostile]],
      ['/catalog/organizations', [hostile]],
      ['/catalog/skills', [long, hostile]],
      ['/catalog/clients', [long, hostile]],
      ['/catalog/people', [long, hostile]],
    ]
    for (const [address, shown, width = 1280] of screens) {
      await page.setViewportSize({ width, height: 800 })
      await page.goto(`${url}/console${address}`)
      await page.getByRole('main').locator('h1').first().waitFor()
      for (const name of shown)
        await page.getByRole('main').getByText(name).filter({ visible: true }).first().waitFor()
      assert.equal(await page.locator('main img, main b').count(), 0, address)
      const wide = await page.evaluate<number>('document.documentElement.scrollWidth')
      assert.ok(wide <= width, `${address}: ${wide} of ${width} pixels`)
    }
    await page
      .getByRole('row', { name: hostile })
      .getByRole('button', { name: /^Delete/ })
      .click()
    await page.getByRole('dialog').getByText(hostile).first().waitFor()
  })
})
