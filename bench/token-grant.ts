/** What giving a token costs, by both grants that scripts and services use. */
import { type Benchmark, fewEnablements } from './support/bench.ts'
import { client } from './support/dataset.ts'
import { figure, interleave } from './support/rounds.ts'
import { accessToken, clientCredentials, tokenPath } from './support/service.ts'

const grants = {
  client_credentials: clientCredentials,
  refresh_token: {
    grant_type: 'refresh_token',
    refresh_token: client.refreshToken,
    client_id: client.id,
    client_secret: client.secret,
  },
}

export const tokenGrant: Benchmark = {
  name: 'token-grant',
  async run(bench) {
    await using stack = new AsyncDisposableStack()
    const service = await bench.startService(await bench.dataFolder('few', fewEnablements))
    stack.defer(() => service.stop())
    await accessToken(service)
    const ask = (form: Readonly<Record<string, string>>) => () =>
      bench.load.run(service, {
        url: service.url,
        connections: 32,
        seconds: bench.seconds,
        expectedStatus: 200,
        requests: { kind: 'form', path: tokenPath, form },
      })
    const rounds = await interleave(bench.rounds, {
      client_credentials: ask(grants.client_credentials),
      refresh_token: ask(grants.refresh_token),
    })
    return Object.entries(rounds).map(([name, results]) => ({
      measured: `token grant, ${name}: per second and core`,
      unit: '/s',
      // By processor time: what other programs take from the core is not ours.
      ours: figure(results.map(({ cpuMicroseconds }) => 1_000_000 / cpuMicroseconds)),
      goal: { atLeast: 10_000 },
    }))
  },
}
