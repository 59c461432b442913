/** Who may use a world when: requests at once, and commands one after the other. */

export interface Turns {
  /** Runs the work of a request; after a change that is under way. */
  request(work: () => unknown): unknown
  /** Runs a command behind those that came before. */
  command<T>(run: () => Promise<T>): Promise<T>
  /** Runs a change when no request is at work any more; later requests wait for it. */
  change(run: () => Promise<void>): Promise<void>
  /** Resolves when no command and no request is at work. */
  idle(): Promise<void>
}

/** `check` is called before a command, and may throw. */
export function createTurns(check: () => void): Turns {
  let lastCommand: Promise<unknown> = Promise.resolve()
  let changing: Promise<unknown> | undefined
  let atWork = 0
  let onIdle = (): void => {}

  function begin(work: () => unknown): unknown {
    atWork += 1
    let value: unknown
    try {
      value = work()
    } catch (error) {
      end()
      throw error
    }
    if (value instanceof Promise) return value.finally(end)
    end()
    return value
  }

  function end(): void {
    atWork -= 1
    if (atWork === 0) onIdle()
  }

  async function whenIdle(): Promise<void> {
    if (atWork === 0) return
    await new Promise<void>((resolve) => {
      onIdle = resolve
    })
  }

  return {
    request: (work) => (changing === undefined ? begin(work) : changing.then(() => begin(work))),
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
