import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { Compile } from 'typebox/schema'
import { catalogSchema, checkCatalogFile } from '../../src/app/catalog-file.ts'
import demoCatalog from '../../src/app/demo-catalog.json' with { type: 'json' }
import { skill, unit } from '../support/operator.ts'
import { runProgram, temporaryFolder } from '../support/program.ts'

const organization = { id: unit('ORG'), name: 'Org', solution: 'healthcare', country: 'US' }

describe('A catalog file', () => {
  test('is good when it is the demo catalog, which has enough skills for two pages', (t) => {
    assert.deepEqual(check(t, demoCatalog), { problems: [], notes: [] })
    assert.ok(demoCatalog.skills.filter((entry) => entry.stages.includes('live')).length > 10)
  })

  test('may be empty', (t) => {
    assert.deepEqual(check(t, {}).problems, [])
  })

  test('is told every problem with its place', (t) => {
    const { problems } = check(t, {
      organizations: [
        {
          ...organization,
          country: 'GB',
          units: [
            { id: unit('A'), name: 'A', units: [{ id: 'b', nam: 'B' }] },
            { id: unit('C'), name: 3, units: [{ id: unit('A'), name: 'A again' }] },
          ],
        },
        null,
      ],
      skils: [],
      skills: [
        { id: skill('s'), name: 'S', stages: ['live', 'live', 'beta'] },
        { id: skill('t'), name: 'T', stages: [] },
      ],
      clients: [{ id: 'c', refreshToken: 'not-to-be-shown', roles: [{ unitId: unit('ORG'), role: 'Boss' }] }],
    })
    assert.deepEqual(problems, [
      'skils is unknown. Known: organizations, skills, clients, people.',
      'organizations[0].country must be one of "US", "UK", "FR", "CA", "IT", "DE", "ES", "JP".',
      'organizations[0].units[0].units[0].name is missing.',
      'organizations[0].units[0].units[0].id has the wrong form. Unit ID, in the format "amzn1.alexa.unit.did.{id}" or "amzn1.alexa.unit.{id}".',
      'organizations[0].units[0].units[0].nam is unknown. Known: id, name, units.',
      'organizations[0].units[1].name must be a string. A name for people, 1 to 250 characters, none of them a control character or invisible.',
      `organizations[0].units[1].units[0].id ${unit('A')} is also at organizations[0].units[0].`,
      'organizations[1] must be an object.',
      'skills[0].stages[1] occurs twice.',
      'skills[0].stages[2] must be one of "development", "certification", "live".',
      'skills[1].stages must not be empty.',
      'clients[0].refreshToken has the wrong form. A refresh token that the client already has: "Atzr|" and 8 to 2,000 printable characters.',
      'clients[0].roles[0].role must be one of "A4H.OrgAdmin", "A4P.UnitAdmin", "viewer".',
    ])
  })

  test('is told each mistake once, and nothing that is only the consequence of another', (t) => {
    const linking = {
      accessTokenUri: 'https://skill.example/token',
      clientId: 'c',
      clientSecret: 'a-secret-of-the-skill',
      authenticationScheme: 'HTTP_BASIC',
    }
    const wrong = { nme: 'x' }
    const skills = [{ id: skill('s'), name: 'S', stages: ['live'], accountLinking: linking }]
    const links = [{ skillId: skill('s'), accessToken: 'an-access-token', refreshToken: 'a-refresh-token' }]
    const units = [{ id: unit('A'), name: 'A' }]
    const roles = ['ORG', 'A'].map((id) => ({ unitId: unit(id), role: 'A4P.UnitAdmin' }))
    const organizations = [{ ...organization, units, delegatedLinks: links }]
    const clients = [{ id: 'c', refreshToken: 'Atzr|the-token', redirectUris: ['https://c.example/'], roles }]
    const good = { organizations, skills, clients }
    assert.deepEqual(check(t, good), { problems: [], notes: [] })
    // Each record with one mistake more: nothing else is told of it.
    for (const [place, catalog] of [
      ['organizations[0].nme', { ...good, organizations: [{ ...organizations[0], ...wrong }] }],
      [
        'organizations[0].units[0].nme',
        { ...good, organizations: [{ ...organizations[0], units: [{ ...units[0], ...wrong }] }] },
      ],
      [
        'organizations[0].delegatedLinks[0].nme',
        { ...good, organizations: [{ ...organizations[0], delegatedLinks: [{ ...links[0], ...wrong }] }] },
      ],
      ['organizations[0].country', { ...good, organizations: [{ ...organizations[0], country: 'GB' }] }],
      ['skills[0].nme', { ...good, skills: [{ ...skills[0], ...wrong }] }],
      [
        'skills[0].accountLinking.nme',
        { ...good, skills: [{ ...skills[0], accountLinking: { ...linking, ...wrong } }] },
      ],
      ['clients[0].nme', { ...good, clients: [{ ...clients[0], ...wrong }] }],
      [
        'clients[0].roles[0].unitId',
        { ...good, clients: [{ ...clients[0], roles: [{ ...roles[0], unitId: 'ORG' }] }] },
      ],
      [
        'skills[0].accountLinking.accessTokenUri',
        { ...good, skills: [{ ...skills[0], accountLinking: { ...linking, accessTokenUri: '' } }] },
      ],
    ] as const) {
      const { problems, notes } = check(t, catalog)
      assert.deepEqual([problems.map((problem) => problem.split(' ')[0]), notes], [[place], []])
    }
    // Everything that is wrong with records that have a wrong form besides.
    const badSkill = {
      ...skills[0],
      ...wrong,
      accountLinking: { ...linking, accessTokenUri: 'http://else.example/' },
    }
    const badClient = { ...clients[0], ...wrong, redirectUris: ['no-address'] }
    const badOrganization = { ...organizations[0], ...wrong, delegatedLinks: [links[0], links[0]] }
    const { problems, notes } = check(t, {
      organizations: [badOrganization, badOrganization],
      skills: [badSkill, badSkill],
      clients: [badClient, badClient],
    })
    assert.deepEqual(notes, [])
    assert.deepEqual(problems.map((problem) => problem.split(' ')[0]).sort(), [
      'clients[0].nme',
      'clients[0].redirectUris[0]',
      'clients[1].id',
      'clients[1].nme',
      'clients[1].redirectUris[0]',
      'clients[1].refreshToken',
      'organizations[0].delegatedLinks[1]',
      'organizations[0].nme',
      'organizations[1].delegatedLinks[1]',
      'organizations[1].id',
      'organizations[1].nme',
      'organizations[1].units[0].id',
      'skills[0].accountLinking.accessTokenUri',
      'skills[0].nme',
      'skills[1].accountLinking.accessTokenUri',
      'skills[1].id',
      'skills[1].nme',
    ])
  })

  test('has each ID once, and a unit under one parent', (t) => {
    const { problems } = check(t, {
      organizations: [
        { ...organization, units: [{ id: unit('A'), name: 'A' }] },
        {
          ...organization,
          id: unit('ORG2'),
          units: [
            { id: unit('A'), name: 'A' },
            { id: unit('ORG'), name: 'x' },
          ],
        },
      ],
      skills: [
        { id: skill('s'), name: 'S', stages: ['live'] },
        { id: skill('s'), name: 'S', stages: ['live'] },
      ],
      clients: [
        { id: 'c', refreshToken: 'Atzr|the-same' },
        { id: 'd', refreshToken: 'Atzr|the-same' },
        { id: 'c' },
      ],
    })
    assert.deepEqual(problems, [
      `organizations[1].units[0].id ${unit('A')} is also at organizations[0].units[0].`,
      `organizations[1].units[1].id ${unit('ORG')} is also at organizations[0].`,
      `skills[1].id ${skill('s')} is also at skills[0].`,
      'clients[2].id c is also at clients[0].',
      'clients[1].refreshToken is the same as clients[0].refreshToken.',
    ])
  })

  test('has at most 15 levels of units below an organization', (t) => {
    const nested = (levels: number): object => ({
      id: unit(`L${levels}`),
      name: 'level',
      ...(levels > 1 && { units: [nested(levels - 1)] }),
    })
    assert.deepEqual(check(t, { organizations: [{ ...organization, units: [nested(15)] }] }).problems, [])
    const { problems } = check(t, { organizations: [{ ...organization, units: [nested(16)] }] })
    assert.equal(problems.length, 1)
    assert.match(problems[0] ?? '', /^organizations\[0\](\.units\[0\]){15}\.units is too deep/)
  })

  test('has no unit whose ID is too long together with those above it', (t) => {
    const nested = (levels: number, length: number): object => ({
      id: unit(`L${levels}`.padEnd(length, '-')),
      name: 'level',
      ...(levels > 1 && { units: [nested(levels - 1, length)] }),
    })
    const withIdsOf = (length: number) => ({
      organizations: [{ ...organization, units: [nested(15, length)] }],
    })
    // As long as real ones.
    assert.deepEqual(check(t, withIdsOf(104)).problems, [])
    const { problems } = check(t, withIdsOf(200))
    assert.match(
      problems[0] ?? '',
      /^organizations\[0\](\.units\[0\]){12}\.id is too long together with the IDs/,
    )
  })

  test('names token servers that can be trusted with a secret', (t) => {
    const linking = (accessTokenUri: string, revocationUri?: string) => ({
      accessTokenUri,
      clientId: 'c',
      clientSecret: 's',
      authenticationScheme: 'HTTP_BASIC',
      ...(revocationUri && { revocationUri }),
    })
    const skills = [
      linking('http://provider.example/token'),
      linking('/auth/o2/token', 'ftp://provider.example'),
      linking('http://127.0.0.1:8080/token', 'https://provider.example/revoke'),
    ].map((accountLinking, index) => ({
      id: skill(`s${index}`),
      name: 'S',
      stages: ['live'],
      accountLinking,
    }))
    const { problems } = check(t, { skills })
    assert.equal(problems.length, 2)
    assert.match(problems[0] ?? '', /^skills\[0\]\.accountLinking\.accessTokenUri .*https/)
    assert.match(problems[1] ?? '', /^skills\[1\]\.accountLinking\.revocationUri /)
  })

  test('names redirect URIs that are absolute and have no fragment', (t) => {
    const redirectUris = [
      'http://127.0.0.1:9090/cb',
      'app:/cb',
      '/cb',
      'https://a.example/#top',
      'javascript:alert(1)',
    ]
    assert.deepEqual(check(t, { clients: [{ id: 'c', redirectUris }] }).problems, [
      'clients[0].redirectUris[2] must be an absolute address.',
      'clients[0].redirectUris[3] must not have a fragment.',
      'clients[0].redirectUris[4] must not be a script.',
    ])
  })

  test('names no client as the operations log names operators', (t) => {
    const ids = ['operator', 'operator:', 'operator:anna', 'operators', 'Operator', 'the-operator']
    const { problems } = check(t, { clients: ids.map((id) => ({ id })) })
    assert.deepEqual(
      problems,
      ids
        .slice(0, 3)
        .map(
          (id, index) =>
            `clients[${index}].id ${id} is reserved: it means an operator in the operations log.`,
        ),
    )
  })

  test('delegates links only for skills that link accounts, each once', (t) => {
    const link = { skillId: skill('s'), accessToken: 'a' }
    const { problems, notes } = check(t, {
      organizations: [
        { ...organization, delegatedLinks: [link, link, { skillId: skill('other'), accessToken: 'a' }] },
      ],
      skills: [{ id: skill('s'), name: 'S', stages: ['live'] }],
    })
    assert.deepEqual(problems, [
      `organizations[0].delegatedLinks[1] ${skill('s')} occurs twice.`,
      `organizations[0].delegatedLinks[0].skillId ${skill('s')} does not link accounts.`,
      `organizations[0].delegatedLinks[1].skillId ${skill('s')} does not link accounts.`,
    ])
    assert.deepEqual(notes, [
      `organizations[0].delegatedLinks[2].skillId: ${skill('other')} is not in this file, so it must already be stored.`,
    ])
  })

  test('is checked by a command, which ends with 1 when there is a problem', async (t) => {
    const folder = temporaryFolder(t)
    const bad = path.join(folder, 'bad.json')
    writeFileSync(bad, '{"clients": [{"id": ""}]}')
    const refused = runProgram(t, ['catalog', 'check', bad])
    assert.equal(await refused.ended, 1)
    assert.match(refused.stderr(), /^clients\[0\]\.id has the wrong form\./)
    assert.equal(refused.stdout(), '')

    const good = path.join(folder, 'good.json')
    writeFileSync(good, JSON.stringify(demoCatalog))
    const taken = runProgram(t, ['catalog', 'check', good])
    assert.equal(await taken.ended, 0)
    assert.equal(taken.stdout(), `${good} is a valid catalog.\n`)
  })

  test('has a JSON Schema, which a command prints', async (t) => {
    const printed = runProgram(t, ['catalog', 'schema'])
    assert.equal(await printed.ended, 0)
    assert.equal(printed.stdout(), catalogSchema())
    const schema = Compile(JSON.parse(printed.stdout()))
    assert.ok(schema.Check(demoCatalog))
    const [first] = demoCatalog.organizations
    assert.ok(
      !schema.Check({ organizations: [{ ...first, units: [{ id: unit('A'), name: 'A', units: [{}] }] }] }),
    )
    assert.ok(!schema.Check({ skils: [] }))
  })
})

function check(t: TestContext, catalog: unknown) {
  const file = path.join(temporaryFolder(t), 'catalog.json')
  writeFileSync(file, JSON.stringify(catalog))
  return checkCatalogFile(file)
}
