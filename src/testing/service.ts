/** A service with test controls: started in this process, or one that runs elsewhere. */
import type { StartOptions } from '../app/index.ts'
import { createControls } from './controls.ts'
import type { TestService, WorldOptions } from './types.ts'
import { createWorld } from './world.ts'

/** What `startTestService` takes: settings of the service, all of them optional. */
export type TestServiceOptions = Omit<StartOptions, 'testControls' | 'testControlsOpen' | 'databaseUrl'>

/**
 * Starts a service with test controls in this process, in memory and on a free port unless the options say otherwise.
 * Rejects with a `StartError`.
 */
export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { startSkillkeeper } = await import('../app/index.ts')
  const token = options.operatorToken ?? crypto.randomUUID()
  const service = await startSkillkeeper({
    port: 0,
    data: ':memory:',
    ...options,
    operatorToken: token,
    testControls: true,
  })
  return testService(service.url, token, () => service.stop())
}

/**
 * Uses a service with test controls that runs elsewhere: in another process, in a container. `token` is its operator's token.
 * Rejects with a `TestControlError` if the service has no test controls or rejects the token.
 */
export async function connectTestService(url: string, token: string): Promise<TestService> {
  const base = url.replace(/\/+$/, '')
  await createControls(base, token).call('GET', '/worlds')
  return testService(base, token, async () => {})
}

function testService(url: string, token: string, stop: () => Promise<void>): TestService {
  const controls = createControls(url, token)
  return {
    url,
    token,
    world: (options: WorldOptions = {}) => createWorld(controls, options),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
