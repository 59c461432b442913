import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { skill, smallCatalog, startOperatorService, unit } from '../support/operator.ts'

const hash = `$scrypt$ln=14,r=8,p=1$${'a'.repeat(22)}$${'b'.repeat(43)}`
const rooms = Array.from({ length: 1200 }, (_, at) => ({
  id: unit(`X${String(at).padStart(4, '0')}`),
  name: `Room ${at}`,
}))
const catalog = {
  organizations: [
    ...smallCatalog.organizations,
    {
      id: unit('ORG2'),
      name: 'Hotel',
      solution: 'hospitality',
      country: 'FR',
      requiresSubscription: true,
      units: [
        { id: unit('F1'), name: 'Floor 1', units: rooms },
        { id: unit('F2'), name: 'Floor 2' },
      ],
    },
  ],
  skills: [
    ...smallCatalog.skills,
    {
      id: skill('lights'),
      name: 'Lights',
      stages: ['development', 'live'],
      accountLinking: {
        accessTokenUri: '/auth/o2/token',
        clientId: 'linker',
        clientSecret: 'hush-skill',
        authenticationScheme: 'HTTP_BASIC',
        skipOnEnablement: true,
        authorizationUri: 'https://provider.example/authorize',
        scopes: ['lights'],
      },
    },
  ],
  clients: [
    ...smallCatalog.clients,
    { id: 'linker', name: 'Linker', secret: 'hush', redirectUris: ['app://cb'], grants: ['refresh_token'] },
    { id: 'public', name: 'Public' },
  ],
  people: [
    { id: 'amzn1.account.NORA', name: 'Nora', email: 'n@x.example', passphraseHash: hash, subject: 'nora' },
    {
      id: 'amzn1.account.OMAR',
      name: 'Omar',
      roles: [{ unitId: unit('F1'), role: 'viewer' }],
    },
  ],
}

describe('The catalog as a file', () => {
  test('has what was loaded, with a mark in the place of each secret', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const answer = await service.ask('GET', '/catalog')
    assert.equal(answer.status, 200)
    const text = JSON.stringify(catalog).replace(
      /"(secret|clientSecret|passphraseHash)":"[^"]*"/g,
      '"$1":{"stored":true}',
    )
    const wanted = JSON.parse(text)
    const { organizations, skills, clients, people } = Object(answer.body)
    assert.deepEqual(organizations, wanted.organizations)
    assert.deepEqual(skills, byId(wanted.skills))
    assert.deepEqual(clients, byId(wanted.clients.map(named)))
    assert.deepEqual(people, wanted.people)
  })

  test('changes nothing when the same service loads it, and each secret still works', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const { text } = await service.ask('GET', '/catalog')
    assert.equal((await service.ask('POST', '/catalog', text)).body.changed, 0)
    assert.match(await service.tokenOf('nurse-station', smallCatalog.clients[0]?.secret ?? ''), /^Atza/)

    const file = JSON.parse(text)
    file.clients[1].name = 'Renamed'
    assert.equal((await service.ask('POST', '/catalog', file)).body.changed, 1)
    assert.match(await service.tokenOf('nurse-station', smallCatalog.clients[0]?.secret ?? ''), /^Atza/)
  })

  test('names each secret that another service does not have, and is not loaded there', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const { text } = await service.ask('GET', '/catalog')
    const other = await startOperatorService(t, { catalog: {} })
    const answer = await other.ask('POST', '/catalog', text)
    assert.equal(answer.status, 400)
    for (const place of [
      'skills[0].accountLinking.clientSecret',
      'skills[1].accountLinking.clientSecret',
      'clients[0].secret',
      'clients[1].secret',
      'people[0].passphraseHash',
    ])
      assert.equal(
        answer.body.message.includes(`${place} `),
        place !== 'skills[0].accountLinking.clientSecret',
      )
    assert.deepEqual((await other.ask('GET', '/clients')).body.items, [])
  })

  test('is for the operator alone', async (t) => {
    const service = await startOperatorService(t, { catalog })
    const token = await service.tokenOf('nurse-station', smallCatalog.clients[0]?.secret ?? '')
    assert.equal((await service.call(token, 'GET', '/_skillkeeper/catalog')).status, 401)
  })
})

const byId = <One extends { id: string }>(records: readonly One[]) =>
  records.toSorted((one, other) => (one.id < other.id ? -1 : 1))
const named = <One extends { id: string; name?: string }>(client: One) => ({
  ...client,
  name: client.name ?? client.id,
})
