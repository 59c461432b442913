/** A service that starts and finds no database, or one that it cannot use. */
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { type Service, StartError, startSkillkeeper } from '../../src/app/index.ts'
import { hospital, hospitalCatalog } from '../support/catalogs.ts'
import { createHandClock, type HandClock } from '../support/hand-clock.ts'
import { openDatabase } from '../support/postgres.ts'
import { runProgram } from '../support/program.ts'
import { operatorToken } from '../support/service.ts'
import { startProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const one = `/v1/skills/${hospital.nurseCall}/enablements`

describe('While the database is down at the start', () => {
  test('the service listens, lives, is not ready, and refuses each request in its own form', async (t) => {
    const { url, service } = await startWaiting(t)
    assert.equal((await ask(url, '/livez')).status, 200)
    assert.equal((await ask(url, '/metrics')).status, 200)
    assert.equal((await ask(url, '/openapi.json')).status, 200)
    assert.equal((await ask(url, '/nowhere')).status, 404)
    const message = 'The service is waiting for its storage.'
    const single = { type: 'SERVICE_UNAVAILABLE', message }
    const batch = {
      errors: [{ status: 503, errorCode: 'SERVICE_UNAVAILABLE', errorDescription: message }],
    }
    for (const [path, method, body] of [
      ['/readyz', 'GET', single],
      [`${one}?unitId=${hospital.room}`, 'GET', single],
      ['/v1/skills/enablements', 'GET', single],
      [one, 'POST', single],
      [one, 'DELETE', single],
      [`${one}/batch`, 'POST', batch],
      ['/_skillkeeper/clients', 'GET', single],
    ] as const) {
      const answer = await ask(url, path, method)
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'], path)
      assert.ok(answer.headers.get('x-amzn-requestid'))
      assert.deepEqual(await answer.json(), body)
    }
    const token = await ask(url, '/auth/o2/token', 'POST')
    assert.equal(token.status, 503)
    assert.equal(((await token.json()) as { error: string }).error, 'temporarily_unavailable')
    service.giveUp()
  })

  test('each try is told, with pauses that grow, and the service becomes ready without a restart', async (t) => {
    const { url, service, clock, lines, proxy } = await startWaiting(t)
    const pauses: number[] = []
    for (let tries = 1; tries <= 7; tries += 1) {
      await clock.asleep(1)
      const [line] = lines.filter(({ level }) => level === 'warn').slice(-1)
      assert.match(line?.msg ?? '', /^The database is down/)
      assert.match(line?.detail ?? '', /ECONNREFUSED/)
      pauses.push(line?.retryAfterMs ?? 0)
      if (tries === 7) await proxy.repair()
      clock.moveBy(line?.retryAfterMs ?? 0)
    }
    assert.deepEqual(pauses, [250, 500, 1000, 2000, 4000, 5000, 5000])
    assert.equal((await service.ready()).url, url)
    assert.equal((await ask(url, '/readyz')).status, 200)
    const clients = await ask(url, '/_skillkeeper/clients')
    assert.equal(
      ((await clients.json()) as { items: unknown[] }).items.length,
      hospitalCatalog.clients.length,
    )
  })

  test('a server that is starting up, hangs up or has no connection left counts as down, too', async (t) => {
    const { service, clock, lines, proxy } = await startWaiting(t, async (proxy) => proxy.refuseWith('57P03'))
    const steps: [change: () => unknown, detail: RegExp][] = [
      [() => proxy.refuseWith('53300'), /57P03/],
      [() => proxy.hangUp(), /53300/],
      [() => proxy.swallow(), /hung up/],
      [() => proxy.repair(), /no answer within 2000 ms/],
    ]
    for (const [change, detail] of steps) {
      await clock.asleep(1)
      const line = lines.findLast(({ level }) => level === 'warn')
      assert.match(line?.detail ?? '', detail)
      await change()
      clock.moveBy(line?.retryAfterMs ?? 0)
    }
    await service.ready()
    assert.ok(proxy.arrivals < 30, String(proxy.arrivals))
  })

  test('the program says that it is ready only when it is, and stops when it is told to', async (t) => {
    const database = await openDatabase(t)
    const proxy = await startProxy(t, database.url)
    await proxy.breakDown()
    const { databaseUrl, sealingKey } = database.settings(proxy.url)
    const args = ['serve', '--port', '0', '--database-url', databaseUrl]
    const env = { SKILLKEEPER_SEALING_KEY: sealingKey }
    const impatient = runProgram(t, args, { env })
    await logged(impatient.process, /The database is down/)
    assert.equal(impatient.stdout(), '')
    impatient.process.kill('SIGTERM')
    assert.equal(await impatient.ended, 0)

    const patient = runProgram(t, args, { env })
    await logged(patient.process, /The database is down/)
    const url = /"url":"([^"]+)"/.exec(patient.stderr())?.[1] ?? ''
    assert.equal((await ask(url, '/readyz')).status, 503)
    assert.equal(patient.stdout(), '')
    await proxy.repair()
    assert.equal(await patient.url, url)
    assert.equal((await ask(url, '/readyz')).status, 200)
  })
})

describe('What waiting does not mend ends the start', () => {
  for (const { what, role, change, reason } of [
    { what: 'a wrong password', role: 'locked:wrong', reason: /password authentication failed.*28P01/ },
    { what: 'a user that is not known', role: 'nobody_at_all', reason: /does not exist.*28000/ },
    {
      what: 'a database that is not there',
      change: (url: string) => url.replace('/postgres?', '/none?'),
      reason: /3D000/,
    },
    { what: 'a right that is missing', role: 'visitor', reason: /permission denied.*42501|3F000/ },
  ]) {
    test(`such as ${what}`, async (t) => {
      const { url, admin, settings } = await openDatabase(t)
      await admin.unsafe(`do $$ begin
        if not exists (select from pg_roles where rolname = 'locked') then create role locked login password 'right'; end if;
        if not exists (select from pg_roles where rolname = 'visitor') then create role visitor login; end if;
        end $$`)
      const asRole = role === undefined ? url : url.replace('//postgres@', `//${role}@`)
      const start = startSkillkeeper({
        port: 0,
        logLevel: 'silent',
        ...settings(change ? change(asRole) : asRole),
      })
      await assert.rejects(start, (error: Error) => {
        assert.ok(error instanceof StartError)
        assert.equal(error.kind, 'storage')
        assert.match(error.message, reason)
        return true
      })
    })
  }

  test('such as a schema of a newer version', async (t) => {
    const { admin, settings } = await openDatabase(t)
    const options = { port: 0, logLevel: 'silent', ...settings() } as const
    await (await startSkillkeeper(options)).stop()
    await admin`insert into migrations values (9999, 'from the future', 0)`
    await assert.rejects(startSkillkeeper(options), /schema version 9999/)
  })

  test('such as the lack of a sealing key, which is told though the database is down', async (t) => {
    const database = await openDatabase(t)
    const proxy = await startProxy(t, database.url)
    await proxy.breakDown()
    const start = startSkillkeeper({ port: 0, logLevel: 'silent', databaseUrl: proxy.url })
    await assert.rejects(start, /SKILLKEEPER_SEALING_KEY/)
  })
})

interface Line {
  readonly level: string
  readonly msg: string
  readonly url?: string
  readonly detail?: string
  readonly retryAfterMs?: number
}

interface Waiting {
  readonly url: string
  readonly clock: HandClock
  readonly lines: readonly Line[]
  readonly proxy: TcpProxy
  readonly service: { ready(): Promise<Service>; giveUp(): void }
}

/** A service that has been told once that its database is down. */
async function startWaiting(
  t: TestContext,
  spoil = (proxy: TcpProxy): Promise<void> => proxy.breakDown(),
): Promise<Waiting> {
  const database = await openDatabase(t)
  const proxy = await startProxy(t, database.hastyUrl)
  await spoil(proxy)
  const clock = createHandClock()
  const lines: Line[] = []
  const waiting = new AbortController()
  const started = startSkillkeeper({
    port: 0,
    catalog: hospitalCatalog,
    operatorToken,
    clock,
    log: { write: (line) => void lines.push(JSON.parse(line)) },
    signal: waiting.signal,
    ...database.settings(proxy.url),
  })
  const ended = started.then(
    (service) => service.stop,
    () => undefined,
  )
  t.after(async () => {
    waiting.abort()
    await (await ended)?.()
    assert.deepEqual(clock.wakeTimes(), [])
  })
  await clock.asleep(1)
  const url = lines.find(({ url }) => url !== undefined)?.url ?? assert.fail('No address was told.')
  return { url, clock, lines, proxy, service: { ready, giveUp: () => waiting.abort() } }

  /** On a slow machine the first try may come too late. */
  async function ready(): Promise<Service> {
    let isReady = false
    void ended.then(() => {
      isReady = true
    })
    for (let tries = 0; tries < 20 && !isReady; tries += 1) {
      await Promise.race([ended, clock.asleep(1)])
      clock.moveBy(5000)
    }
    return started
  }
}

function ask(url: string, path: string, method = 'GET'): Promise<Response> {
  return fetch(url + path, { method, headers: { authorization: `Bearer ${operatorToken}` } })
}

async function logged(process: ReturnType<typeof runProgram>['process'], pattern: RegExp): Promise<void> {
  let text = ''
  for await (const part of process.stderr?.iterator({ destroyOnReturn: false }) ?? []) {
    text += part
    if (pattern.test(text)) return
  }
  assert.fail(`Not logged: ${text}`)
}
