import assert from 'node:assert/strict'
import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { readOperatorTokens } from '../../src/protocol/operator-tokens.ts'
import { hospital } from '../support/catalogs.ts'
import { temporaryFolder } from '../support/program.ts'
import { hasFolder, startService, type TestService } from '../support/service.ts'

const [anna, annaNew, ben, nobody] = ['anna', 'anna-new', 'ben', 'nobody'].map((name) =>
  `the-token-of-${name}`.padEnd(24, '.'),
) as [string, string, string, string]

async function statusesFor(service: TestService, ...tokens: readonly string[]): Promise<number[]> {
  const asked = tokens.map((token) => service.call('GET', '/_skillkeeper/skills', { token }))
  return (await Promise.all(asked)).map(({ status }) => status)
}

describe('The tokens of the operators', () => {
  test('are read from any list of tokens, with names or without, and no other text is taken for one', () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,32}$/)
    const token = fc.stringMatching(/^[\x21-\x2b\x2d-\x39\x3b-\x7e]{16,60}$/)
    const entry = fc.record({ name: fc.option(name, { nil: undefined }), token }, { noNullPrototype: true })
    const entries = fc.uniqueArray(entry, { selector: (one) => one.token, minLength: 1, maxLength: 5 })
    const separator = fc.constantFrom(',', '\n', '\r\n', ', ', ',\n', '\n\n')
    fc.assert(
      fc.property(entries, separator, (tokens, between) => {
        const texts = tokens.map((one) => (one.name === undefined ? one.token : `${one.name}:${one.token}`))
        assert.deepEqual(readOperatorTokens(texts.join(between)), { tokens })
        assert.deepEqual(readOperatorTokens(`${texts.join(between)}${between}`), { tokens })
      }),
    )
    for (const wrong of [
      '',
      ' ',
      ',',
      '\n',
      'short',
      'anna:short',
      `:${anna}`,
      `anna ${anna}`,
      `anna: ${anna}`,
      `an na:${anna}`,
      `änna:${anna}`,
      `${'a'.repeat(33)}:${anna}`,
      `anna:ben:${anna}`,
      `anna:${anna},ben:`,
      `anna:${anna},ben:${anna}`,
      `${anna},${anna}`,
      `anna:${'a'.repeat(1025)}`,
      `${anna} ${ben}`,
      `${anna}\t${ben}`,
      `${anna}\u00e9`,
      Array.from({ length: 101 }, (_, index) => `${anna}${index}`).join(','),
    ]) {
      const read = readOperatorTokens(wrong)
      assert.ok('problem' in read, wrong)
      for (const secret of [anna, ben]) assert.ok(!read.problem.includes(secret), read.problem)
    }
  })

  test('are several at once, and each change is logged with the name of who made it', async (t) => {
    const service = await startService(t, {
      operatorToken: `anna:${annaNew},anna:${anna},ben:${ben},${nobody}`,
    })
    const expected: readonly [token: string, actor: string][] = [
      [annaNew, 'operator:anna'],
      [anna, 'operator:anna'],
      [ben, 'operator:ben'],
      [nobody, 'operator'],
    ]
    for (const [index, [token, actor]] of expected.entries()) {
      const client = { id: `client-${index}`, secret: 'hush', roles: [] }
      const put = await service.call('POST', '/_skillkeeper/catalog', { token, body: { clients: [client] } })
      assert.equal(put.status, 200, put.text)
      const removed = await service.call('DELETE', `/_skillkeeper/clients/${client.id}`, { token })
      const signed = await service.call('POST', '/_skillkeeper/keys/signing', { token })
      for (const { headers } of [put, removed, ...(signed.status === 200 ? [signed] : [])]) {
        const requestId = headers.get('x-amzn-requestid')
        const log = await service.call('GET', `/_skillkeeper/operations?requestId=${requestId}`, { token })
        assert.ok(log.body.items.length > 0)
        for (const entry of log.body.items) assert.equal(Reflect.get(entry, 'actor'), actor)
      }
      const refused = await service.call('DELETE', `/_skillkeeper/clients/${client.id}`, { token })
      const id = refused.headers.get('x-amzn-requestid')
      const kept = await service.call('GET', `/_skillkeeper/refusals?requestId=${id}`, { token })
      assert.deepEqual(
        kept.body.items.map((item) => Reflect.get(item, 'operator')),
        [actor],
      )
    }
    const actors = async (actor: string) => {
      const query = `actor=${actor}&operation=catalog`
      const { body } = await service.call('GET', `/_skillkeeper/operations?${query}`, { token: ben })
      return body.items.length
    }
    assert.equal(await actors('operator:ben'), 2)
    assert.equal(await actors('operator:anna'), 4)
    assert.ok((await actors('operator')) >= 8)
    const lines = service.log.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'request')
    assert.deepEqual(
      [...new Set(lines.filter(({ operation }) => operation === 'catalog').map(({ operator }) => operator))],
      ['operator:anna', 'operator:ben', 'operator'],
    )
  })

  test('are nobody else, with their name before them or in part', async (t) => {
    const service = await startService(t, { operatorToken: `anna:${anna},ben:${ben}` })
    const wrong = [`anna:${anna}`, `ben:${anna}`, 'anna', `${anna},${ben}`, anna.slice(0, -1), `${ben}x`, '']
    assert.deepEqual(new Set(await statusesFor(service, ...wrong)), new Set([401]))
    assert.deepEqual(await statusesFor(service, anna, ben), [200, 200])
  })

  test('Tokens of the file are added, replaced and taken away without a restart', async (t) => {
    if (!hasFolder(t)) return
    const data = temporaryFolder(t)
    const file = path.join(data, 'operator-token')
    const service = await startService(t, { data, operatorToken: undefined })
    const first = readFileSync(file, 'utf8').trim()
    const told = (level: string) =>
      service.log
        .map((line) => JSON.parse(line))
        .filter((line) => line.level === level && /^The tokens of the operator/.test(line.msg))
    const steps: readonly [text: string, valid: readonly string[]][] = [
      [`anna:${anna}\n${first}\n`, [anna, first]],
      [`anna:${annaNew}\nanna:${anna}\nben:${ben}\n`, [anna, annaNew, ben]],
      [`anna:${annaNew}\nben:${ben}\n`, [annaNew, ben]],
      [`ben:${ben}`, [ben]],
    ]
    for (const [index, [text, valid]] of steps.entries()) {
      writeFileSync(file, text)
      for (const token of [first, anna, annaNew, ben]) {
        assert.deepEqual(await statusesFor(service, token), [valid.includes(token) ? 200 : 401])
      }
      assert.equal(told('info').length, index + 1)
    }
    // As an editor writes it: another file in its place.
    writeFileSync(`${file}.new`, `ben:${ben}\nanna:${anna}`)
    renameSync(`${file}.new`, file)
    assert.deepEqual(await statusesFor(service, anna, ben), [200, 200])
    // What cannot be read changes nothing.
    for (const spoil of [
      () => writeFileSync(file, ''),
      () => writeFileSync(file, `ben:${ben}\nanna:short`),
      () => rmSync(file),
    ]) {
      const before = told('error').length
      spoil()
      assert.deepEqual(await statusesFor(service, anna, ben, first), [200, 200, 401])
      assert.equal(told('error').length, before + 1)
    }
    writeFileSync(file, `anna:${anna}`)
    chmodSync(file, 0o600)
    assert.deepEqual(await statusesFor(service, anna, ben), [200, 401])
    for (const secret of [first, anna, annaNew, ben]) {
      assert.ok(!service.log.some((line) => line.includes(secret)))
    }
  })

  test('let several people say yes on the authorize page, and the access log says who did', async (t) => {
    const portal = { id: 'portal', secret: 'hush', redirectUris: ['https://portal.example/back'], roles: [] }
    const service = await startService(t, { operatorToken: `anna:${anna},ben:${ben}` })
    await service.call('POST', '/_skillkeeper/catalog', { token: ben, body: { clients: [portal] } })
    for (const [token, operator] of [
      [anna, 'operator:anna'],
      [ben, 'operator:ben'],
    ] as const) {
      const answer = await service.call('POST', '/ap/oa', {
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({
          client_id: portal.id,
          redirect_uri: portal.redirectUris[0] ?? '',
          response_type: 'code',
          scope: 'alexa::enterprise:management',
          decision: 'allow',
          operator_token: token,
        }).toString(),
      })
      assert.equal(answer.status, 302, answer.text)
      const line = service.log
        .map((one) => JSON.parse(one))
        .findLast(({ operation }) => operation === 'authorize')
      assert.equal(line?.operator, operator)
    }
  })

  test('are told apart from clients: no client has the name of an operator', async (t) => {
    const service = await startService(t, { operatorToken: `anna:${anna}` })
    for (const [id, status] of [
      ['operator', 400],
      ['operator:anna', 400],
      ['operator:', 400],
      ['operators', 200],
      ['the-operator', 200],
    ] as const) {
      const body = {
        clients: [{ id, secret: 'hush', roles: [{ unitId: hospital.room, role: 'A4P.UnitAdmin' }] }],
      }
      const { text, ...put } = await service.call('POST', '/_skillkeeper/catalog', { token: anna, body })
      assert.equal(put.status, status, text)
    }
  })
})
