import type { Controls } from './controls.ts'
import type { FaultHandle, Faults } from './types.ts'

interface View {
  readonly id: string
  readonly struck: number
  readonly warning?: string
}

export function createFaults(controls: Controls): Faults {
  /** `views`: of one rule, or of those of a preset. */
  function handle(views: readonly View[]): FaultHandle {
    const paths = views.map(({ id }) => `/faults/${id}`)
    async function remove(): Promise<void> {
      for (const path of paths) await controls.call('DELETE', path)
    }
    return {
      id: views[0]?.id ?? '',
      warning: views.find(({ warning }) => warning !== undefined)?.warning,
      async struck() {
        let count = 0
        for (const path of paths) count += (await controls.call<View>('GET', path)).struck
        return count
      },
      async setEnabled(enabled) {
        for (const path of paths) await controls.call('PATCH', path, { enabled })
      },
      remove,
      [Symbol.asyncDispose]: remove,
    }
  }
  return {
    add: async (rule) => handle([await controls.call<View>('POST', '/faults', rule)]),
    preset: async (name, { seed } = {}) =>
      handle((await controls.call<{ items: View[] }>('POST', '/faults/presets', { name, seed })).items),
    async clear() {
      await controls.call('DELETE', '/faults')
    },
  }
}
