import type { TestService } from './service.ts'
import type { World, WorldOptions } from './world.ts'

/** A fixture as Vitest and Playwright Test know it: it passes its value to `use`, and cleans up afterwards. */
export type WorldFixture = (fixtures: object, use: (world: World) => Promise<void>) => Promise<void>

/**
 * A fixture with a world of its own for each test:
 *
 * ```ts
 * const test = base.extend<{ world: World }>({ world: worldFixture(connectTestService()) })
 * ```
 */
export function worldFixture(
  service: TestService | Promise<TestService>,
  options: WorldOptions = {},
): WorldFixture {
  // Both runners read the source of a fixture, and want its first parameter to be a pattern.
  // biome-ignore lint/correctness/noEmptyPattern: as said
  return async ({}, use) => {
    const world = await (await service).world(options)
    try {
      await use(world)
    } finally {
      await world[Symbol.asyncDispose]()
    }
  }
}
