import type { Controls } from './controls.ts'
import type { FaultPreset, FaultRule } from './fault-rule.ts'

/** The faults of a world. */
export interface Faults {
  /** Adds a rule behind all others. Rejects with a `TestControlError` if it contradicts itself or its ID is taken. */
  add(rule: FaultRule): Promise<FaultHandle>
  /** Adds the rules of a preset. `seed` repeats their chance. */
  preset(name: FaultPreset, options?: { readonly seed?: number }): Promise<FaultHandle>
  /** Removes all rules. */
  clear(): Promise<void>
}

/** A rule that was added, or the rules of a preset. Disposing of it removes them. */
export interface FaultHandle extends AsyncDisposable {
  /** The ID of the rule. The first rule of a preset has the name of the preset. */
  readonly id: string
  /** Why the rule cannot strike as it stands. */
  readonly warning: string | undefined
  /** The number of requests that failed. */
  struck(): Promise<number>
  /** Switches the rule off or on. */
  setEnabled(enabled: boolean): Promise<void>
  /** Removes the rule. A rule that is gone is no error. */
  remove(): Promise<void>
}

interface View {
  readonly id: string
  readonly struck: number
  readonly warning?: string
}

export function createFaults(controls: Controls): Faults {
  function handle(views: readonly View[]): FaultHandle {
    const paths = views.map(({ id }) => `/faults/${id}`)
    const [first] = views
    const remove = async () => {
      for (const path of paths) await controls.find('DELETE', path)
    }
    return {
      id: first?.id ?? '',
      warning: views.find(({ warning }) => warning !== undefined)?.warning,
      async struck() {
        const found = await Promise.all(paths.map((path) => controls.call<View>('GET', path)))
        return found.reduce((sum, { struck }) => sum + struck, 0)
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
    async preset(name, { seed } = {}) {
      const added = await controls.call<{ items: View[] }>('POST', '/faults/presets', { name, seed })
      return handle(added.items)
    },
    async clear() {
      await controls.call('DELETE', '/faults')
    },
  }
}
