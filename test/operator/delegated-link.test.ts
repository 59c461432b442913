import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type OperatorService, skill, smallCatalog, startOperatorService, unit } from '../support/operator.ts'
import {
  type SkillTokenServer,
  skillRedirectUri,
  startSkillTokenServer,
} from '../support/skill-token-server.ts'

const links = `/organizations/${unit('ORG1')}/delegated-links`
const enablements = `/v1/skills/${skill('lights')}/enablements`

describe('A delegated link', () => {
  test('is made from a code and links every unit of the organization that asks for no link of its own', async (t) => {
    const { service, server } = await start(t)
    const code = await server.newCode(server.basicClient.clientId)
    const put = await service.ask('PUT', `${links}/${skill('lights')}`, {
      authCode: code,
      redirectUri: skillRedirectUri,
    })
    assert.equal(put.status, 200)
    const link = { organizationId: unit('ORG1'), skillId: skill('lights'), status: 'LINKED' }
    assert.deepEqual(put.body, link)
    assert.deepEqual((await service.ask('GET', links)).body, { items: [link] })
    assert.deepEqual((await service.ask('GET', `${links}/${skill('lights')}`)).body, link)

    const token = await service.tokenOf('nurse-station', 'the secret of the nurse station')
    const enabled = await service.call(token, 'POST', enablements, { unitId: unit('R101'), stage: 'live' })
    assert.equal(enabled.status, 201)
    assert.equal(enabled.body.accountLink.status, 'LINKED')
    assert.doesNotMatch((await service.ask('GET', '/operations')).text, new RegExp(code))
  })

  test('is gone when it is removed, and cannot be removed twice', async (t) => {
    const { service, server } = await start(t)
    const code = await server.newCode(server.basicClient.clientId)
    await service.ask('PUT', `${links}/${skill('lights')}`, { authCode: code, redirectUri: skillRedirectUri })
    assert.equal((await service.ask('DELETE', `${links}/${skill('lights')}`)).status, 204)
    assert.equal((await service.ask('DELETE', `${links}/${skill('lights')}`)).status, 404)
    assert.equal((await service.ask('GET', `${links}/${skill('lights')}`)).status, 404)
    assert.deepEqual((await service.ask('GET', links)).body, { items: [] })
    const token = await service.tokenOf('nurse-station', 'the secret of the nurse station')
    const enabled = await service.call(token, 'POST', enablements, { unitId: unit('R101'), stage: 'live' })
    assert.equal(enabled.status, 400)
  })

  test('is refused with the words of the token server when the code is no good', async (t) => {
    const { service } = await start(t)
    const answer = await service.ask('PUT', `${links}/${skill('lights')}`, {
      authCode: 'made-up',
      redirectUri: skillRedirectUri,
    })
    assert.equal(answer.status, 400)
    assert.match(answer.body.message, /invalid_grant/)
  })

  test('is refused with 503 when the token server is down', async (t) => {
    const { service, server } = await start(t)
    await server.stop()
    const answer = await service.ask('PUT', `${links}/${skill('lights')}`, {
      authCode: 'c',
      redirectUri: 'https://r/',
    })
    assert.equal(answer.status, 503)
  })

  test('needs an organization, and a skill that links accounts', async (t) => {
    const { service } = await start(t)
    const body = { authCode: 'c', redirectUri: 'https://r/' }
    assert.equal((await service.ask('PUT', `${links}/${skill('none')}`, body)).status, 404)
    assert.equal((await service.ask('PUT', `${links}/${skill('call')}`, body)).status, 400)
    const ofUnit = `/organizations/${unit('W1')}/delegated-links`
    assert.equal((await service.ask('PUT', `${ofUnit}/${skill('lights')}`, body)).status, 404)
    assert.equal((await service.ask('GET', ofUnit)).status, 404)
    assert.equal((await service.ask('PUT', `${links}/${skill('lights')}`, { authCode: '' })).status, 400)
  })

  test('can be given in the catalog with its tokens', async (t) => {
    const { service } = await start(t)
    const [organization] = smallCatalog.organizations
    const delegatedLinks = [{ skillId: skill('lights'), accessToken: 'a-token', refreshToken: 'r-token' }]
    const catalog = { organizations: [{ ...organization, delegatedLinks }] }
    assert.equal((await service.ask('POST', '/catalog', catalog)).body.changed, 1)
    assert.equal((await service.ask('POST', '/catalog', catalog)).body.changed, 0)
    assert.equal((await service.ask('GET', `${links}/${skill('lights')}`)).body.status, 'LINKED')
  })
})

async function start(t: TestContext): Promise<{ service: OperatorService; server: SkillTokenServer }> {
  const server = await startSkillTokenServer()
  t.after(() => server.stop())
  const lights = {
    id: skill('lights'),
    name: 'Lights',
    stages: ['live'],
    accountLinking: {
      accessTokenUri: server.accessTokenUri,
      ...server.basicClient,
      authenticationScheme: 'HTTP_BASIC',
      revocationUri: server.revocationUri,
    },
  }
  const catalog = { ...smallCatalog, skills: [...smallCatalog.skills, lights] }
  return { service: await startOperatorService(t, { catalog }), server }
}
