import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { StartError, type StartOptions, startSkillkeeper } from '../../src/app/index.ts'
import { createHandClock } from '../support/hand-clock.ts'
import { temporaryFolder } from '../support/program.ts'

const quiet = { port: 0, logLevel: 'silent' } as const

describe('A service as a value', () => {
  test('runs beside others in one process, each with its own data', async (t) => {
    const services = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        startSkillkeeper({
          ...quiet,
          data: ':memory:',
          operatorToken: 'the-token-of-the-operator',
          catalog: { clients: [{ id: `client-${index}` }] },
        }),
      ),
    )
    t.after(() => Promise.all(services.map((service) => service.stop())))
    assert.equal(new Set(services.map((service) => service.url)).size, services.length)
    for (const [index, { url }] of services.entries()) {
      const answer = await fetch(`${url}/_skillkeeper/clients`, {
        headers: { authorization: 'Bearer the-token-of-the-operator' },
      })
      const { items } = (await answer.json()) as { items: { id: string }[] }
      assert.deepEqual(
        items.map(({ id }) => id),
        [`client-${index}`],
      )
    }
  })

  test('says that others may write to its data folder', async (t) => {
    for (const [mode, isTold] of [
      [0o777, true],
      [0o770, true],
      [0o755, false],
      [0o700, false],
    ] as const) {
      const data = temporaryFolder(t)
      chmodSync(data, mode)
      const log: string[] = []
      const service = await startSkillkeeper({ port: 0, data, log: { write: (line) => void log.push(line) } })
      await service.stop()
      assert.equal(
        log.some((line) => line.includes('may write to the data folder')),
        isTold,
        mode.toString(8),
      )
    }
  })

  test('stops once, however often it is told to', async () => {
    const service = await startSkillkeeper({ ...quiet, data: ':memory:' })
    await Promise.all([service.stop(), service.stop()])
    await service.stop()
    await assert.rejects(fetch(`${service.url}/livez`))
  })

  test('closes what it has opened when it cannot start', async (t) => {
    const data = temporaryFolder(t)
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    t.after(() => taken.close())
    const address = taken.address()
    assert.ok(typeof address === 'object' && address !== null)
    await assert.rejects(startSkillkeeper({ ...quiet, data, port: address.port }), isStartError('port_taken'))
    // The folder is free again.
    const service = await startSkillkeeper({ ...quiet, data })
    await service.stop()
  })

  test('runs on the clock that it is given', async (t) => {
    const clock = createHandClock()
    const lines: string[] = []
    const service = await startSkillkeeper({
      port: 0,
      data: ':memory:',
      clock,
      log: { write: (line) => lines.push(line) },
    })
    t.after(() => service.stop())
    const times = lines.map((line) => JSON.parse(line))
    assert.ok(times.length > 0)
    await fetch(`${service.url}/livez`)
    const request = lines.map((line) => JSON.parse(line)).find((line) => line.msg === 'request')
    assert.equal(request.time, new Date(clock.now()).toISOString())
  })

  test('takes the sealing key and the operator token of the settings, and writes no file for them', async (t) => {
    const data = temporaryFolder(t)
    const sealingKey = Buffer.alloc(32, 1).toString('base64url')
    const service = await startSkillkeeper({ ...quiet, data, sealingKey, operatorToken: '0123456789abcdef' })
    await service.stop()
    assert.equal(existsSync(path.join(data, 'sealing-key')), false)
    assert.equal(existsSync(path.join(data, 'operator-token')), false)
    // A newer key in front seals from now on; the old one still opens.
    const newer = Buffer.alloc(32, 2).toString('base64url')
    const again = await startSkillkeeper({
      ...quiet,
      data,
      sealingKey: `${newer},${sealingKey}`,
      operatorToken: '0123456789abcdef',
    })
    await again.stop()
  })

  test('refuses to make a new sealing key for what another one has sealed', async (t) => {
    const data = temporaryFolder(t)
    await (await startSkillkeeper({ ...quiet, data })).stop()
    const file = path.join(data, 'sealing-key')
    rmSync(file)
    await assert.rejects(startSkillkeeper({ ...quiet, data }), (error: Error) => {
      assert.match(error.message, /sealing-key is missing, but the stored secrets are sealed with its key/)
      return isStartError('storage')(error)
    })
    assert.equal(existsSync(file), false)
  })

  test('warns of a secret that others may read', async (t) => {
    const data = temporaryFolder(t)
    await (await startSkillkeeper({ ...quiet, data })).stop()
    chmodSync(path.join(data, 'operator-token'), 0o644)
    const lines = await logOfStart(t, { data })
    const warning = lines.find((line) => line.level === 'warn')
    assert.match(
      warning?.msg ?? '',
      /operator-token contains a secret, but other users of this machine may read it/,
    )
  })

  test('refuses an operator token file without a token', async (t) => {
    const data = temporaryFolder(t)
    writeFileSync(path.join(data, 'operator-token'), '\n')
    await assert.rejects(startSkillkeeper({ ...quiet, data }), isStartError('failure'))
  })

  test('warns when the demo catalog is served on an address that others reach', async (t) => {
    const lines = await logOfStart(t, { data: ':memory:', host: '0.0.0.0' })
    assert.ok(
      lines.some((line) => line.level === 'warn' && /demo clients work only on loopback/.test(line.msg)),
    )
  })

  test('keeps what it was told over a restart, and writes an unchanged catalog only once', async (t) => {
    const data = temporaryFolder(t)
    const catalog = { clients: [{ id: 'c', secret: 'hush-of-a-client', refreshToken: 'Atzr|of-the-client' }] }
    const changed = async () =>
      (await logOfStart(t, { data, catalog })).find((line) => 'changed' in line)?.changed
    assert.equal(await changed(), 2)
    assert.equal(await changed(), 0)
    assert.doesNotMatch(
      readFileSync(path.join(data, 'skillkeeper.db'), 'latin1'),
      /hush-of-a-client|of-the-client/,
    )
  })

  test('names the catalog file that is not there or is not JSON', async (t) => {
    const file = path.join(temporaryFolder(t), 'catalog.json')
    const start = () => startSkillkeeper({ ...quiet, data: ':memory:', catalog: file })
    await assert.rejects(start(), {
      message: `The catalog file ${file} cannot be read: there is no such file.`,
    })
    writeFileSync(file, '{"skills": [\n  {]}')
    await assert.rejects(start(), {
      message: `The catalog file ${file} is not JSON: line 2, column 4: a property name in double quotes or } is expected, not "]".`,
    })
  })

  test('refuses an issuer that tokens would travel to in the clear', async () => {
    const start = startSkillkeeper({ ...quiet, data: ':memory:', tokenInfoUrl: 'http://issuer.example/info' })
    await assert.rejects(start, isStartError('usage'))
  })

  test('issues no tokens when another issuer is named', async (t) => {
    const service = await startSkillkeeper({
      ...quiet,
      data: ':memory:',
      oidcIssuer: 'https://issuer.example',
    })
    t.after(() => service.stop())
    assert.equal((await fetch(`${service.url}/auth/o2/token`, { method: 'POST' })).status, 404)
  })

  test('refuses an address that this machine does not have', async () => {
    await assert.rejects(
      startSkillkeeper({ ...quiet, data: ':memory:', host: '192.0.2.1' }),
      isStartError('usage'),
    )
  })
})

interface Line {
  readonly level: string
  readonly msg: string
  readonly changed?: number
}

/** The lines that a service logs while it starts and stops. */
async function logOfStart(t: TestContext, options: StartOptions): Promise<Line[]> {
  const lines: string[] = []
  const service = await startSkillkeeper({ port: 0, log: { write: (line) => lines.push(line) }, ...options })
  t.after(() => service.stop())
  await service.stop()
  return lines.map((line) => JSON.parse(line))
}

function isStartError(kind: string): (error: Error) => boolean {
  return (error) => error instanceof StartError && error.kind === kind
}
