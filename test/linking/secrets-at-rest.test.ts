import assert from 'node:assert/strict'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { hospital, secretOf } from '../support/catalogs.ts'
import { readFiles, temporaryFolder } from '../support/embedded-storage.ts'
import { type LinkedHospital, linkingSkills, requestWith, startLinkedHospital } from '../support/linking.ts'
import { hasFolder, operatorToken, type TestService } from '../support/service.ts'

const { room, otherRoom, ward } = hospital
const { blinds, heating, lamps } = linkingSkills

describe('What account linking keeps secret', () => {
  test('is neither in the data folder nor in the log nor in the operations log', async (t) => {
    if (!hasFolder(t)) return
    const data = await temporaryFolder(t)
    const linkedHospital = await startLinkedHospital(t, { data, logLevel: 'debug' })
    const { gate, operations, token } = linkedHospital
    const codes = await linkInEveryWay(linkedHospital)
    const logged = JSON.stringify(await operations())
    const secrets = [...codes, ...secretsOf(linkedHospital), token]
    assert.ok(gate.passages.length >= 6)
    assert.ok(secrets.length >= 20)
    await requireAbsent(secrets, filesOf(data))
    await linkedHospital.service.stop()
    await requireAbsent(secrets, filesOf(data))
    await requireAbsent(secrets, [
      ['the operations log', logged],
      ['the log', linkedHospital.service.log.join('')],
    ])
  })

  test('is gone from the storage once the last enablement is disabled', async (t) => {
    if (!hasFolder(t)) return
    const data = await temporaryFolder(t)
    const { service, enable, disable, newRequest } = await startLinkedHospital(t, { data })
    const request = await newRequest(blinds)
    for (const unit of [room, otherRoom]) await enable(blinds, unit, request)
    assert.equal(countLinks(data), 1)
    for (const unit of [room, otherRoom]) await disable(blinds, unit)
    await service.settled()
    assert.equal(countLinks(data), 0)
  })

  test('is never stored when the token server refuses the code or is out of reach', async (t) => {
    if (!hasFolder(t)) return
    const data = await temporaryFolder(t)
    const { service, enable, gate, newRequest } = await startLinkedHospital(t, { data })
    await enable(blinds, room, requestWith('made-up'))
    gate.breakDown()
    await enable(blinds, room, await newRequest(blinds))
    await service.settled()
    assert.equal(countLinks(data), 0)
  })
})

/** With codes that work, that are refused, that wait for their token server; gives the codes. */
async function linkInEveryWay(linkedHospital: LinkedHospital): Promise<string[]> {
  const { service, enable, batch, disable, newRequest, gate } = linkedHospital
  const first = await newRequest(blinds)
  const second = await newRequest(blinds)
  const third = await newRequest(heating)
  const inBatch = await newRequest(lamps)
  const waiting = await newRequest(heating)
  const refused = requestWith('a-code-that-nobody-gave')
  await enable(blinds, room, first)
  await enable(blinds, room, second)
  await enable(heating, room, third)
  await renewTokens(service)
  await enable(blinds, otherRoom, refused)
  await batch(lamps, [{ itemId: 1, unitId: room, stage: 'live', accountLinkRequest: inBatch }])
  await batch(lamps, [{ itemId: 1, unitId: ward, stage: 'live', accountLinkRequest: refused }])
  await service.settled()
  await disable(lamps, room)
  await service.settled()
  gate.breakDown()
  await batch(heating, [{ itemId: 1, unitId: ward, stage: 'live', accountLinkRequest: waiting }])
  await service.settled()
  await enable(heating, otherRoom, waiting)
  return [first, second, third, inBatch, waiting, refused].map(({ authCode }) => authCode)
}

async function renewTokens(service: TestService): Promise<void> {
  for (const skillId of [blinds, heating]) {
    const path = `/_skillkeeper/units/${room}/enablements/${skillId}/scopes?renew=always`
    assert.equal((await service.call('POST', path, { token: operatorToken })).status, 200)
  }
}

/** The secrets of clients and skills, the operator's token, and whatever the token server gave. */
function secretsOf({ server, gate }: LinkedHospital): string[] {
  const given = gate.passages.flatMap(({ answer }) =>
    ['access_token', 'refresh_token', 'id_token'].flatMap((name) =>
      typeof answer?.[name] === 'string' ? [answer[name]] : [],
    ),
  )
  const { admin, wardAdmin } = hospital
  const known = [server.basicClient.clientSecret, server.bodyClient.clientSecret, secretOf(admin)]
  return [...given, ...known, secretOf(wardAdmin), operatorToken]
}

function filesOf(folder: string): [name: string, text: string][] {
  // The operator's token is given here, and the sealing key stands beside the database on purpose.
  return readFiles(folder).filter(([name]) => name !== 'sealing-key')
}

/** Neither as they are nor in the usual encodings. */
async function requireAbsent(secrets: readonly string[], texts: readonly [string, string][]): Promise<void> {
  assert.ok(texts.length > 0)
  for (const secret of secrets) {
    const bytes = Buffer.from(secret)
    const forms = [secret, bytes.toString('hex'), encodeURIComponent(secret), bytes.toString('base64')]
    for (const [name, text] of texts) {
      for (const form of forms) assert.equal(text.includes(form), false, `${form} is in ${name}`)
    }
  }
}

function countLinks(folder: string): unknown {
  const database = new DatabaseSync(path.join(folder, 'skillkeeper.db'), { readOnly: true })
  try {
    return database.prepare('select count(*) as links from account_links').get()?.links
  } finally {
    database.close()
  }
}
