import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { skill, smallCatalog, startOperatorService, unit } from '../support/operator.ts'

const lights = skill('lights')
const nora = 'amzn1.account.NORA'
const catalog = {
  ...smallCatalog,
  skills: [
    ...smallCatalog.skills,
    {
      id: lights,
      name: 'Lights',
      stages: ['live'],
      accountLinking: {
        accessTokenUri: 'https://provider.example/token',
        clientId: 'c',
        clientSecret: 'hush-skill',
        authenticationScheme: 'HTTP_BASIC',
        scopes: ['lights'],
      },
    },
  ],
  people: [
    {
      id: nora,
      name: 'Nora Reyes',
      email: 'nora@hospital.example',
      roles: [{ unitId: unit('W1'), role: 'A4P.UnitAdmin' }],
    },
    { id: 'amzn1.account.OMAR', name: 'Omar', email: 'omar@hospital.example', subject: 'omar' },
  ],
}
const secret = 'the secret of the nurse station'

describe('A change of one record', () => {
  test('changes what it names, and leaves the rest with its secrets and roles', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const before = (await service.ask('GET', '/clients/nurse-station')).body
    const changed = await service.ask('PATCH', '/clients/nurse-station', { name: 'Station 2' })
    assert.equal(changed.status, 200)
    assert.deepEqual(changed.body, { ...before, name: 'Station 2' })
    assert.deepEqual((await service.ask('GET', '/clients/nurse-station')).body, changed.body)
    assert.match(await service.tokenOf('nurse-station', secret), /^Atza/)

    const linking = await service.ask('PATCH', `/skills/${lights}`, {
      accountLinking: { scopes: ['a', 'b'] },
    })
    const { accountLinking } = Object(linking.body)
    assert.deepEqual(accountLinking.scopes, ['a', 'b'])
    assert.equal(accountLinking.hasClientSecret, true)
    assert.equal(accountLinking.clientId, 'c')

    const organization = await service.ask('PATCH', `/organizations/${unit('ORG1')}`, { country: 'DE' })
    assert.deepEqual(organization.body, {
      id: unit('ORG1'),
      name: 'Mercy Health',
      solution: 'healthcare',
      country: 'DE',
      requiresSubscription: false,
    })
    const person = await service.ask('PATCH', `/people/${nora}`, { email: 'reyes@hospital.example' })
    assert.equal(Object(person.body).email, 'reyes@hospital.example')
    assert.equal(Object(person.body).roles.length, 1)
  })

  test('removes what it sets to null, if it is optional', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const skillNow = await service.ask('PATCH', `/skills/${lights}`, { accountLinking: null })
    assert.equal('accountLinking' in skillNow.body, false)
    const client = await service.ask('PATCH', '/clients/nurse-station', { secret: null })
    assert.equal(client.body.hasSecret, false)
    const name = await service.ask('PATCH', `/people/${nora}`, { name: null })
    assert.equal(name.status, 400)
    assert.equal(name.body.message, 'The record has one problem:\nname is missing.')
  })

  test('a change that changes nothing is answered with the record, and is not in the log', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const answer = await service.ask('PATCH', `/people/${nora}`, { id: nora, name: 'Nora Reyes' })
    assert.equal(answer.status, 200)
    assert.deepEqual((await service.ask('GET', `/operations?requestId=${answer.requestId}`)).body.items, [])
  })

  test('the log says who changed which properties, and no secret', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const answer = await service.ask('PATCH', '/clients/nurse-station', { name: 'B', secret: 'hush-new' })
    const log = await service.ask('GET', `/operations?requestId=${answer.requestId}`)
    const [entry] = log.body.items
    assert.deepEqual(entry?.detail, {
      change: 'put',
      counts: { client: 1 },
      ids: ['nurse-station'],
      changed: [{ id: 'nurse-station', fields: ['name', 'secret'] }],
    })
    assert.equal(entry?.actor, 'operator')
    assert.doesNotMatch(log.text, /hush/)
  })

  test('is refused with the reason, and then changes nothing', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const omar = 'amzn1.account.OMAR'
    const cases: [path: string, body: unknown, status: number, message: RegExp][] = [
      ['/clients/nobody', { name: 'x' }, 404, /The client nobody can't be found/],
      ['/people/amzn1.account.NOBODY', { name: 'x' }, 404, /person/],
      [`/skills/${skill('none')}`, { name: 'x' }, 404, /skill/],
      [`/organizations/${unit('W1')}`, { name: 'x' }, 404, /organization/],
      ['/skills/amzn1.ask.skill.no such', { name: 'x' }, 400, /id is missing or invalid/],
      ['/clients/nurse-station', { id: 'other', name: 'x' }, 400, /An ID never changes/],
      [
        '/clients/nurse-station',
        { nmae: 'x' },
        400,
        /A property is unknown\. Known: name, secret, redirectUris/,
      ],
      ['/clients/nurse-station', { roles: [] }, 400, /A property is unknown/],
      [`/organizations/${unit('ORG1')}`, { units: [] }, 400, /A property is unknown/],
      ['/clients/nurse-station', '[]', 400, /must be an object/],
      ['/clients/nurse-station', undefined, 400, /must be an object/],
      ['/clients/nurse-station', { name: '' }, 400, /The record has one problem:\nname must not be empty/],
      ['/clients/nurse-station', { redirectUris: ['nowhere'] }, 400, /redirectUris\[0\] must be an absolute/],
      [`/skills/${skill('call')}`, { stages: [] }, 400, /stages must not be empty/],
      [`/skills/${skill('call')}`, { accountLinking: { clientId: 'c' } }, 400, /accessTokenUri is missing/],
      [`/skills/${lights}`, { accountLinking: { colour: 'red' } }, 400, /accountLinking\.colour is unknown/],
      [
        `/skills/${lights}`,
        { accountLinking: { accessTokenUri: 'https://thief.example/token' } },
        400,
        /accountLinking\.clientSecret is not stored here, or not for these addresses/,
      ],
      [
        `/skills/${lights}`,
        { accountLinking: { revocationUri: 'https://thief.example/revoke' } },
        400,
        /accountLinking\.clientSecret is not stored here/,
      ],
      [
        `/people/${omar}`,
        { email: 'NORA@hospital.example' },
        400,
        /email is that of amzn1\.account\.NORA already/,
      ],
      [`/people/${omar}`, { passphraseHash: { stored: true } }, 400, /passphraseHash is not stored here/],
      [`/people/${omar}`, { passphraseHash: { stored: false } }, 400, /passphraseHash\.stored must be true/],
      ['/clients/nurse-station', { name: 'x'.repeat(3_000_000) }, 413, /./],
    ]
    const before = (await service.ask('GET', '/catalog')).text
    for (const [path, body, status, message] of cases) {
      const answer = await service.ask('PATCH', path, body)
      assert.equal(answer.status, status, `${path} ${JSON.stringify(body)?.slice(0, 100)}: ${answer.text}`)
      assert.match(answer.body.message, message)
    }
    const [predefined] = (await service.ask('GET', '/skills?maxResults=100')).body.items.filter(
      ({ id }) => !id.includes('call') && id !== lights,
    )
    const fixed = await service.ask('PATCH', `/skills/${predefined?.id}`, { name: 'x' })
    assert.equal(fixed.status, 400)
    assert.match(fixed.body.message, /is pre-defined/)
    assert.equal((await service.ask('GET', '/catalog')).text, before)
  })

  test('changes of different properties at once all stay', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const changes = [
      { name: 'Station 7' },
      { redirectUris: ['https://station.example/'] },
      { grants: ['client_credentials'] },
    ]
    for (let round = 0; round < 5; round++) {
      await service.ask('PATCH', '/clients/nurse-station', { name: 'n', redirectUris: null, grants: null })
      const answers = await Promise.all(
        changes.map((body) => service.ask('PATCH', '/clients/nurse-station', body)),
      )
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200],
      )
      const { name, redirectUris, grants } = Object((await service.ask('GET', '/clients/nurse-station')).body)
      assert.deepEqual({ name, redirectUris, grants }, Object.assign({}, ...changes))
    }
  })

  test('removes no client of the demo catalog, which another catalog would', async (t) => {
    const service = await startOperatorService(t, { catalog: undefined })
    const ids = async () => (await service.ask('GET', '/clients')).body.items.map(({ id }) => id)
    const before = await ids()
    assert.equal(before.length, 3)
    await service.ask('PATCH', `/clients/${before[0]}`, { name: 'Mine' })
    assert.deepEqual(await ids(), before)
    await service.ask('POST', '/catalog', catalog)
    assert.deepEqual(await ids(), ['nurse-station'])
  })

  test('still works when a unit on which the record has a role is gone, and so does the saved file', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const role = { unitId: unit('R101'), role: 'A4P.UnitAdmin' }
    const client = { id: 'ward', secret: 'the secret of the ward', roles: [role] }
    const people = [{ id: nora, name: 'Nora Reyes', roles: [role] }]
    assert.equal((await service.ask('POST', '/catalog', { clients: [client], people })).status, 200)
    assert.equal((await service.ask('DELETE', `/units/${role.unitId}`)).status, 204)
    assert.equal((await service.ask('PATCH', '/clients/ward', { name: 'Ward' })).status, 200)
    assert.equal((await service.ask('PATCH', `/people/${nora}`, { name: 'Nora' })).status, 200)
    assert.equal((await service.ask('POST', '/clients/ward/secret')).status, 201)
    const { body: saved } = await service.ask('GET', '/catalog')
    assert.equal((await service.ask('POST', '/catalog', saved)).status, 200)
  })
})

describe('A new secret', () => {
  test('is shown once and works, and the old one no longer does', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const answer = await service.ask('POST', '/clients/nurse-station/secret')
    assert.equal(answer.status, 201)
    const { id, secret: fresh } = Object(answer.body)
    assert.equal(id, 'nurse-station')
    assert.match(fresh, /^[\w-]{43}$/)
    assert.match(await service.tokenOf('nurse-station', fresh), /^Atza/)
    assert.equal(await service.tokenOf('nurse-station', secret), undefined)
    const second = Object((await service.ask('POST', '/clients/nurse-station/secret')).body).secret
    assert.notEqual(second, fresh)
    for (const path of ['/clients', '/clients/nurse-station', '/catalog', '/operations'])
      assert.equal((await service.ask('GET', path)).text.includes(second), false)
  })

  test('makes a public client confidential, and is refused for a client that is not there', async (t) => {
    const service = await startOperatorService(t, { catalog: { ...catalog, clients: [{ id: 'public' }] } })
    const { secret: fresh } = Object((await service.ask('POST', '/clients/public/secret')).body)
    assert.match(await service.tokenOf('public', fresh), /^Atza/)
    assert.equal((await service.ask('POST', '/clients/nobody/secret')).status, 404)
  })
})
