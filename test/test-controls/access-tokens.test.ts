// Access tokens that a test makes past every check, and what a token says.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { startControlled } from '../support/controlled.ts'
import { operatorToken } from '../support/service.ts'

const nora = 'amzn1.account.NORA'
const catalog = {
  ...hospitalCatalog,
  people: [{ id: nora, name: 'Nora', roles: [{ unitId: hospital.ward, role: 'A4P.UnitAdmin' }] }],
}
const path = (unitId: string) => `/v1/skills/enablements?unitId=${unitId}`

describe('An access token that a test makes', () => {
  test('speaks for a person, who has her own roles and is named in refusals', async (t) => {
    const { control, ask } = await startControlled(t, { catalog })
    const made = await control('POST', '/tokens', { clientId: hospital.nobody, personId: nora })
    assert.equal(made.status, 201, made.text)
    assert.deepEqual([made.body.clientId, made.body.personId], [hospital.nobody, nora])
    const token = made.body.accessToken
    assert.equal((await ask('GET', path(hospital.room), { token })).status, 200)
    assert.equal((await ask('GET', path(hospital.foreignRoom), { token })).status, 403)
    const refusals = await ask('GET', '/_skillkeeper/refusals', { token: operatorToken })
    const [newest] = refusals.body.items
    assert.deepEqual([newest.clientId, newest.personId], [hospital.nobody, nora])
  })

  test('is not made for a client or a person that the catalog does not have', async (t) => {
    const { control } = await startControlled(t, { catalog })
    for (const body of [{ clientId: 'nobody-here' }, { personId: 'amzn1.account.NOBODY' }])
      assert.equal((await control('POST', '/tokens', body)).status, 404)
    assert.equal((await control('POST', '/tokens', { personId: 'Nora' })).status, 400)
  })

  test('can be read: whom it speaks for, until when, and whether it is accepted', async (t) => {
    const { control, ask, create } = await startControlled(t, { catalog })
    const now = '2027-01-01T00:00:00.000Z'
    const base = await create({ clock: { frozenAt: now } })
    const make = async (body: object) => (await control('POST', '/tokens', body, base)).body.accessToken
    const read = (accessToken: string) => control('POST', '/tokens/read', { accessToken }, base)
    const valid = await make({ clientId: hospital.admin, personId: nora })
    assert.deepEqual((await read(valid)).body, {
      clientId: hospital.admin,
      personId: nora,
      scopes: ['alexa::enterprise:management'],
      issuedAt: now,
      expiresAt: '2027-01-01T01:00:00.000Z',
      isAccepted: true,
    })
    const expired = (await read(await make({ clientId: hospital.admin, expired: true }))).body
    assert.deepEqual([expired.isAccepted, expired.expiresAt], [false, now])
    await ask('DELETE', `${base}/_skillkeeper/people/${nora}`, { token: operatorToken })
    assert.equal((await read(valid)).body.isAccepted, false)

    const elsewhere = (await control('POST', '/tokens', {})).body.accessToken
    for (const text of ['', 'Atza|made-up', `${valid}x`, elsewhere, operatorToken])
      assert.equal((await read(text)).status, 400, text)
  })
})
