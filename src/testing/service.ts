/** A service with test controls: started in this process, or one that runs elsewhere. */
import type { StartOptions } from '../app/index.ts'
import { readOperatorTokens } from '../protocol/operator-tokens.ts'
import { createControls } from './controls.ts'
import { TestControlError } from './errors.ts'
import { catalogOf, createWorld, type World, type WorldOptions } from './world.ts'

/** A service with test controls. Dispose of it, or call `stop`, when the tests are over. */
export interface TestService extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:49152`. */
  readonly url: string
  /** The operator's token, which the test controls need: for `connectTestService` in other processes. */
  readonly token: string
  /** Creates a world: a service with a state of its own. Rejects with a `TestControlError`. */
  world(options?: WorldOptions): Promise<World>
  /** Stops a service that `startTestService` started. One that was connected to continues. */
  stop(): Promise<void>
}

/** The options of `startTestService`: settings of the service, all of them optional. `catalog` may be a scenario, too. */
export type TestServiceOptions = Omit<StartOptions, 'testControls' | 'testControlsOpen' | 'databaseUrl'>

/**
 * Starts a service with test controls in this process, in memory and on a free port unless the options say otherwise.
 * Rejects with a `StartError`.
 */
export async function startTestService({
  catalog,
  ...options
}: TestServiceOptions = {}): Promise<TestService> {
  const { startSkillkeeper } = await import('../app/index.ts')
  const operatorToken = options.operatorToken ?? crypto.randomUUID()
  const service = await startSkillkeeper({
    port: 0,
    data: ':memory:',
    ...options,
    ...(catalog !== undefined && { catalog: typeof catalog === 'object' ? catalogOf(catalog) : catalog }),
    operatorToken,
    testControls: true,
  })
  return testService(service.url, firstToken(operatorToken), () => service.stop())
}

/**
 * Uses a service with test controls that runs elsewhere: in another process, in a container. Its address and its operator's
 * token are in `SKILLKEEPER_ENDPOINT` and `SKILLKEEPER_OPERATOR_TOKEN`, unless they are given. Rejects with a
 * `TestControlError` if nothing answers, the service has no test controls, or it rejects the token.
 */
export async function connectTestService(
  url: string | undefined = process.env['SKILLKEEPER_ENDPOINT'],
  token: string | undefined = process.env['SKILLKEEPER_OPERATOR_TOKEN'],
): Promise<TestService> {
  if (!url || !token)
    throw new TestControlError(
      'Which service? Give its address and its token, or set SKILLKEEPER_ENDPOINT and SKILLKEEPER_OPERATOR_TOKEN.',
    )
  if (!URL.canParse(url)) throw new TestControlError(`${url} is not the address of a service.`)
  const base = url.replace(/\/+$/, '')
  const isThere = await createControls(base, token).find('GET', '/worlds')
  if (isThere === undefined)
    throw new TestControlError(
      `The service at ${base} has no test controls. Start it with --test-controls.`,
      {
        status: 404,
      },
    )
  return testService(base, token, async () => {})
}

/** The setting may have several tokens with names. Any of them works. */
function firstToken(setting: string): string {
  const read = readOperatorTokens(setting)
  const [first] = 'tokens' in read ? read.tokens : []
  return first?.token ?? setting
}

function testService(url: string, token: string, stop: () => Promise<void>): TestService {
  const controls = createControls(url, token)
  return {
    url,
    token,
    world: (options = {}) => createWorld(controls, options),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
