// What the console says of a change that did not do everything.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Console, hasBrowser, openConsole } from '../support/browser.ts'
import { hospital, skill, unit } from '../support/catalogs.ts'
import { largeProperty } from '../support/large-property.ts'

/** Their names have no letter that may stand in a partition: the service refuses them. */
const refusedCount = 250
const rooms = Array.from({ length: refusedCount }, (_, at) => ({
  id: unit(`R${at}`),
  name: '個'.repeat(at + 1).slice(0, 200),
}))
const refusing = {
  organizations: [
    { id: hospital.organization, name: 'Hospital', solution: 'healthcare', country: 'US', units: rooms },
  ],
  skills: [{ id: hospital.menu, name: 'Menu', stages: ['live'] }],
}
const allRooms = {
  action: 'enable',
  skillIds: [hospital.menu],
  units: { ids: rooms.map(({ id }) => id) },
  partition: 'unit-name',
}

interface Change {
  readonly id: string
  readonly status: string
  readonly counts: Readonly<Record<'total' | 'waiting' | 'refused' | 'gone' | 'done', number>>
}

test('The preview of a change is read once when several skills are ticked in a row', async (t) => {
  if (!hasBrowser(t)) return
  const { page, url } = await openConsole(t, { catalog: largeProperty(100, 5) })
  await page.clock.install()
  await page.goto(`${url}/console/p/${unit('LARGE')}`)
  await page.getByRole('button', { name: 'Turn a skill on' }).click()
  const boxes = page.getByRole('dialog').getByRole('checkbox')
  await boxes.first().waitFor()
  const asked: number[] = []
  page.on('request', (request) => {
    if (!request.url().endsWith('/changes/preview')) return
    asked.push((request.postDataJSON() as { skillIds: string[] }).skillIds.length)
  })
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1000)
  const all = await boxes.all()
  assert.ok(all.length >= 5)
  for (const box of all) await box.check()
  const answered = page.waitForResponse(/changes\/preview$/)
  await page.clock.runFor(300)
  await answered
  assert.deepEqual(asked, [all.length])
  await page.clock.resume()
  await page.getByRole('button', { name: /^Turn on \([1-9]/ }).waitFor()
})

describe('The result of a change', () => {
  test('lists everything that was refused, and what is gone when it is tried again', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog: refusing })
    const { id } = await ended(call, await start(call, allRooms))
    await page.goto(`${url}/console/changes/${id}`)
    const items = page.getByRole('list', { name: 'refused' }).getByRole('listitem')
    await items.first().waitFor()
    assert.equal(await items.count(), 200)
    await page.getByText('and 50 more').waitFor()
    await page.getByRole('button', { name: 'Show more' }).click()
    await page.getByText('and 50 more').waitFor({ state: 'detached' })
    assert.equal(await items.count(), refusedCount)

    assert.equal((await call('DELETE', `/_skillkeeper/units/${unit('R0')}`)).status, 204)
    await page.getByRole('button', { name: 'Retry 250' }).click()
    await page
      .getByRole('heading', { name: /^Retry/ })
      .first()
      .waitFor()
    await page.getByRole('list', { name: 'no longer there' }).getByRole('listitem').waitFor()
  })

  test('offers to retry what a stop left over', async (t) => {
    if (!hasBrowser(t)) return
    const { page, url, call } = await openConsole(t, { catalog: largeProperty(1000, 50) })
    const skillIds = Array.from({ length: 50 }, (_, at) => skill(`s${at + 1}`))
    const many = { action: 'enable', skillIds, units: { under: unit('LARGE') } }
    const { id } = await start(call, many)
    await call('POST', `/_skillkeeper/changes/${id}/cancel`)
    const { counts } = await ended(call, { id })
    assert.ok(counts.waiting > 0)
    await page.goto(`${url}/console/changes/${id}`)
    const left = (counts.waiting + counts.refused + counts.gone).toLocaleString('en')
    await page.getByRole('button', { name: `Retry ${left}` }).waitFor()
    await page.getByText('not done', { exact: true }).first().waitFor()
  })

  for (const step of ['retry', 'undo'] as const)
    test(`starts one ${step} if the answer is lost and the button is pressed again`, async (t) => {
      if (!hasBrowser(t)) return
      const { page, url, call } = await openConsole(t, { catalog: refusing })
      const request = step === 'retry' ? allRooms : { ...allRooms, partition: 'none' }
      const { id } = await ended(call, await start(call, request))
      let isLost = false
      await page.route(new RegExp(`/changes/${id}/${step}$`), async (route) => {
        if (isLost) return route.continue()
        isLost = true
        await route.fetch()
        await route.abort()
      })
      await page.goto(`${url}/console/changes/${id}`)
      if (step === 'undo') await page.getByRole('button', { name: 'Undo 250 …' }).click()
      const button = page.getByRole('button', {
        name: step === 'retry' ? 'Retry 250' : 'Undo 250',
        exact: true,
      })
      await button.click()
      await page.getByRole('main').getByRole('alert').first().waitFor()
      await button.click()
      await page
        .getByRole('heading', { name: step === 'retry' ? /^Retry/ : /^Undo/ })
        .first()
        .waitFor()
      const { body } = await call('GET', '/_skillkeeper/changes')
      assert.equal((body as { items: Change[] }).items.length, 2)
    })
})

async function start(call: Console['call'], body: unknown): Promise<Change> {
  const answer = await call('POST', '/_skillkeeper/changes', body)
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
  return answer.body as Change
}

/** Waits until a change no longer runs. */
async function ended(call: Console['call'], { id }: Pick<Change, 'id'>): Promise<Change> {
  for (;;) {
    const { body } = await call('GET', `/_skillkeeper/changes/${id}`)
    if ((body as Change).status !== 'running') return body as Change
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
