/** The order in which a world is used: requests at once, and commands one after the other. */

export interface Turns {
  /** Runs the work of a request; after a change that is under way. */
  request<T>(work: () => T): T | Promise<Awaited<T>>
  /** Runs the work of a request that another one waits for, which would keep a change waiting for ever. */
  ownRequest<T>(work: () => T): T | Promise<Awaited<T>>
  /** Runs a command behind those that came before. */
  command<T>(run: () => Promise<T>): Promise<T>
  /** Runs a change when no request is at work any more; later requests wait for it. */
  change(run: () => Promise<void>): Promise<void>
  /** Resolves when no command and no request is at work. */
  idle(): Promise<void>
}

/** `check` is called before a request and before a command, and may throw. */
export function createTurns(check: () => void): Turns {
  let lastCommand: Promise<unknown> = Promise.resolve()
  let changing: Promise<unknown> | undefined
  let atWork = 0
  const waiting: (() => void)[] = []

  function begin<T>(work: () => T): T | Promise<Awaited<T>> {
    check()
    atWork += 1
    let value: T
    try {
      value = work()
    } catch (error) {
      end()
      throw error
    }
    if (value instanceof Promise) void value.then(end, end)
    else end()
    return value
  }

  function end(): void {
    atWork -= 1
    if (atWork === 0) for (const resolve of waiting.splice(0)) resolve()
  }

  /** Another change may have begun by then. */
  async function afterChange<T>(work: () => T): Promise<Awaited<T>> {
    while (changing !== undefined) await changing
    return await begin(work)
  }

  async function whenIdle(): Promise<void> {
    // Who waited may find that an own request has begun meanwhile.
    while (atWork > 0) {
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
      })
    }
  }

  return {
    request: (work) => (changing === undefined ? begin(work) : afterChange(work)),
    ownRequest: begin,
    command(run) {
      const running = lastCommand.then(() => {
        check()
        return run()
      })
      lastCommand = running.catch(() => {})
      return running
    },
    async change(run) {
      const done = whenIdle().then(run)
      changing = done.catch(() => {})
      try {
        await done
      } finally {
        changing = undefined
      }
    },
    async idle() {
      await lastCommand
      await whenIdle()
    },
  }
}
