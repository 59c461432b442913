import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hospital } from '../support/catalogs.ts'
import { commandLineOf } from '../support/command-line.ts'
import { linkingSkills, startLinkedHospital } from '../support/linking.ts'

const { organization, room } = hospital
const { blinds } = linkingSkills

describe('The command line, for account links,', () => {
  test('sets a delegated link up, shows what the skill is sent on it, and removes it', async (t) => {
    const { service, newRequest } = await startLinkedHospital(t)
    const { run } = commandLineOf(t, service)
    const { authCode, redirectUri } = await newRequest(blinds)
    const set = ['delegated', 'set', organization, blinds, '--redirect-uri', redirectUri, '--output', 'json']
    const missing = await run(set)
    assert.equal(missing.exitCode, 2)
    assert.match(missing.stderr, /set it in SKILLKEEPER_AUTH_CODE/)
    const link = await run(set, { env: { SKILLKEEPER_AUTH_CODE: authCode } })
    const view = { organizationId: organization, skillId: blinds, status: 'LINKED' }
    assert.deepEqual(JSON.parse(link.stdout), view)
    const listed = await run(['delegated', 'list', organization, '--output', 'csv'])
    assert.equal(listed.stdout, `status,skillId,organizationId\nLINKED,${blinds},${organization}\n`)

    assert.equal((await run(['enable', blinds, room, '--partition', 'Room101'])).exitCode, 0)
    const first = JSON.parse((await run(['scopes', blinds, room])).stdout)
    assert.deepEqual(
      [first.scopes[0].type, first.scopes[0].partition],
      ['BearerTokenWithPartition', 'Room101'],
    )
    const renewed = JSON.parse((await run(['scopes', blinds, room, '--renew'])).stdout)
    assert.notEqual(renewed.scopes[0].token, first.scopes[0].token)

    const removed = await run(['delegated', 'remove', organization, blinds])
    assert.deepEqual([removed.exitCode, removed.stdout], [0, ''])
    assert.equal((await run(['delegated', 'list', organization, '--output', 'json'])).stdout, '[]\n')
  })
})
