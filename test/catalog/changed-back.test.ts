// A catalog of the start wins over what was changed meanwhile; the log says what it changed.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { temporaryFolder } from '../support/program.ts'
import { operatorToken, startService, type TestService } from '../support/service.ts'

const unit = (name: string) => `amzn1.alexa.unit.did.${name}`
const skill = (name: string) => `amzn1.ask.skill.${name}`

const linking = {
  accessTokenUri: 'https://provider.example/token',
  clientId: 'alexa',
  clientSecret: 'the-old-secret-of-the-skill',
  authenticationScheme: 'HTTP_BASIC',
}
const room = { id: unit('R1'), name: 'Room 1' }
const plainSkill = { id: skill('plain'), name: 'Plain', stages: ['live'] }
const linkedSkill = { id: skill('linked'), name: 'Linked', stages: ['live'], accountLinking: linking }
const desk = {
  id: 'front-desk',
  name: 'Front desk',
  secret: 'the-old-secret-of-the-desk',
  redirectUris: ['https://desk.example/cb'],
  roles: [{ unitId: unit('ORG'), role: 'A4P.UnitAdmin' }],
}
const other = {
  id: 'other',
  secret: 'the-secret-of-the-other',
  refreshToken: 'Atzr|the-refresh-token-of-the-other',
}
const tokens = { accessToken: 'the-old-access-token', refreshToken: 'the-old-refresh-token' }
const organization = {
  id: unit('ORG'),
  name: 'Mercy Health',
  solution: 'healthcare',
  country: 'US',
  delegatedLinks: [{ skillId: linkedSkill.id, ...tokens }],
}
const catalog = {
  organizations: [{ ...organization, units: [room] }],
  skills: [plainSkill, linkedSkill],
  clients: [desk, other],
}
const secrets = [
  ...[
    linking.clientSecret,
    desk.secret,
    other.secret,
    other.refreshToken,
    tokens.accessToken,
    tokens.refreshToken,
  ],
  'another-secret',
]

interface Line {
  readonly level: string
  readonly msg: string
  readonly changed: readonly object[]
  readonly added: readonly object[]
  readonly more: number
}

/** What the start said of the catalog, without the counts. */
function said(service: TestService): Line[] {
  const lines: Line[] = service.log.map((line) => JSON.parse(line))
  return lines.filter(({ msg }) => /^The catalog (replaces|adds)/.test(msg))
}

/** Starts with the catalog, lets somebody change something, and starts again with the same one. */
async function startTwice(
  t: TestContext,
  act: (service: TestService) => Promise<unknown>,
  content: object = catalog,
): Promise<TestService> {
  const data = temporaryFolder(t)
  const first = await startService(t, { data, catalog: content })
  assert.deepEqual(said(first), [])
  await act(first)
  await first.stop()
  return startService(t, { data, catalog: content })
}

const put = (content: object) => async (service: TestService) => {
  const { status, text } = await service.call('POST', '/_skillkeeper/catalog', {
    token: operatorToken,
    body: content,
  })
  assert.equal(status, 200, text)
}
const remove = (path: string) => async (service: TestService) => {
  const { status, text } = await service.call('DELETE', `/_skillkeeper${path}`, { token: operatorToken })
  assert.equal(status, 204, text)
}

const org = (more: object) => ({ organizations: [{ ...organization, ...more, delegatedLinks: [] }] })
const linked = (more: object) => ({ skills: [{ ...linkedSkill, accountLinking: { ...linking, ...more } }] })
const client = (more: object) => ({ clients: [{ ...desk, ...more }] })

const changes: readonly [change: object, kind: string, id: string, fields: readonly string[]][] = [
  [org({ name: 'Mercy' }), 'unit', organization.id, ['name']],
  [org({ country: 'UK' }), 'unit', organization.id, ['country']],
  [
    org({ solution: 'hospitality', requiresSubscription: true }),
    'unit',
    organization.id,
    ['solution', 'requiresSubscription'],
  ],
  [org({ units: [{ ...room, name: 'Room One' }] }), 'unit', room.id, ['name']],
  [{ skills: [{ ...plainSkill, name: 'Other' }] }, 'skill', plainSkill.id, ['name']],
  [{ skills: [{ ...plainSkill, stages: ['development', 'live'] }] }, 'skill', plainSkill.id, ['stages']],
  [{ skills: [{ ...plainSkill, accountLinking: linking }] }, 'skill', plainSkill.id, ['accountLinking']],
  [linked({ clientSecret: 'another-secret' }), 'skill', linkedSkill.id, ['accountLinking.clientSecret']],
  [
    linked({ accessTokenUri: 'https://other.example/token', skipOnEnablement: true }),
    'skill',
    linkedSkill.id,
    ['accountLinking.accessTokenUri', 'accountLinking.skipOnEnablement'],
  ],
  [
    linked({ revocationUri: 'https://provider.example/revoke' }),
    'skill',
    linkedSkill.id,
    ['accountLinking.revocationUri'],
  ],
  [client({ name: 'Desk' }), 'client', desk.id, ['name']],
  [client({ secret: 'another-secret' }), 'client', desk.id, ['secret']],
  [client({ secret: 'demo-secret' }), 'client', desk.id, ['secret']],
  [client({ redirectUris: [] }), 'client', desk.id, ['redirectUris']],
  [client({ roles: [], grants: ['refresh_token'] }), 'client', desk.id, ['roles', 'grants']],
  [
    {
      organizations: [
        {
          ...organization,
          delegatedLinks: [{ skillId: linkedSkill.id, ...tokens, accessToken: 'another-secret' }],
        },
      ],
    },
    'delegatedLink',
    `${organization.id} ${linkedSkill.id}`,
    ['tokens'],
  ],
]

describe('A start with the catalog of before', () => {
  for (const [index, [change, kind, id, fields]] of changes.entries()) {
    test(`says that it changes ${fields.join(' and ')} of a ${kind} back (${index + 1})`, async (t) => {
      const service = await startTwice(t, put(change))
      const [line, ...others] = said(service)
      assert.deepEqual([line?.level, line?.changed, others], ['warn', [{ kind, id, fields }], []])
      assert.ok(
        line?.msg.startsWith(`The catalog replaces stored values: ${kind} ${id} (${fields.join(', ')}).`),
      )
      assert.deepEqual(
        secrets.filter((secret) => service.log.join('').includes(secret)),
        [],
      )
      const log = await service.call('GET', '/_skillkeeper/operations?operation=catalog&maxResults=1', {
        token: operatorToken,
      })
      const [{ detail }] = JSON.parse(log.text).items
      assert.deepEqual([detail.source, detail.changed], ['start', [{ id, fields }]])
    })
  }

  const removals: readonly [path: string, added: readonly object[]][] = [
    [`/units/${room.id}`, [{ kind: 'unit', id: room.id }]],
    [`/skills/${plainSkill.id}`, [{ kind: 'skill', id: plainSkill.id }]],
    [`/clients/${desk.id}`, [{ kind: 'client', id: desk.id }]],
    [
      `/clients/${other.id}`,
      [
        { kind: 'client', id: other.id },
        { kind: 'refreshToken', id: other.id },
      ],
    ],
    [
      `/organizations/${organization.id}/delegated-links/${linkedSkill.id}`,
      [{ kind: 'delegatedLink', id: `${organization.id} ${linkedSkill.id}` }],
    ],
  ]
  for (const [path, added] of removals) {
    test(`says that it brings back what was removed at ${path.split('/')[1]} (${added.length})`, async (t) => {
      const service = await startTwice(t, remove(path))
      assert.deepEqual(
        said(service).map((line) => [line.level, line.added]),
        [['info', added]],
      )
    })
  }

  test('says nothing where nothing was changed, or only what the catalog does not have', async (t) => {
    assert.deepEqual(said(await startTwice(t, async () => {})), [])
    const more = { skills: [{ id: skill('more'), name: 'More', stages: ['live'] }] }
    assert.deepEqual(said(await startTwice(t, put(more))), [])
  })

  test('names what a client has renamed, too', async (t) => {
    const service = await startTwice(t, async (first) => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: desk.id,
        client_secret: desk.secret,
        scope: 'alexa::enterprise:management',
      })
      const { body } = await first.call('POST', '/auth/o2/token', { body: form.toString() })
      const renamed = await first.call('PUT', `/v2/units/${room.id}`, {
        token: body.access_token,
        body: { name: { type: 'PLAIN', value: { text: 'Room 1a' } } },
      })
      assert.equal(renamed.status, 200, renamed.text)
    })
    assert.deepEqual(said(service)[0]?.changed, [{ kind: 'unit', id: room.id, fields: ['name'] }])
  })

  test('names the first twenty, and how many more there are', async (t) => {
    const skills = Array.from({ length: 50 }, (_, n) => ({ ...plainSkill, id: skill(`s-${n}`) }))
    const renamed = skills.map((one) => ({ ...one, name: 'Renamed' }))
    const [line] = said(await startTwice(t, put({ skills: renamed }), { skills }))
    assert.deepEqual([line?.changed.length, line?.more], [20, 30])
    assert.match(line?.msg ?? '', /skill amzn1\.ask\.skill\.s-19 \(name\) and 30 more\./)
  })
})
