// Fault rules over HTTP: what a client gets, and what is stored after it.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { FaultEffect, FaultRule } from '../../src/testing/index.ts'
import { hospital, secretOf } from '../support/catalogs.ts'
import { type Asking, skillPath, testWorlds } from '../support/test-world.ts'

const { nurseCall, room, otherRoom, ward, unknownUnit } = hospital
const openWorld = await testWorlds()

const get = (asking: Asking, unitId: string = room) => asking.ask('GET', `${skillPath()}?unitId=${unitId}`)
const stored = ({ world }: Asking, unitId: string = room) => world.enablement(unitId, nurseCall)
const form = (clientId: string) =>
  new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: secretOf(clientId),
    scope: 'alexa::enterprise:management',
  }).toString()

describe('A fault', () => {
  test('of times: 1 strikes once, also with a hundred requests at a time', async (t) => {
    const asking = await openWorld(t)
    const fault = await asking.world.faults.add({
      match: { operation: 'enable' },
      when: { times: 1 },
      effect: { error: 'SERVICE_UNAVAILABLE' },
    })
    const answers = await Promise.all(Array.from({ length: 100 }, () => asking.enable()))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(99).fill(201), 503])
    assert.equal(await fault.struck(), 1)
    const { body } = await asking.control('GET', `/faults/${fault.id}`)
    assert.equal(Reflect.get(body, 'matched'), 100)
  })

  test('that is an error comes in the words and the shape of each operation', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({
      effect: { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 7 },
    })
    const message = 'The client makes too many requests.'
    const unitsPath = `/v2/units/${room}`
    const name = { type: 'PLAIN', value: { text: 'x' } }
    const singles: readonly [method: string, path: string, body?: object][] = [
      ['GET', `${skillPath()}?unitId=${room}`],
      ['GET', `/v1/skills/enablements?unitId=${room}`],
      ['POST', skillPath(), { unitId: room, stage: 'live' }],
      ['DELETE', `${skillPath()}?unitId=${room}`],
      ['GET', unitsPath],
      ['GET', `/v2/units?parentId=${ward}`],
      ['POST', '/v2/units', { parentId: ward, name }],
      ['PUT', unitsPath, { name }],
      ['DELETE', unitsPath],
    ]
    for (const [method, path, body] of singles) {
      const answer = await asking.ask(method, path, body)
      assert.deepEqual(
        [answer.status, answer.body],
        [429, { type: 'TOO_MANY_REQUESTS', message }],
        `${method} ${path}`,
      )
      assert.equal(answer.headers.get('retry-after'), '7')
    }
    for (const path of [
      `${skillPath()}/batch`,
      `${skillPath()}/batchDelete`,
      '/v1/skills/enablements/batchGet',
    ]) {
      const answer = await asking.ask('POST', path, { items: [{ itemId: 1, unitId: room, stage: 'live' }] })
      const errors = [{ status: 429, errorCode: 'TOO_MANY_REQUESTS', errorDescription: message }]
      assert.deepEqual([answer.status, answer.body], [429, { errors }], path)
    }
    const { status, body } = await asking.ask('POST', '/auth/o2/token', form(hospital.admin))
    assert.deepEqual([status, body.error], [429, 'temporarily_unavailable'])
  })

  test('has each status of the vocabulary, with the headers that belong to it', async (t) => {
    const asking = await openWorld(t)
    const rows: readonly [effect: FaultEffect, status: number, header?: [name: string, value: string]][] = [
      [{ error: 'INVALID_PARAM' }, 400],
      [{ error: 'INVALID_LWA_TOKEN' }, 401, ['www-authenticate', 'Bearer realm="skillkeeper"']],
      [{ error: 'FORBIDDEN' }, 403],
      [{ error: 'NOT_FOUND' }, 404],
      [{ error: 'TOO_MANY_REQUESTS' }, 429],
      [{ error: 'INTERNAL_ERROR' }, 500],
      [{ error: 'SERVICE_UNAVAILABLE' }, 503, ['retry-after', '1']],
      [
        { error: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 30, message: 'Later.' },
        503,
        ['retry-after', '30'],
      ],
    ]
    for (const [effect, status, header] of rows) {
      await using _fault = await asking.world.faults.add({ effect })
      const answer = await get(asking)
      assert.deepEqual([answer.status, answer.body.type], [status, effect.error])
      if (header !== undefined) assert.equal(answer.headers.get(header[0]), header[1])
      if (effect.message !== undefined) assert.equal(answer.body.message, effect.message)
    }
  })

  test('of a unit that cannot be found is told as each operation tells it', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({ effect: { error: 'NOT_FOUND' } })
    const list = await asking.ask('GET', `/v1/skills/enablements?unitId=${room}`)
    assert.deepEqual([list.status, list.body.type], [403, 'FORBIDDEN'])
    const enabled = await asking.enable()
    assert.deepEqual([enabled.status, enabled.body.message], [404, `The unit ${room} can't be found.`])
    const batch = await asking.batch([{ itemId: 1, unitId: room, stage: 'live' }])
    assert.deepEqual([batch.status, batch.body.errors[0]?.errorCode], [400, 'INVALID_PARAM'])
  })

  test('of the token endpoint has the codes of RFC 6749, and knows the client that the request names', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({
      match: { operation: 'token', clientId: hospital.admin },
      effect: { error: 'invalid_client' },
    })
    const struck = await asking.ask('POST', '/auth/o2/token', form(hospital.admin))
    assert.deepEqual([struck.status, struck.body.error], [401, 'invalid_client'])
    assert.equal(struck.headers.get('www-authenticate'), 'Basic realm="skillkeeper"')
    assert.equal((await asking.ask('POST', '/auth/o2/token', form(hospital.wardAdmin))).status, 200)
  })

  test('on items refuses the whole batch and lists them, in their order', async (t) => {
    const asking = await openWorld(t)
    const items = [1, 2, 3, 4, 5, 6, 7].map((itemId) => ({
      itemId,
      unitId: itemId % 2 === 0 ? otherRoom : room,
      stage: 'live',
    }))
    const refused = async (rule: FaultRule) => {
      await using _fault = await asking.world.faults.add(rule)
      const { status, body } = await asking.batch(items)
      return [status, body.errors.map(({ itemId, status }) => [itemId, status])]
    }
    assert.deepEqual(await refused({ effect: { items: { error: 'FORBIDDEN', ids: [7] } } }), [
      403,
      [[7, 403]],
    ])
    assert.deepEqual(await refused({ effect: { items: { error: 'INVALID_PARAM', every: 3 } } }), [
      400,
      [
        [3, 400],
        [6, 400],
      ],
    ])
    assert.deepEqual(
      await refused({ match: { unitId: otherRoom }, effect: { items: { error: 'FORBIDDEN', every: 2 } } }),
      [403, [[4, 403]]],
    )
    assert.equal(await stored(asking), undefined)
    assert.equal((await asking.batch(items)).status, 202)
  })

  test('strikes below a unit, for a skill, a client, a stage, and nobody else', async (t) => {
    const asking = await openWorld(t)
    const { world } = asking
    const status = async (rule: FaultRule['match'], ask = asking.enable) => {
      await using _fault = await world.faults.add({ match: rule!, effect: { status: 599 } })
      return (await ask()).status
    }
    assert.equal(await status({ under: ward }), 599)
    assert.equal(await status({ under: hospital.organization, operation: 'enable' }), 599)
    assert.equal(await status({ under: otherRoom }), 201)
    assert.equal(await status({ skillId: nurseCall.replace('ask', 'alexa') }), 599)
    assert.equal(await status({ skillId: hospital.menu }), 201)
    assert.equal(await status({ clientId: hospital.admin }), 599)
    assert.equal(await status({ clientId: hospital.wardAdmin }), 201)
    assert.equal(await status({ stage: 'live' }), 599)
    assert.equal(await status({ stage: 'development' }), 201)
    assert.equal(
      await status({ under: ward }, () => asking.batch([{ itemId: 1, unitId: room, stage: 'live' }])),
      599,
    )
  })

  test('does nothing before, and does and stores the work after', async (t) => {
    const asking = await openWorld(t)
    const { world } = asking
    const effects: readonly FaultEffect[] = [
      { error: 'SERVICE_UNAVAILABLE' },
      { status: 502 },
      { error: 'FORBIDDEN', latencyMs: 1 },
    ]
    for (const effect of effects) {
      await using _fault = await world.faults.add({ match: { operation: ['enable', 'disable'] }, effect })
      const before = await stored(asking)
      assert.ok((await asking.enable()).status >= 400)
      assert.deepEqual(await stored(asking), before)
    }
    for (const effect of effects) {
      const fault = await world.faults.add({
        match: { operation: ['enable', 'disable'] },
        effect,
        at: 'after',
      })
      assert.ok((await asking.enable()).status >= 400)
      assert.equal((await stored(asking))?.stage, 'live', JSON.stringify(effect))
      assert.ok((await asking.ask('DELETE', `${skillPath()}?unitId=${room}`)).status >= 400)
      assert.equal(await stored(asking), undefined)
      await fault.remove()
    }
  })

  test('after the work replaces a refusal as well as a success', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({ at: 'after', effect: { status: 504, body: 'late' } })
    const answer = await get(asking)
    assert.deepEqual([answer.status, answer.text], [504, 'late'])
    const [entry] = await asking.world.journal.entries({ operation: 'get' })
    assert.deepEqual(
      [entry?.response.status, entry?.fault, entry?.why.at(-1)?.step],
      [504, 'fault-1', 'state'],
    )
  })

  test('that is a proxy answers HTML without a request ID, with its own headers', async (t) => {
    const asking = await openWorld(t)
    const body = '<html><h1>502 Bad Gateway</h1></html>'
    await asking.world.faults.add({
      effect: { status: 502, body, headers: { server: 'nginx', 'X-Cache': 'MISS' }, retryAfterSeconds: 3 },
    })
    const { status, headers, text } = await asking.enable()
    assert.deepEqual([status, text], [502, body])
    assert.deepEqual(
      ['content-type', 'server', 'x-cache', 'retry-after', 'x-amzn-requestid'].map((name) =>
        headers.get(name),
      ),
      ['text/html; charset=utf-8', 'nginx', 'MISS', '3', null],
    )
  })

  test('early comes before the token is checked, and counts', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({
      match: { operation: 'list' },
      when: { times: 1 },
      early: true,
      effect: { status: 503, body: 'busy' },
    })
    const ask = () => fetch(`${asking.world.url}/v1/skills/enablements?unitId=${room}`)
    const struck = await ask()
    assert.deepEqual([struck.status, await struck.text()], [503, 'busy'])
    assert.equal((await ask()).status, 401)
    const [entry] = await asking.world.journal.entries({ operation: 'list', status: 503 })
    assert.deepEqual([entry?.why, entry?.fault], [[{ step: 'route', ok: true }], 'fault-1'])
  })

  test('strikes neither health nor metrics nor the controls', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({ early: true, effect: { connection: 'reset' } })
    await asking.world.faults.add({ effect: { status: 500 } })
    await asking.world.faults.add({ effect: { storage: 'down' } })
    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.json'])
      assert.equal((await fetch(asking.world.url + path)).status, 200, path)
    assert.equal((await asking.control('GET', '/faults')).status, 200)
    assert.equal((await asking.control('GET', '/journal')).status, 200)
    assert.equal((await asking.control('GET', '/clock')).status, 200)
    assert.equal(await stored(asking), undefined)
    await assert.rejects(asking.enable())
  })

  test('that enforces Retry-After refuses again who comes too early, on the clock of the world', async (t) => {
    const asking = await openWorld(t, { clock: { frozenAt: '2027-01-01T00:00:00Z' } })
    const { world } = asking
    await world.faults.add({
      id: 'limit',
      when: { times: 1 },
      effect: { error: 'TOO_MANY_REQUESTS', retryAfterSeconds: 10 },
      enforceRetryAfter: true,
    })
    const seen = async () => {
      const { status, headers } = await asking.enable()
      return [status, headers.get('retry-after')]
    }
    assert.deepEqual(await seen(), [429, '10'])
    await world.clock.advance({ seconds: 4 })
    assert.deepEqual(await seen(), [429, '6'])
    await world.clock.advance({ seconds: 6 })
    assert.deepEqual(await seen(), [201, null])
    const entries = await world.journal.entries({ operation: 'enable' })
    assert.deepEqual(
      entries.map(({ fault, tooEarly }) => [fault, tooEarly]),
      [
        ['limit', undefined],
        ['limit', true],
        [null, undefined],
      ],
    )
    const { body } = await asking.control('GET', '/faults/limit')
    assert.deepEqual([Reflect.get(body, 'struck'), Reflect.get(body, 'tooEarly')], [1, 1])
  })

  test('in the operator’s list of refusals names its rule, and the client does not see it', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({ id: 'secret-rule', effect: { error: 'FORBIDDEN' } })
    const answer = await get(asking)
    assert.equal(
      JSON.stringify([...answer.headers]).includes('secret-rule') || answer.text.includes('secret-rule'),
      false,
    )
    const requestId = answer.headers.get('x-amzn-requestid')
    const { items } = Object((await asking.control('GET', `/../refusals?requestId=${requestId}`)).body)
    assert.equal(items[0]?.detail, 'Fault rule secret-rule.')
  })

  test('of one world does not strike in another', async (t) => {
    const [one, other] = [await openWorld(t), await openWorld(t)]
    const fault = await one.world.faults.add({ effect: { error: 'FORBIDDEN' } })
    assert.equal((await one.enable()).status, 403)
    await fault.remove()
    await one.world.faults.add({ effect: { storage: 'down' } })
    assert.equal((await one.enable()).status, 503)
    assert.equal((await other.enable()).status, 201)
    assert.equal((await other.world.journal.entries()).length, 1)
    assert.equal((await one.world.journal.entries())[0]?.fault, 'fault-1')
  })
})

describe('A storage', () => {
  test('that is down refuses reads and writes with 503, and stores nothing', async (t) => {
    const asking = await openWorld(t)
    const fault = await asking.world.faults.add({
      match: { operation: ['get', 'enable'] },
      effect: { storage: 'down' },
    })
    for (const answer of [await asking.enable(), await get(asking)]) {
      assert.deepEqual([answer.status, answer.body.type], [503, 'SERVICE_UNAVAILABLE'])
      assert.equal(answer.headers.get('retry-after'), '1')
    }
    assert.equal(await stored(asking), undefined)
    const entries = await asking.world.journal.entries()
    assert.deepEqual(
      entries.map(({ fault, why, changed }) => [fault, why.at(-1)?.step, why.at(-1)?.ok, changed]),
      [
        ['fault-1', 'storage', false, []],
        ['fault-1', 'storage', false, []],
      ],
    )
    assert.equal(await fault.struck(), 2)
    // Other operations go on.
    assert.equal((await asking.batch([{ itemId: 1, unitId: room, stage: 'live' }])).status, 202)
  })

  test('that is full refuses writes only, as a full disk does, with nothing half done', async (t) => {
    const asking = await openWorld(t)
    const items = [room, otherRoom, ward].map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
    const fault = await asking.world.faults.add({ effect: { storage: 'full' } })
    const [batch, single] = [await asking.batch(items), await asking.enable()]
    assert.deepEqual([batch.status, single.status], [503, 503])
    assert.equal((await get(asking)).status, 404)
    for (const unitId of [room, otherRoom, ward]) assert.equal(await stored(asking, unitId), undefined)
    assert.equal(await fault.struck(), 2)
    const requestId = single.headers.get('x-amzn-requestid')
    const { items: refusals } = Object(
      (await asking.control('GET', `/../refusals?requestId=${requestId}`)).body,
    )
    assert.equal(refusals[0]?.detail, 'SQLite: the disk is full.')
    await fault.remove()
    assert.equal((await asking.batch(items)).status, 202)
    for (const unitId of [room, otherRoom, ward]) assert.equal((await stored(asking, unitId))?.stage, 'live')
  })

  test('that fails is opened, reset and taken back all the same', async (t) => {
    const asking = await openWorld(t)
    await asking.enable()
    const snapshot = await asking.world.snapshot()
    await asking.world.faults.add({ effect: { storage: 'down' } })
    await asking.world.restore(snapshot)
    assert.equal((await stored(asking))?.stage, 'live')
    assert.equal((await asking.enable()).status, 503)
    await asking.world.reset()
    assert.equal(await stored(asking), undefined)
    // A reset removes the rules.
    assert.equal((await asking.enable()).status, 201)
  })

  test('that is full for one of many requests at a time refuses that one alone', async (t) => {
    const asking = await openWorld(t)
    await asking.world.faults.add({ when: { after: 5, times: 1 }, effect: { storage: 'full' } })
    const answers = await Promise.all(Array.from({ length: 20 }, () => asking.enable()))
    assert.deepEqual(answers.map(({ status }) => status).sort(), [...Array(19).fill(201), 503])
  })
})

describe('The rules of faults', () => {
  test('are added, listed, switched, removed and cleared', async (t) => {
    const asking = await openWorld(t)
    const rule = { id: 'one', match: { operation: 'get' }, effect: { status: 500 } }
    const added = await asking.control('POST', '/faults', rule)
    assert.deepEqual(
      [added.status, added.body],
      [201, { id: 'one', rule, enabled: true, matched: 0, struck: 0, tooEarly: 0 }],
    )
    const again = await asking.control('POST', '/faults', rule)
    assert.deepEqual(
      [again.status, again.body.message],
      [400, 'id is invalid: there is already a rule one. Remove it first.'],
    )
    assert.equal((await asking.control('PATCH', '/faults/one', { enabled: false })).status, 200)
    assert.equal((await get(asking)).status, 404)
    await asking.control('PATCH', '/faults/one', { enabled: true })
    assert.equal((await get(asking)).status, 500)
    assert.equal((await asking.control('DELETE', '/faults/one')).status, 204)
    for (const method of ['GET', 'DELETE', 'PATCH']) {
      const missing = await asking.control(
        method,
        '/faults/one',
        method === 'PATCH' ? { enabled: true } : undefined,
      )
      assert.deepEqual([missing.status, missing.body.message], [404, 'There is no fault rule one.'])
    }
    await asking.world.faults.preset('dying-proxy', { seed: 1 })
    assert.equal((await asking.control('DELETE', '/faults')).status, 204)
    assert.deepEqual((await asking.control('GET', '/faults')).body, { items: [] })
  })

  test('warn of what the world does not have', async (t) => {
    const asking = await openWorld(t)
    const warning = async (match: object) =>
      (await asking.control('POST', '/faults', { match, effect: { error: 'FORBIDDEN' } })).body.warning
    assert.match((await warning({ unitId: unknownUnit })) ?? '', /has no unit amzn1.*NOWHERE/)
    assert.match((await warning({ under: unknownUnit })) ?? '', /has no unit/)
    assert.match((await warning({ skillId: hospital.unknownSkill })) ?? '', /has no skill/)
    assert.match((await warning({ clientId: 'nobody-known' })) ?? '', /has no client nobody-known/)
    assert.equal(
      await warning({ unitId: [room, unknownUnit], skillId: nurseCall, clientId: hospital.admin }),
      undefined,
    )
  })

  test('refuse a misspelt name with the nearest one, and a rule that contradicts itself', async (t) => {
    const asking = await openWorld(t)
    const refused = async (rule: object) => {
      const { status, body } = await asking.control('POST', '/faults', rule)
      return [status, body.message]
    }
    assert.deepEqual(await refused({ match: { oparation: 'get' }, effect: { error: 'FORBIDDEN' } }), [
      400,
      'A property in match is unknown. Did you mean operation?',
    ])
    assert.deepEqual(await refused({ effect: { error: 'FORBIDDEN', connection: 'reset' } }), [
      400,
      'effect is invalid: it has error and connection, and can have only one of them.',
    ])
    assert.equal((await refused({ effect: { status: 200 } }))[0], 400)
  })

  test('of presets are ready to use', async (t) => {
    const asking = await openWorld(t)
    const { world } = asking
    const flaky = await world.faults.preset('flaky', { seed: 3 })
    const statuses: number[] = []
    for (let count = 0; count < 60; count += 1) statuses.push((await get(asking)).status)
    assert.equal(statuses.filter((status) => status === 503).length, await flaky.struck())
    assert.ok((await flaky.struck()) > 0)
    await flaky.remove()
    await world.faults.preset('throttled')
    assert.deepEqual(
      [(await get(asking)).status, (await get(asking)).status, (await get(asking)).status],
      [404, 404, 429],
    )
    await world.faults.clear()
    await world.faults.preset('amazon-like')
    const many = await Promise.all(Array.from({ length: 40 }, () => get(asking)))
    assert.ok(many.some(({ status }) => status === 429))
    assert.deepEqual(await world.activation.get(), { kind: 'delay', ms: 4000 })
    assert.equal((await asking.control('POST', '/faults/presets', { name: 'amazonlike' })).status, 400)
  })
})

describe('Whatever faults strike,', () => {
  test('what is stored is what the journal says was changed, and a fault before the work changes nothing', async (t) => {
    const effects: readonly FaultEffect[] = [
      { error: 'SERVICE_UNAVAILABLE' },
      { status: 502 },
      { connection: 'reset' },
      { connection: 'empty' },
      { connection: 'truncate', bytes: 7 },
      { items: { error: 'FORBIDDEN', every: 2 } },
      { latencyMs: 1 },
      { storage: 'full' },
      { storage: 'down' },
    ]
    for (const seed of [1, 2, 3]) {
      const asking = await openWorld(t)
      const { world } = asking
      for (const [index, effect] of effects.entries()) {
        const when = { probability: 0.15, seed }
        await world.faults.add({ id: `before-${index}`, when, effect })
        const isPart = effect.storage !== undefined
        if (!isPart) await world.faults.add({ id: `after-${index}`, when, effect, at: 'after' })
      }
      const units = [room, otherRoom, ward]
      const requests = Array.from({ length: 150 }, (_, index) => {
        const unitId = units[index % 3] ?? room
        const items = units.map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
        const body = { unitId, stage: index % 2 === 0 ? 'live' : 'development' }
        if (index % 5 === 0) return () => asking.ask('DELETE', `${skillPath()}?unitId=${unitId}`)
        return index % 7 === 0 ? () => asking.batch(items) : () => asking.ask('POST', skillPath(), body)
      })
      for (let sent = 0; sent < requests.length; sent += 10)
        await Promise.allSettled(requests.slice(sent, sent + 10).map((send) => send()))
      await world.faults.clear()
      const entries = await world.journal.entries()
      assert.equal(entries.length, requests.length)
      const isBefore = (fault: string | null) => fault?.startsWith('before') && fault !== 'before-4'
      const struck = entries.filter(({ fault }) => isBefore(fault))
      assert.ok(struck.length > 10)
      assert.deepEqual(
        struck.flatMap(({ changed }) => changed),
        [],
      )
      // Each record that came into being and did not go again is stored.
      for (const unitId of units) {
        const changes = entries.flatMap(({ changed }) => changed.filter((change) => change.unitId === unitId))
        const balance = changes.reduce(
          (sum, { from, to }) => sum + Number(from === null) - Number(to === null),
          0,
        )
        assert.equal(balance, (await stored(asking, unitId)) === undefined ? 0 : 1, `seed ${seed}`)
      }
    }
  })
})
