// In which order rooms and wards stand on the screen.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasBrowser, openConsole } from '../support/browser.ts'
import { hospitalCatalog, unit } from '../support/catalogs.ts'

test('Rooms stand in the order in which people count, on the grid and on a phone', async (t) => {
  if (!hasBrowser(t)) return
  // The service has them in the order of their IDs: 10 before 2.
  const rooms = (ward: number) =>
    [10, 2, 1].map((at) => ({ id: unit(`W${ward}R${at}`), name: `Room ${at} of ward ${ward}` }))
  const wards = [10, 9].map((at) => ({ id: unit(`W${at}`), name: `Ward ${at}`, units: rooms(at) }))
  const organization = {
    id: unit('H'),
    name: 'Hospital',
    solution: 'healthcare',
    country: 'US',
    units: wards,
  }
  const { skills } = hospitalCatalog
  const { page, url, another, link } = await openConsole(t, {
    catalog: { organizations: [organization], skills },
  })
  await page.goto(`${url}/console/p/${unit('H')}`)
  await page.getByText('6 rooms').first().waitFor()
  const inOrder = [9, 10].flatMap((ward) => [
    `Ward ${ward}`,
    ...[1, 2, 10].map((at) => `Room ${at} of ward ${ward}`),
  ])
  const heads = await page.getByRole('rowheader').allInnerTexts()
  assert.deepEqual(
    heads.map((text) => /(Ward|Room) \d+( of ward \d+)?/.exec(text)?.[0]).filter(Boolean),
    inOrder,
  )
  const floors = await page.getByLabel('Ward or floor').getByRole('option').allInnerTexts()
  assert.deepEqual(
    floors.slice(1).map((text) => text.trim()),
    ['Ward 9', 'Ward 10'],
  )
  // What is closed leaves out what is below it, in this order, too.
  await page.goto(`${url}/console/p/${unit('H')}?floor=${unit('W10')}`)
  await page.getByText('3 rooms').first().waitFor()
  assert.deepEqual(
    (await page.getByRole('rowheader').allInnerTexts())
      .map((text) => /Room \d+/.exec(text)?.[0])
      .filter(Boolean),
    ['Room 1', 'Room 2', 'Room 10'],
  )
  const phone = await another({ viewport: { width: 390, height: 844 } })
  await phone.goto(await link())
  await phone.getByRole('navigation', { name: 'Screens' }).waitFor()
  await phone.goto(`${url}/console/p/${unit('H')}`)
  await phone.getByText('Room 2 of ward 9').waitFor()
  const text = (await phone.getByRole('main').textContent()) ?? ''
  const places = inOrder.filter((name) => name.startsWith('Room')).map((name) => text.indexOf(name))
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
  )
})
