// The steps of a decision that a kept refusal shows are derived from its reason: each row here provokes one reason, and
// states which steps came before and which one failed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { origins, rowsOfAbsent, stepsOf } from '../../src/model/decision/order.ts'
import { whyDone, whyRefused } from '../../src/model/decision/why.ts'
import { decisionSteps, type RefusalView } from '../../src/protocol/refusals.ts'
import { everywhere, everywhereCatalog, hospital, hospitalCatalog } from '../support/catalogs.ts'
import { type CallOptions, operatorToken, startService, type TestService } from '../support/service.ts'

const { nurseCall, roomLights, pharmacy, room, foreignRoom, unknownUnit, unknownSkill } = hospital
const ukHealthcare = everywhere.organizationIn('healthcare', 'UK')
const catalog = {
  organizations: [...hospitalCatalog.organizations, ...everywhereCatalog.organizations],
  skills: [...hospitalCatalog.skills, ...everywhereCatalog.skills],
  clients: [...hospitalCatalog.clients, ...everywhereCatalog.clients],
}

const pathOf = (skillId: string) => `/v1/skills/${skillId}/enablements`
const admitted = ['route', 'capacity', 'token', 'throttle', 'form']

type Ask = readonly [method: string, path: string, body?: object]
type Row = readonly [
  as: string | undefined,
  ask: Ask,
  passed: readonly string[],
  failed: string,
  rule?: string,
]

const rows: readonly Row[] = [
  [undefined, ['GET', '/nowhere'], [], 'route', 'ledger H1'],
  [undefined, ['GET', `${pathOf(nurseCall)}?unitId=${room}`], ['route', 'capacity'], 'token', 'ledger 15'],
  [hospital.admin, ['POST', pathOf(nurseCall), { unitId: room }], admitted.slice(0, -1), 'form'],
  [
    hospital.nobody,
    ['POST', pathOf(nurseCall), { unitId: unknownUnit, stage: 'live' }],
    admitted,
    'role',
    'ledger 12',
  ],
  [
    hospital.admin,
    ['POST', pathOf(nurseCall), { unitId: foreignRoom, stage: 'live' }],
    admitted,
    'role',
    'ledger 12',
  ],
  [
    hospital.admin,
    ['GET', `/v1/skills/enablements?unitId=${unknownUnit}`],
    [...admitted, 'role'],
    'unit',
    'ledger 11',
  ],
  [
    everywhere.admin,
    ['POST', pathOf(everywhere.skill), { unitId: ukHealthcare, stage: 'live' }],
    [...admitted, 'role', 'unit'],
    'available',
    'ledger 13',
  ],
  [
    hospital.admin,
    ['POST', pathOf(unknownSkill), { unitId: room, stage: 'live' }],
    [...admitted, 'role', 'unit', 'available'],
    'skill',
    'ledger 14',
  ],
  [
    hospital.admin,
    ['POST', pathOf(roomLights), { unitId: room, stage: 'development' }],
    [...admitted, 'role', 'unit', 'available', 'skill'],
    'stage',
    'ledger 14',
  ],
  [
    hospital.admin,
    ['POST', pathOf(pharmacy), { unitId: room, stage: 'live' }],
    [...admitted, 'role', 'unit', 'available', 'skill', 'stage', 'state'],
    'link',
    'ledger 20',
  ],
  [
    hospital.admin,
    ['GET', `${pathOf(nurseCall)}?unitId=${room}`],
    [...admitted, 'role', 'unit', 'available', 'skill'],
    'state',
    'ledger 24',
  ],
  [
    hospital.admin,
    ['DELETE', `${pathOf(nurseCall)}?unitId=${room}`],
    [...admitted, 'role', 'unit', 'available', 'skill'],
    'state',
    'ledger 26',
  ],
]

describe('The steps of a refused request', () => {
  test('are those that it passed, in the order of the checks, and the one that failed', async (t) => {
    const service = await startService(t, { catalog })
    for (const [as, [method, path, body], passed, failed, rule] of rows) {
      const token = as && (await service.token(as))
      const why = await whyOf(service, method, path, { ...(token && { token }), ...(body && { body }) })
      const last = why.at(-1)
      assert.deepEqual(
        [why.slice(0, -1).map(({ step, ok }) => `${step} ${ok}`), last?.step, last?.ok, last?.rule],
        [passed.map((step) => `${step} true`), failed, false, rule],
        `${method} ${path}`,
      )
    }
  })

  test('end with the throttle for a client, and with the token for who guesses', async (t) => {
    const service = await startService(t, { rateLimit: 1 })
    const token = await service.token(hospital.admin)
    await service.call('GET', pathOf(nurseCall), { token })
    assert.deepEqual(names(await whyOf(service, 'GET', pathOf(nurseCall), { token })), [
      'route',
      'capacity',
      'token',
      'throttle',
    ])
    const guesser = await startService(t, { wrongSecretsMax: 1 })
    const wrong = { body: 'grant_type=client_credentials&client_id=x&client_secret=y' }
    await guesser.call('POST', '/auth/o2/token', wrong)
    assert.deepEqual(names(await whyOf(guesser, 'POST', '/auth/o2/token', wrong)), [
      'route',
      'capacity',
      'form',
      'token',
    ])
  })

  test('of a full service end where it was noticed', () => {
    const refusals = [{ reason: 'overload', message: 'no' }] as const
    assert.deepEqual(names(whyRefused('get', refusals, false)), ['route', 'capacity'])
    assert.deepEqual(names(whyRefused('list', refusals, true)), [...stepsOf('list')])
  })

  test('of a batch name each refused item, behind what all items passed', () => {
    const refusals = [
      { reason: 'skill', message: 'no skill', itemId: 1 },
      { reason: 'role', message: 'no role', itemId: 2, detail: 'none' },
      { reason: 'request', message: 'no form', itemId: 'three' },
    ] as const
    const why = whyRefused('batch_enable', refusals, true)
    assert.deepEqual(names(why), ['route', 'capacity', 'token', 'throttle', 'skill', 'role', 'form'])
    assert.deepEqual(why.slice(-3), [
      { step: 'skill', ok: false, detail: 'no skill', itemId: 1, rule: 'ledger 14' },
      { step: 'role', ok: false, detail: 'no role (none)', itemId: 2, rule: 'ledger 12' },
      { step: 'form', ok: false, detail: 'no form' },
    ])
  })
})

describe('The order of checks', () => {
  test('is one order for all operations, of which each has a part', () => {
    for (const operation of ['get', 'enable', 'batch_disable', 'create_unit', 'catalog', 'unknown']) {
      const steps = stepsOf(operation)
      const inOrder = decisionSteps.filter((step) => steps.includes(step))
      assert.deepEqual(steps, inOrder, operation)
      assert.ok(whyDone(operation).every(({ ok }) => ok))
    }
  })

  test('names rows that the ledger has', () => {
    const ledger = readFileSync(new URL('../../docs/fidelity.md', import.meta.url), 'utf8')
    const named = [...Object.values(origins).map(({ row }) => row), ...Object.values(rowsOfAbsent)]
    const missing = named.filter((row) => row !== undefined && !ledger.includes(`\n| ${row} |`))
    assert.deepEqual(missing, [])
  })
})

function names(why: RefusalView['why']): string[] {
  return why.map(({ step }) => step)
}

async function whyOf(
  service: TestService,
  method: string,
  path: string,
  options: CallOptions,
): Promise<RefusalView['why']> {
  const answer = await service.call(method, path, options)
  const query = `requestId=${answer.headers.get('x-amzn-requestid')}`
  const { text } = await service.call('GET', `/_skillkeeper/refusals?${query}`, { token: operatorToken })
  const [found] = (JSON.parse(text) as { items: RefusalView[] }).items
  assert.ok(found, `${method} ${path} answers ${answer.status}`)
  return found.why
}
