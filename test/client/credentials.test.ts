import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { describe, test } from 'node:test'
import { inspect } from 'node:util'
import { ApiError, type AttemptEvent, SkillsClient, TokenError } from '../../src/client/index.ts'
import { hospital } from '../support/catalogs.ts'
import { adminCredentials, failure, startClientWorld } from '../support/clients.ts'
import { createEagerClock } from '../support/eager-clock.ts'
import { answer, startHostileServer } from '../support/hostile-server.ts'

const { room } = hospital
const list = (client: SkillsClient) => client.list({ unitId: room })

describe('An access token', () => {
  test('is fetched once for all who want it at the same time, and kept', async (t) => {
    const { tokens, client } = await startIssuer(t)
    await Promise.all(Array.from({ length: 20 }, () => list(client)))
    await list(client)
    assert.equal(tokens(), 1)
  })

  test('is renewed 60 seconds before its end', async (t) => {
    const { tokens, client, clock } = await startIssuer(t)
    await list(client)
    clock.moveBy(3_539_999)
    await list(client)
    assert.equal(tokens(), 1)
    clock.moveBy(1)
    await list(client)
    assert.equal(tokens(), 2)
  })

  test('that lives for less than two minutes is renewed after half its life', async (t) => {
    const { tokens, client, clock } = await startIssuer(t, { expiresIn: 40 })
    await list(client)
    clock.moveBy(19_999)
    await list(client)
    assert.equal(tokens(), 1)
    clock.moveBy(1)
    await list(client)
    assert.equal(tokens(), 2)
  })

  test('is used to its end when it cannot be renewed', async (t) => {
    const issuer = await startIssuer(t)
    const { client, clock } = issuer
    await list(client)
    issuer.status = 503
    clock.moveBy(3_540_000)
    await list(client)
    clock.moveBy(60_000)
    const error = await failure(list(client))
    assert.ok(error instanceof TokenError)
    assert.deepEqual([error.status, error.operation], [503, 'token'])
  })

  test('is renewed once when the service does not take it', async (t) => {
    const issuer = await startIssuer(t)
    const { client } = issuer
    await list(client)
    issuer.revoke()
    await Promise.all(Array.from({ length: 5 }, () => list(client)))
    assert.equal(issuer.tokens(), 2)
    issuer.refuseAll()
    const error = await failure(list(client))
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.status, error.attempts, issuer.tokens()], [401, 2, 3])
  })

  test('of a real service is renewed when it has expired there', async (t) => {
    const { client, service } = await startClientWorld(t)
    await list(client)
    service.clock.moveBy(3_600_000)
    assert.deepEqual((await list(client)).items, [])
  })

  test('is got with a refresh token, at an endpoint of its own, and a new refresh token is the next to be shown', async (t) => {
    const issuer = await startIssuer(t)
    const credentials = {
      clientId: 'the-client',
      clientSecret: 'the-secret',
      refreshToken: 'Atzr|1',
      tokenUrl: `${issuer.url}/auth/o2/token`,
    }
    const client = new SkillsClient({ endpoint: `${issuer.url}/`, credentials, clock: issuer.clock })
    await list(client)
    issuer.clock.moveBy(3_540_000)
    await list(client)
    assert.deepEqual(
      issuer.forms.map((form) => Object.fromEntries(form)),
      [
        {
          client_id: 'the-client',
          client_secret: 'the-secret',
          grant_type: 'refresh_token',
          refresh_token: 'Atzr|1',
        },
        {
          client_id: 'the-client',
          client_secret: 'the-secret',
          grant_type: 'refresh_token',
          refresh_token: 'Atzr|new-1',
        },
      ],
    )
  })

  test('may come from a function, which is asked again after a 401, with the token that was not taken', async (t) => {
    const { service, newClient } = await startClientWorld(t)
    const good = await service.token(hospital.admin)
    const asked: (string | undefined)[] = []
    const client = newClient({
      async credentials({ rejectedToken }) {
        asked.push(rejectedToken)
        return rejectedToken === undefined ? 'Atza|old' : good
      },
    })
    assert.deepEqual((await list(client)).items, [])
    assert.deepEqual(asked, [undefined, 'Atza|old'])
  })

  test('that a function cannot give is a TokenError with the reason as its cause', async (t) => {
    const { newClient } = await startClientWorld(t)
    const reason = new Error('the vault is shut')
    const client = newClient({
      credentials() {
        throw reason
      },
    })
    const error = await failure(list(client))
    assert.ok(error instanceof TokenError)
    assert.equal(error.cause, reason)
  })

  test('that no header can carry is refused in words that do not tell it', async (t) => {
    const { newClient, proxy } = await startClientWorld(t)
    for (const credentials of ['', 'Atza|with-a-line-end\n', () => 'Atza|with-a-smile-☺']) {
      const error = await failure(list(newClient({ credentials })))
      assert.ok(error instanceof TokenError)
      assert.doesNotMatch(error.message, /Atza/)
    }
    assert.equal(proxy.requests(), 0)
  })
})

describe('A secret', () => {
  const secrets = [
    'the-secret-of-the-client',
    'Atzr|the-refresh-token',
    'Atza|the-access-token',
    'the-code-of-the-provider',
  ]
  const accountLinkRequest = {
    redirectUri: 'https://provider.example/cb',
    authCode: secrets[3] ?? '',
    type: 'AUTH_CODE',
  } as const

  test('is in no event and in no error, even when the other side quotes all that it was sent', async (t) => {
    const say = (response: ServerResponse) => {
      const { headers, body } = server.requests.at(-1) ?? assert.fail()
      const message = `${headers.authorization} ${body} ${decodeURIComponent(body)}`
      const errors = [{ itemId: 0, status: 400, errorCode: message, errorDescription: message }]
      answer(400, { type: message, message, error: message, error_description: message, errors })(response)
    }
    const token = answer(200, { access_token: secrets[2], refresh_token: secrets[1] })
    const path = '/v1/skills/x/enablements'
    const answers = { '/good': token, '/auth/o2/token': say, [path]: say, [`${path}/batch`]: say }
    const server = await startHostileServer(answers)
    t.after(() => server.stop())
    const events: AttemptEvent[] = []
    const said: unknown[] = []
    for (const tokenUrl of [`${server.url}/good`, `${server.url}/auth/o2/token`]) {
      const client = new SkillsClient({
        endpoint: server.url,
        credentials: {
          clientId: 'id',
          clientSecret: secrets[0] ?? '',
          refreshToken: secrets[1] ?? '',
          tokenUrl,
        },
        onAttempt: (event) => void events.push(event),
      })
      const item = { itemId: 0, unitId: room, stage: 'live', accountLinkRequest } as const
      said.push(await failure(client.enable({ skillId: 'x', ...item })))
      said.push(await failure(client.batchEnable({ skillId: 'x', items: [item] })))
    }
    assert.equal(events.length, 3 + 4)
    hasNoSecret([...said, ...events])
  })

  test('is in no error of a platform that quotes the headers', async () => {
    const client = new SkillsClient({
      region: 'NA',
      credentials: secrets[2] ?? '',
      clock: createEagerClock(),
      fetch: () =>
        Promise.reject(
          new TypeError('fetch failed', { cause: new Error(`bad header Bearer ${secrets[2]}`) }),
        ),
    })
    const error = await failure(list(client))
    hasNoSecret([error])
    assert.equal(error.message, 'No complete response arrived: bad header Bearer [secret]')
  })

  test('is not shown by who looks at the client', async () => {
    const credentials = { clientId: 'id', clientSecret: secrets[0] ?? '', refreshToken: secrets[1] ?? '' }
    hasNoSecret([new SkillsClient({ region: 'NA', credentials })])
  })

  function hasNoSecret(things: readonly unknown[]): void {
    const text = inspect(things, { depth: 20, showHidden: true })
    assert.ok(things.length > 0)
    for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} is in ${text}`)
  }
})

describe('The attempts of a call', () => {
  test('are told one by one, with what comes next, and a log that fails does no harm', async (t) => {
    const { newClient, proxy } = await startClientWorld(t)
    const events: AttemptEvent[] = []
    const client = newClient({
      random: () => 0.5,
      onAttempt(event) {
        events.push(event)
        throw new Error('the disk is full')
      },
    })
    await client.accessToken()
    proxy.plan('drop')
    await failure(client.get({ skillId: hospital.nurseCall, unitId: room }))
    assert.deepEqual(
      events.map(({ operation, method, attempt, status, error, retryInMs }) => [
        operation,
        method,
        attempt,
        status,
        error?.name,
        retryInMs,
      ]),
      [
        ['token', 'POST', 1, 200, undefined, undefined],
        ['get', 'GET', 1, undefined, 'TransportError', 125],
        ['get', 'GET', 2, 404, 'ApiError', undefined],
      ],
    )
    assert.ok(events.every(({ url }) => !url.includes('?')))
    assert.equal(events[2]?.requestId, events[2]?.error?.requestId)
  })
})

/** A token endpoint and a list that say what the test wants. */
async function startIssuer(
  t: { after(end: () => Promise<void>): void },
  { expiresIn = 3600 }: { readonly expiresIn?: number } = {},
) {
  let given = 0
  let revokedBefore = 0
  const state = { status: 200, forms: [] as URLSearchParams[] }
  const server = await startHostileServer({
    '/auth/o2/token': (response) => {
      state.forms.push(new URLSearchParams(server.requests.at(-1)?.body))
      if (state.status !== 200) return answer(state.status)(response)
      given += 1
      const body = {
        access_token: `Atza|${given}`,
        expires_in: expiresIn,
        refresh_token: `Atzr|new-${given}`,
      }
      return answer(200, body)(response)
    },
    '/v1/skills/enablements': (response) => {
      const shown = Number(server.requests.at(-1)?.headers.authorization?.split('|')[1])
      const body = { type: 'INVALID_LWA_TOKEN', message: 'No.' }
      return shown > revokedBefore ? answer(200, { items: [] })(response) : answer(401, body)(response)
    },
  })
  t.after(() => server.stop())
  const clock = createEagerClock()
  const client = new SkillsClient({ endpoint: server.url, credentials: adminCredentials, clock })
  return Object.assign(state, {
    url: server.url,
    client,
    clock,
    tokens: () => given,
    revoke: () => {
      revokedBefore = given
    },
    refuseAll: () => {
      revokedBefore = Number.POSITIVE_INFINITY
    },
  })
}
