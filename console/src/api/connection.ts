/** Whether the service answers, for the banner: the last call decides. */

export interface Connection {
  readonly isAway: boolean
  /** When the service last answered. */
  readonly answeredAt: number
}

let current: Connection = { isAway: false, answeredAt: Date.now() }
const listeners = new Set<() => void>()

export function connection(): Connection {
  return current
}

export function listenToConnection(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Notes that a call was answered, or not. Listeners hear only of a difference. */
export function noteAnswer(isAway: boolean): void {
  const wasAway = current.isAway
  current = { isAway, answeredAt: isAway ? current.answeredAt : Date.now() }
  if (wasAway !== isAway) for (const listener of listeners) listener()
}
