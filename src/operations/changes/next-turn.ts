/** Lets others have their turn: an engine in this process answers at once, so that a long operation would never pause. */
export function nextTurn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setImmediate(resolve)
  return promise
}
