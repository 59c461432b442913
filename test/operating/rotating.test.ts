/** The keys of a service are replaced while it runs, and nothing that they sealed or signed is lost. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { exportStorage } from '../../src/app/move-storage.ts'
import type { KeyRecord } from '../../src/model/ports/storage.ts'
import type { KeysView } from '../../src/protocol/operator-keys.ts'
import { hospital } from '../support/catalogs.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { linkingSkills, startLinkedHospital } from '../support/linking.ts'
import { type OperatorService, skill, smallCatalog, startOperatorService, unit } from '../support/operator.ts'
import { emptyDatabase, openNode } from '../support/postgres.ts'
import { temporaryFolder } from '../support/program.ts'
import { hasFolder, operatorToken, type TestService } from '../support/service.ts'

const [oldKey = '', newKey = ''] = [1, 2].map((fill) => Buffer.alloc(32, fill).toString('base64'))
const minute = 60_000
const { blinds, heating } = linkingSkills

describe('The sealing key of a data folder', () => {
  test('is replaced while the service runs, and the old one then opens nothing more and can go', async (t) => {
    if (!hasFolder(t)) return
    const data = path.join(temporaryFolder(t), 'data')
    const linked = await startLinkedHospital(t, { data })
    const { enable, batch, newRequest, gate } = linked
    await enable(blinds, hospital.room, await newRequest(blinds))
    gate.breakDown()
    const waiting = { itemId: 1, unitId: hospital.room, stage: 'live' }
    await batch(heating, [{ ...waiting, accountLinkRequest: await newRequest(heating) }])
    await linked.service.settled()

    const [before] = (await keysOf(linked.service)).sealingKeys
    assert.ok(before?.seals && before.values > 4)
    const { body } = await ask(linked.service, 'POST', '/sealing')
    const [first, second] = (body as unknown as KeysView).sealingKeys
    assert.deepEqual([first?.seals, second?.seals, second?.id], [true, false, before.id])
    await linked.service.settled()
    assert.deepEqual((await keysOf(linked.service)).sealingKeys, [
      { ...before, id: first?.id },
      { ...before, seals: false, values: 0 },
    ])
    linked.service.clock.moveBy(-20_000)
    assert.match(await refused(linked.service, 'DELETE', `/sealing/${before.id}`), /Retry in a minute/)
    linked.service.clock.moveBy(2 * minute)
    assert.match(
      await refused(linked.service, 'DELETE', `/sealing/${first?.id}`),
      /is the current sealing key/,
    )
    assert.equal((await ask(linked.service, 'DELETE', `/sealing/${before.id}`)).status, 204)
    assert.equal((await ask(linked.service, 'DELETE', `/sealing/${before.id}`)).status, 404)
    const entries = await linked.operations({ operation: 'keys' })
    assert.equal(entries.length, 2)

    gate.repair()
    await linked.restart(5 * minute)
    assert.deepEqual(
      (await keysOf(linked.service)).sealingKeys.map(({ id }) => id),
      [first?.id],
    )
    // Both kinds of sealed values of a link open: the code is exchanged, the tokens are revoked.
    await linked.service.settled()
    assert.equal((await linked.get(heating, hospital.room)).body.accountLink.status, 'LINKED')
    await linked.disable(blinds, hospital.room)
    await linked.service.settled()
    assert.equal((await linked.operations({ operation: 'discard_link', outcome: 'done' })).length, 1)
    await linked.service.stop()
    const file = path.join(temporaryFolder(t), 'export.jsonl')
    await exportStorage({ data, databaseUrl: undefined }, file, () => {})
    const everything = readFileSync(file, 'utf8')
    assert.equal(everything.includes(`${before.id}.`), false)
    assert.equal(everything.includes(`${first?.id}.`), true)
  })

  test('survives a stop at any moment of it: what is left is sealed again after the next start', async (t) => {
    if (!hasFolder(t)) return
    const data = path.join(temporaryFolder(t), 'data')
    const linked = await startLinkedHospital(t, { data })
    const [before] = (await keysOf(linked.service)).sealingKeys
    await ask(linked.service, 'POST', '/sealing')
    // It rests for a second between two runs, and the clock stands still.
    const refusal = await refused(linked.service, 'DELETE', `/sealing/${before?.id}`)
    assert.match(refusal, /values are still sealed with/)
    await linked.restart()
    await linked.service.settled()
    const after = (await keysOf(linked.service)).sealingKeys
    assert.deepEqual(
      after.map(({ values }) => values > 0),
      [true, false],
    )
    assert.equal(after[1]?.id, before?.id)
  })
})

describe('The sealing key of two nodes on one database', () => {
  test('is replaced node by node, and at the end both live under the new one alone', async (t) => {
    const databaseUrl = await emptyDatabase()
    const sealing = watchSealing()
    const options = { databaseUrl, catalog: linkedCatalog, ...sealing.options }
    const start = (...keys: string[]) => startOperatorService(t, { ...options, sealingKey: keys.join(',') })
    let nodes = [await start(oldKey), await start(oldKey)]
    const token = await nodes[0]!.tokenOf('nurse-station', 'the secret of the nurse station')
    for (const keys of [
      [oldKey, newKey],
      [newKey, oldKey],
    ]) {
      for (const index of [0, 1]) {
        await nodes[index]!.stop()
        nodes = nodes.with(index, await start(...keys))
        // Whichever node sealed last, the other one opens it.
        for (const node of nodes) await requireOpens(node, token)
      }
    }
    const [first, second] = await untilSealed(nodes[1]!, sealing)
    assert.deepEqual([first?.seals, second?.values], [true, 0])
    for (const index of [0, 1]) {
      await nodes[index]!.stop()
      nodes = nodes.with(index, await start(newKey))
      for (const node of nodes) await requireOpens(node, token)
    }
    const view = (await nodes[0]!.ask('GET', '/keys')).body as unknown as KeysView
    assert.deepEqual(
      view.sealingKeys.map(({ id, isKnown }) => [id, isKnown]),
      [[first?.id, true]],
    )
  })

  test('may not be taken away too early: the service does not start, or tells what it cannot open', async (t) => {
    const databaseUrl = await emptyDatabase()
    const sealing = watchSealing()
    const options = { databaseUrl, catalog: linkedCatalog, ...sealing.options }
    await (await startOperatorService(t, { ...options, sealingKey: oldKey })).stop()
    await assert.rejects(
      startOperatorService(t, { ...options, sealingKey: newKey }),
      /not among the sealing keys/,
    )
    const node = await startOperatorService(t, { ...options, sealingKey: `${newKey},${oldKey}` })
    const storage = await openNode(databaseUrl)
    t.after(() => storage.close())
    const key: KeyRecord = { id: 'lost', purpose: 'sign', sealed: 'lost_key.x', createdAt: 0 }
    await storage.keys.add(key)
    const sealingKeys = await untilSealed(node, sealing)
    assert.deepEqual(sealingKeys[2], { id: 'lost_key', isKnown: false, seals: false, values: 1 })
  })

  test('is not changed over the API, since it comes by setting', async (t) => {
    const databaseUrl = await emptyDatabase()
    const node = await startOperatorService(t, { databaseUrl, sealingKey: `${oldKey},${newKey}` })
    const { sealingKeys } = (await node.ask('GET', '/keys')).body as unknown as KeysView
    for (const [method, at] of [
      ['POST', '/keys/sealing'],
      ['DELETE', `/keys/sealing/${sealingKeys[1]?.id}`],
    ] as const) {
      const answer = await node.ask(method, at)
      assert.equal(answer.status, 400)
      assert.match(
        answer.body.message,
        /SKILLKEEPER_SEALING_KEY has the sealing keys of this service: change them there, on every node/,
      )
    }
  })
})

describe('The signing key', () => {
  test('is replaced on demand: each node takes it in before it signs, and what was signed before goes on to hold', async (t) => {
    const databaseUrl = await emptyDatabase()
    const clock = createHandClock()
    const start = () => startOperatorService(t, { databaseUrl, sealingKey: newKey, clock, rateLimit: 0 })
    const nodes = [await start(), await start()]
    const tokensNow = () =>
      Promise.all(nodes.map((node) => node.tokenOf('nurse-station', 'the secret of the nurse station')))
    const requireTaken = async (tokens: readonly string[], status: number) => {
      for (const token of tokens)
        for (const node of nodes)
          assert.equal(
            (await node.call(token, 'GET', `/v1/skills/enablements?unitId=${unit('R101')}`)).status,
            status,
          )
    }
    /** In two steps, so that both nodes look after their keys, as they do every half hour. */
    const passMinutes = async (minutes: number) => {
      for (let step = 0; step < 2; step += 1) {
        clock.moveBy((minutes / 2) * minute)
        await looked(nodes)
      }
    }
    await passMinutes(62)
    const answer = await nodes[0]!.ask('POST', '/keys/signing')
    const { signingKeys } = answer.body as unknown as KeysView
    assert.deepEqual(
      signingKeys.map(({ id }) => id),
      ['s1', 's2'],
    )
    assert.equal((await nodes[1]!.ask('POST', '/keys/signing')).status, 400)

    const before = await tokensNow()
    assert.deepEqual(before.map(keyOf), ['s1', 's1'])
    await requireTaken(before, 200)
    await passMinutes(58)
    const old = await tokensNow()
    assert.deepEqual(old.map(keyOf), ['s1', 's1'])
    await passMinutes(40)
    const fresh = await tokensNow()
    assert.deepEqual(fresh.map(keyOf), ['s2', 's2'])
    await requireTaken(fresh, 200)
    await requireTaken(old, 200)
    await requireTaken(before, 401)
    assert.equal((await nodes[1]!.ask('POST', '/keys/signing')).status, 200)
  })
})

const linkedSkill = {
  id: skill('linked'),
  name: 'Linked',
  stages: ['live'],
  accountLinking: {
    accessTokenUri: 'https://provider.example/token',
    clientId: 'skillkeeper',
    clientSecret: 'the secret of the skill',
    authenticationScheme: 'HTTP_BASIC',
  },
}

/** With a sealed secret and the sealed tokens of a delegated link. */
const linkedCatalog = {
  ...smallCatalog,
  skills: [...smallCatalog.skills, linkedSkill],
  organizations: smallCatalog.organizations.map((organization) => ({
    ...organization,
    delegatedLinks: [{ skillId: linkedSkill.id, accessToken: 'access', refreshToken: 'refresh' }],
  })),
}

/** To compare the catalog with what is stored, every secret of it has to be opened. */
async function requireOpens(node: OperatorService, token: string): Promise<void> {
  const loaded = await node.ask('POST', '/catalog', linkedCatalog)
  assert.deepEqual([loaded.status, loaded.body.changed], [200, 0], loaded.text)
  const listed = await node.call(token, 'GET', `/v1/skills/enablements?unitId=${unit('R101')}`)
  assert.equal(listed.status, 200)
}

/** What a service needs to log, and who wakes with the next line about values that were sealed again. */
function watchSealing() {
  let next = Promise.withResolvers<void>()
  const write = (line: string) => {
    if (!line.includes('Values were sealed again')) return
    next.resolve()
    next = Promise.withResolvers()
  }
  return { options: { logLevel: 'info', log: { write } }, next: () => next.promise } as const
}

/** Resolves when nothing rests under the second key, with what the node says of its keys. */
async function untilSealed(
  node: OperatorService,
  sealing: ReturnType<typeof watchSealing>,
): Promise<KeysView['sealingKeys']> {
  for (;;) {
    const next = sealing.next()
    const { sealingKeys } = (await node.ask('GET', '/keys')).body as unknown as KeysView
    if (sealingKeys[1]?.values === 0) return sealingKeys
    await next
  }
}

/** When both nodes answer what they know of the keys, they have looked at them before. */
async function looked(nodes: readonly OperatorService[]): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) for (const node of nodes) await node.ask('GET', '/keys')
}

/** The ID of the key that signed the token. */
function keyOf(token: string): string {
  return token.slice('Atza|'.length).split('.')[0] ?? ''
}

function ask(service: TestService, method: string, at: string) {
  return service.call(method, `/_skillkeeper/keys${at}`, { token: operatorToken })
}

async function keysOf(service: TestService): Promise<KeysView> {
  return (await ask(service, 'GET', '')).body as unknown as KeysView
}

async function refused(service: TestService, method: string, at: string): Promise<string> {
  const answer = await ask(service, method, at)
  assert.equal(answer.status, 400)
  return answer.body.message
}
