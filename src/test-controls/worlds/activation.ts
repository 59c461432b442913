/** When the enablements of a world become `ENABLED`: after a delay, at once, after so many reads, or when they are released. */
import type { Enablement } from '../../model/enablement.ts'
import { type MaybePromise, whenReady } from '../../model/maybe-promise.ts'
import type { WriteStamp } from '../../model/operations-log.ts'
import type { EnablementStorage } from '../../model/ports/storage.ts'
import type { Activation, ActivationRelease } from '../../protocol/test-controls/clock.ts'

export interface ActivationState {
  readonly activation: Activation
  /** How many reads still say `ENABLING`, by enablement. */
  readonly readsLeft: readonly (readonly [string, number])[]
}

export interface WorldActivation {
  readonly current: Activation
  /** For enablements that are written from now on. */
  set(activation: Activation): void
  /** From when an enablement that is written at `now` is `ENABLED`; `undefined`: when it is released. */
  activateAt(now: number): number | undefined
  /** Makes held enablements `ENABLED` now, and returns how many. */
  release(which: ActivationRelease, call: Pick<WriteStamp, 'requestId' | 'actor'>): Promise<number>
  /** Counts the reads of a storage. */
  watch(enablements: EnablementStorage, newId: () => string): EnablementStorage
  state(): ActivationState
  restore(state: ActivationState): void
}

/** Enablements of which reads are counted at once. */
const countedMax = 100_000
const releasedAtOnce = 500

/** `enablements`: those that are stored now, without the counting of reads. */
export function createActivation(
  enablements: () => EnablementStorage,
  now: () => number,
  start: ActivationState,
): WorldActivation {
  let current = start.activation
  let readsLeft = new Map(start.readsLeft)

  async function release(
    { unitId, skillId }: ActivationRelease,
    call: Pick<WriteStamp, 'requestId' | 'actor'>,
  ): Promise<number> {
    let released = 0
    for (;;) {
      const count = await enablements().release({ unitId, skillId }, { now: now(), ...call }, releasedAtOnce)
      released += count
      if (count < releasedAtOnce) return released
    }
  }

  /** Whether a read finds the enablement `ENABLED` from now on. */
  function isReadOften(enablement: Enablement): boolean {
    if (!isHeld(enablement)) return false
    const key = `${enablement.unitId} ${enablement.skillId} ${enablement.createdAt}`
    const left = readsLeft.get(key) ?? (current.kind === 'reads' ? current.count : undefined)
    if (left === undefined) return false
    if (left === 0) return readsLeft.delete(key)
    if (readsLeft.size >= countedMax) readsLeft.clear()
    readsLeft.set(key, left - 1)
    return false
  }

  /** Returns them as they are after this read. */
  function counted(found: Enablement[], newId: () => string): MaybePromise<Enablement[]> {
    const ready = new Set(found.filter(isReadOften))
    if (ready.size === 0) return found
    const call = { requestId: newId(), actor: 'operator' }
    return Promise.all([...ready].map((one) => release(one, call))).then(() =>
      found.map((one) => (ready.has(one) ? { ...one, enabledFrom: now() } : one)),
    )
  }

  return {
    get current() {
      return current
    },
    set(activation) {
      current = activation
    },
    activateAt(at) {
      if (current.kind === 'delay') return at + current.ms
      return current.kind === 'immediate' ? at : undefined
    },
    release,
    watch: (storage, newId) => ({
      ...storage,
      find: (unitId, skillId) =>
        whenReady(storage.find(unitId, skillId), (found) =>
          found === undefined ? undefined : whenReady(counted([found], newId), ([one]) => one),
        ),
      list: (unitId, after, limit) =>
        whenReady(storage.list(unitId, after, limit), (found) => counted(found, newId)),
      async listOfUnits(unitIds, after, limits) {
        const pages = await storage.listOfUnits(unitIds, after, limits)
        return Promise.all(
          pages.map(async (page) => ({ ...page, enablements: await counted([...page.enablements], newId) })),
        )
      },
    }),
    state: () => ({ activation: current, readsLeft: [...readsLeft] }),
    restore(state) {
      current = state.activation
      readsLeft = new Map(state.readsLeft)
    },
  }
}

/** Whether it waits for nothing but its release. */
function isHeld({ enabledFrom, linkName, isLinked }: Enablement): boolean {
  return enabledFrom === undefined && (linkName === undefined || isLinked)
}
