// Row 10 of the ledger: which refusal comes first. Each request here deserves two refusals that are neighbours in
// that order, and must get the first.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startBusyService } from '../support/busy-service.ts'
import { everywhere, everywhereCatalog, hospital, hospitalCatalog, secretOf } from '../support/catalogs.ts'
import { type Answer, startService, type TestService } from '../support/service.ts'

const { nurseCall, pharmacy, unknownSkill, room, foreignRoom, unknownUnit } = hospital
const linkRequest = { redirectUri: 'https://hospital.example/cb', authCode: 'code', type: 'AUTH_CODE' }
const pathOf = (skillId: string) => `/v1/skills/${skillId}/enablements`
const enable = (service: TestService, token: string, skillId: string, body: object): Promise<Answer> =>
  service.call('POST', pathOf(skillId), { token, body })

/** Where the operations are not available; `stranger` has no role there, `everywhere` has. */
const ukHealthcare = everywhere.organizationIn('healthcare', 'UK')
const catalog = {
  organizations: [...hospitalCatalog.organizations, ...everywhereCatalog.organizations],
  skills: [...hospitalCatalog.skills, ...everywhereCatalog.skills],
  clients: [...hospitalCatalog.clients, ...everywhereCatalog.clients],
}

describe('Of two refusals that a request deserves it gets (row 10)', () => {
  test('503 for overload before 401 for the token', async (t) => {
    const { service, begin } = await startBusyService(t, { requestsMax: 1 })
    const held = await begin(await service.token(hospital.admin))
    const { status, headers, body } = await service.call('GET', pathOf(nurseCall))
    assert.deepEqual([status, body.type], [503, 'SERVICE_UNAVAILABLE'])
    assert.equal(headers.get('retry-after'), '1')
    assert.equal((await held.finish()).status, 201)
  })

  test('401 for the token before 429 for too many requests', async (t) => {
    const service = await startService(t, { rateLimit: 1 })
    const token = await service.token(hospital.admin)
    await service.call('GET', pathOf(nurseCall), { token })
    assert.equal((await service.call('GET', pathOf(nurseCall), { token })).status, 429)
    assert.equal((await service.call('GET', pathOf(nurseCall), { token: `${token}x` })).status, 401)
  })

  test('429 for too many requests before 400 for the form', async (t) => {
    const service = await startService(t, { rateLimit: 1 })
    const token = await service.token(hospital.admin)
    assert.equal((await service.call('GET', pathOf('nonsense'), { token })).status, 400)
    assert.equal((await service.call('GET', pathOf('nonsense'), { token })).status, 429)
    assert.equal((await service.call('POST', pathOf(nurseCall), { token, body: 'nonsense' })).status, 429)
  })

  test('400 for the form before 404 and 403 for the unit', async (t) => {
    const service = await startService(t)
    const admin = await service.token(hospital.admin)
    const nobody = await service.token(hospital.nobody)
    const badForms = [
      { stage: 'certification' },
      { stage: 'live', partitionName: '' },
      { stage: 'live', accountLinkRequest: {} },
    ]
    for (const badForm of badForms) {
      for (const unitId of [unknownUnit, foreignRoom]) {
        assert.equal((await enable(service, admin, nurseCall, { unitId, ...badForm })).status, 400)
      }
      assert.equal((await enable(service, nobody, nurseCall, { unitId: room, ...badForm })).status, 400)
    }
    const badPage = `unitId=${foreignRoom}&nextToken=nonsense`
    assert.equal(
      (await service.call('GET', `/v1/skills/enablements?${badPage}`, { token: admin })).status,
      400,
    )
  })

  test('403 for the scope and the role before 404 for a unit that is not there', async (t) => {
    const service = await startService(t)
    const nobody = await service.token(hospital.nobody)
    const { status, body } = await enable(service, nobody, nurseCall, { unitId: unknownUnit, stage: 'live' })
    assert.deepEqual([status, body.message], [403, 'The client has no role on any unit.'])
  })

  test('403 for the unit before 403 for what is not available there', async (t) => {
    const service = await startService(t, { catalog })
    const request = { unitId: ukHealthcare, stage: 'live' }
    const stranger = await enable(service, await service.token(hospital.stranger), everywhere.skill, request)
    assert.deepEqual([stranger.status, stranger.body.type], [403, 'FORBIDDEN'])
    assert.match(stranger.body.message, /right permission/)
    const admin = await enable(service, await service.token(everywhere.admin), everywhere.skill, request)
    assert.match(admin.body.message, /solution healthcare in the country UK/)
  })

  test('404 for the unit and 403 for what is not available before 404 for the skill', async (t) => {
    const service = await startService(t, { catalog })
    const admin = await service.token(hospital.admin)
    const noUnit = await enable(service, admin, unknownSkill, { unitId: unknownUnit, stage: 'live' })
    assert.deepEqual([noUnit.status, noUnit.body.message], [404, `The unit ${unknownUnit} can't be found.`])
    const token = await service.token(everywhere.admin)
    const notAvailable = await enable(service, token, unknownSkill, { unitId: ukHealthcare, stage: 'live' })
    assert.deepEqual([notAvailable.status, notAvailable.body.type], [403, 'FORBIDDEN'])
    assert.match(notAvailable.body.message, /solution healthcare in the country UK/)
  })

  test('404 for the skill or its stage before 400 for account linking', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const noStage = await enable(service, token, pharmacy, { unitId: room, stage: 'development' })
    assert.deepEqual([noStage.status, noStage.body.type], [404, 'NOT_FOUND'])
    const noSkill = await enable(service, token, unknownSkill, {
      unitId: room,
      stage: 'live',
      accountLinkRequest: linkRequest,
    })
    assert.deepEqual([noSkill.status, noSkill.body.type], [404, 'NOT_FOUND'])
    const notLinked = await enable(service, token, pharmacy, { unitId: room, stage: 'live' })
    assert.deepEqual([notLinked.status, notLinked.body.type], [400, 'INVALID_PARAM'])
  })

  test('401 before the body is read, and 413 before it is looked at', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const body = 'x'.repeat(2_000_000)
    assert.equal((await service.call('POST', pathOf(nurseCall), { body })).status, 401)
    assert.equal((await service.call('POST', pathOf('nonsense'), { token, body })).status, 413)
  })
})

describe('A token that is good for something else', () => {
  test('is 403 without the scope for management (row 16)', async (t) => {
    const service = await startService(t)
    const form = {
      grant_type: 'client_credentials',
      client_id: hospital.admin,
      client_secret: secretOf(hospital.admin),
      scope: 'profile',
    }
    const answer = await service.call('POST', '/auth/o2/token', {
      body: new URLSearchParams(form).toString(),
    })
    const query = `unitId=${room}`
    const { status, body } = await service.call('GET', `/v1/skills/enablements?${query}`, {
      token: answer.body.access_token,
    })
    assert.deepEqual([status, body.type], [403, 'FORBIDDEN'])
    assert.match(body.message, /alexa::enterprise:management/)
  })

  test('is 403 when its client has no role at all (row 16)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.nobody)
    const { status, body } = await service.call('GET', `/v1/skills/enablements?unitId=${room}`, { token })
    assert.deepEqual([status, body.type], [403, 'FORBIDDEN'])
  })
})

describe('The Authorization header', () => {
  test('may spell the scheme in any case, with any number of spaces (row 15)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const path = `/v1/skills/enablements?unitId=${room}`
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer ', 'BEARER   ', 'bEaReR  ']) {
      const headers = { authorization: `${scheme} ${token}` }
      assert.equal((await service.call('GET', path, { headers })).status, 200, scheme)
    }
  })

  test('that is missing, malformed or of no known token is 401 with a challenge (row 15)', async (t) => {
    const service = await startService(t)
    const token = await service.token(hospital.admin)
    const path = `/v1/skills/enablements?unitId=${room}`
    const bad = [
      '',
      'Bearer',
      'Bearer ',
      token,
      `Basic ${token}`,
      `Bearer ${token} x`,
      `Bearer\t${token}`,
      `Bearer${token}`,
      `Bearer=${token}`,
      'Bearer nonsense',
      'Bearer Atza|x',
    ]
    for (const authorization of bad) {
      const { status, headers, body } = await service.call('GET', path, { headers: { authorization } })
      assert.deepEqual([status, body.type], [401, 'INVALID_LWA_TOKEN'], authorization)
      assert.equal(headers.get('www-authenticate'), 'Bearer realm="skillkeeper"')
    }
    assert.equal((await service.call('GET', path)).status, 401)
  })
})
