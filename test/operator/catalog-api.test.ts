import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { skill, smallCatalog, startOperatorService, unit } from '../support/operator.ts'

const nurseSecret = 'the secret of the nurse station'

describe("The operator's catalog:", () => {
  test('nobody without the token of the operator is let in', async (t) => {
    const service = await startOperatorService(t)
    const clientToken = await service.tokenOf('nurse-station', nurseSecret)
    for (const token of ['wrong', clientToken]) {
      const answer = await service.call(token, 'GET', '/_skillkeeper/clients')
      assert.equal(answer.status, 401)
      assert.equal(answer.body.type, 'INVALID_LWA_TOKEN')
    }
  })

  test('a service without an operator token lets nobody in', async (t) => {
    const service = await startOperatorService(t, { operatorToken: undefined })
    assert.equal((await service.ask('GET', '/skills')).status, 401)
  })

  test('a catalog is added to what is there, and adding it again changes nothing', async (t) => {
    const service = await startOperatorService(t)
    const more = {
      organizations: [{ id: unit('ORG2'), name: 'Hotel', solution: 'hospitality', country: 'FR' }],
      skills: [
        {
          id: skill('lights'),
          name: 'Lights',
          stages: ['development', 'live'],
          accountLinking: {
            accessTokenUri: 'https://provider.example/token',
            clientId: 'c',
            clientSecret: 's3cret',
            authenticationScheme: 'HTTP_BASIC',
          },
        },
      ],
      clients: [
        {
          id: 'front-desk',
          secret: 'hush',
          refreshToken: 'Atzr|of-the-front-desk',
          roles: [{ unitId: unit('R101'), role: 'A4P.UnitAdmin' }],
        },
      ],
    }
    const counts = { organizations: 1, units: 0, skills: 1, clients: 1, people: 0, delegatedLinks: 0 }
    const first = await service.ask('POST', '/catalog', more)
    assert.equal(first.status, 200)
    assert.deepEqual(first.body, { ...counts, changed: 4 })
    assert.deepEqual((await service.ask('POST', '/catalog', more)).body, { ...counts, changed: 0 })
    const organizations = await service.ask('GET', '/organizations')
    assert.deepEqual(
      organizations.body.items.map((item) => item.id),
      [unit('ORG1'), unit('ORG2')],
    )
    const log = await service.ask('GET', `/operations?requestId=${first.requestId}`)
    assert.equal(log.body.items.length, 1)
    assert.equal(log.body.items[0]?.actor, 'operator')
    assert.deepEqual(log.body.items[0]?.detail.counts, { unit: 1, skill: 1, client: 1, refreshToken: 1 })
  })

  test('no answer shows a secret, only whether there is one', async (t) => {
    const service = await startOperatorService(t)
    await service.ask('POST', '/catalog', {
      skills: [
        {
          id: skill('lights'),
          name: 'Lights',
          stages: ['live'],
          accountLinking: {
            accessTokenUri: '/auth/o2/token',
            clientId: 'c',
            clientSecret: 'hush-skill',
            authenticationScheme: 'HTTP_BASIC',
          },
        },
      ],
      clients: [
        { id: 'a', secret: 'hush-client', refreshToken: 'Atzr|hush-refresh', redirectUris: ['app://cb'] },
        { id: 'b' },
      ],
    })
    const answers = await Promise.all(
      ['/clients', '/clients/a', '/skills', `/skills/${skill('lights')}`, '/operations'].map((path) =>
        service.ask('GET', path),
      ),
    )
    for (const { status, text } of answers) {
      assert.equal(status, 200)
      assert.doesNotMatch(text, /hush|sealed|hash/i)
    }
    const { principalId, ...view } = Object(answers[1]?.body)
    assert.match(principalId, /^amzn1\.account\./)
    assert.deepEqual(view, {
      id: 'a',
      name: 'a',
      hasSecret: true,
      isDemo: false,
      redirectUris: ['app://cb'],
      roles: [],
      grants: ['authorization_code', 'refresh_token', 'client_credentials'],
    })
    assert.equal((await service.ask('GET', '/clients/b')).body.hasSecret, false)
    assert.equal(answers[3]?.body.accountLinking.hasClientSecret, true)
  })

  test('the pages of a list follow one another without a gap', async (t) => {
    const rooms = Array.from({ length: 7 }, (_, index) => ({ id: unit(`X${index}`), name: `Room ${index}` }))
    const [organization] = smallCatalog.organizations
    const catalog = { organizations: [{ ...organization, units: rooms }] }
    const service = await startOperatorService(t, { catalog })
    const seen: string[] = []
    let after: string | undefined
    do {
      const more = after === undefined ? '' : `&after=${after}`
      const page = await service.ask('GET', `/units?parentId=${unit('ORG1')}&maxResults=3${more}`)
      seen.push(...page.body.items.map((item) => item.id))
      after = page.body.paginationContext.after
    } while (after !== undefined)
    assert.deepEqual(
      seen,
      rooms.map((room) => room.id),
    )
  })

  test('a page has at most 100 results', async (t) => {
    const service = await startOperatorService(t)
    for (const maxResults of ['0', '101', 'x']) {
      assert.equal((await service.ask('GET', `/skills?maxResults=${maxResults}`)).status, 400)
    }
  })

  test('a catalog with problems is refused whole, and all of them are told', async (t) => {
    const service = await startOperatorService(t)
    const answer = await service.ask('POST', '/catalog', {
      organizations: [
        {
          id: unit('ORG2'),
          name: 'Two',
          solution: 'healthcare',
          country: 'US',
          units: [{ id: unit('R101'), name: 'moved' }],
        },
      ],
      skills: [{ id: skill('new'), name: 'New', stages: ['live'] }],
      clients: [{ id: 'c', roles: [{ unitId: unit('NONE'), role: 'A4P.UnitAdmin' }] }],
    })
    assert.equal(answer.status, 400)
    assert.deepEqual(answer.body.message.split('\n'), [
      'The catalog has 2 problems:',
      `organizations[0].units[0].id ${unit('R101')} is already below ${unit('W1')}, and units cannot move.`,
      `clients[0].roles[0].unitId There is no unit ${unit('NONE')}.`,
    ])
    assert.equal((await service.ask('GET', `/skills/${skill('new')}`)).status, 404)
    assert.equal((await service.ask('GET', `/organizations/${unit('ORG2')}`)).status, 404)
  })

  test('a body that is not JSON is refused with line and column', async (t) => {
    const service = await startOperatorService(t)
    const answer = await service.ask('POST', '/catalog', '{\n"skills": [,]}')
    assert.equal(answer.status, 400)
    assert.match(answer.body.message, /line 2, column 12/)
  })

  test('a catalog may be larger than other bodies, up to 16 MiB', async (t) => {
    const service = await startOperatorService(t)
    const pad = (bytes: number) => `{"skills":[]${' '.repeat(bytes)}}`
    assert.equal((await service.ask('POST', '/catalog', pad(2_000_000))).status, 200)
    assert.equal((await service.ask('POST', '/catalog', pad(16_800_000))).status, 413)
  })

  test('a tree that is nested too deep for any stack is refused', async (t) => {
    const service = await startOperatorService(t)
    const depth = 50_000
    const open = Array.from(
      { length: depth },
      (_, level) => `{"id":"${unit(`D${level}`)}","name":"d","units":[`,
    )
    const tree = `${open.join('')}${']}'.repeat(depth)}`
    const answer = await service.ask(
      'POST',
      '/catalog',
      `{"organizations":[{"id":"${unit('DEEP')}","name":"d","solution":"core","country":"US","units":[${tree}]}]}`,
    )
    assert.equal(answer.status, 400)
    assert.match(answer.body.message, /is too deep: .* at most 15 levels/)
  })

  test('a unit goes only when nothing stands below it and nothing is enabled for it', async (t) => {
    const service = await startOperatorService(t)
    const token = await service.tokenOf('nurse-station', nurseSecret)
    const path = `/v1/skills/${skill('call')}/enablements`
    const enabled = await service.call(token, 'POST', path, { unitId: unit('R101'), stage: 'live' })
    assert.equal(enabled.status, 201)

    const parent = await service.ask('DELETE', `/units/${unit('W1')}`)
    assert.equal(parent.status, 400)
    assert.match(parent.body.message, /still has units below it/)
    assert.equal((await service.ask('DELETE', `/organizations/${unit('ORG1')}`)).status, 400)
    assert.equal((await service.ask('DELETE', `/units/${unit('R101')}`)).status, 400)
    assert.equal((await service.ask('DELETE', `/skills/${skill('call')}`)).status, 400)

    assert.equal((await service.call(token, 'DELETE', `${path}?unitId=${unit('R101')}`)).status, 204)
    for (const name of ['R101', 'R102', 'W1']) {
      assert.equal((await service.ask('DELETE', `/units/${unit(name)}`)).status, 204)
      assert.equal((await service.ask('GET', `/units/${unit(name)}`)).status, 404)
      assert.equal((await service.ask('DELETE', `/units/${unit(name)}`)).status, 404)
    }
    assert.equal((await service.ask('DELETE', `/organizations/${unit('ORG1')}`)).status, 204)
    assert.equal((await service.ask('DELETE', `/skills/${skill('call')}`)).status, 204)
    assert.deepEqual((await service.ask('GET', '/organizations')).body.items, [])
  })

  test('a unit is no organization', async (t) => {
    const service = await startOperatorService(t)
    assert.equal((await service.ask('GET', `/organizations/${unit('W1')}`)).status, 404)
    assert.equal((await service.ask('DELETE', `/organizations/${unit('R101')}`)).status, 404)
  })

  test('a role that is taken away holds no more, at once', async (t) => {
    const service = await startOperatorService(t)
    const token = await service.tokenOf('nurse-station', nurseSecret)
    const path = `/v1/skills/enablements?unitId=${unit('R101')}`
    assert.equal((await service.call(token, 'GET', path)).status, 200)
    const [client] = smallCatalog.clients
    await service.ask('POST', '/catalog', { clients: [{ ...client, roles: [] }] })
    assert.equal((await service.call(token, 'GET', path)).status, 403)
  })

  test('the tokens of a client that is removed hold no more, at once', async (t) => {
    const service = await startOperatorService(t)
    const token = await service.tokenOf('nurse-station', nurseSecret)
    const path = `/v1/skills/enablements?unitId=${unit('R101')}`
    assert.equal((await service.call(token, 'GET', path)).status, 200)
    assert.equal((await service.ask('DELETE', '/clients/nurse-station')).status, 204)
    assert.equal((await service.call(token, 'GET', path)).status, 401)
    assert.equal((await service.ask('DELETE', '/clients/nurse-station')).status, 404)
  })

  test('a client whose ID has a slash is named by the escaped ID', async (t) => {
    const service = await startOperatorService(t)
    await service.ask('POST', '/catalog', { clients: [{ id: 'a/b?c' }] })
    assert.equal((await service.ask('GET', `/clients/${encodeURIComponent('a/b?c')}`)).body.id, 'a/b?c')
  })
})
