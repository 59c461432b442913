/** The news of the operations logs of worlds, read once for all streams of a world, and only while there are some. */
import type { LogEntry } from '../../model/operations-log.ts'
import type { World } from '../../model/ports/world.ts'
import { type LogTail, openLogTail } from '../../operations/rooms/log-tail.ts'
import type { EventStreams } from './event-streams.ts'

export interface Follower {
  /** `undefined`: there were too many to be sure of all. */
  found(entries: readonly LogEntry[] | undefined): void
  /** The log cannot be read. Nothing more comes. */
  failed(): void
}

export interface Feed {
  /** The ID of the newest entry that was found; empty if there is none. */
  readonly position: string
  /** Tells the follower what is found from now on, until the returned function is called. */
  follow(follower: Follower): () => void
}

/** Returns the feed of a world. */
export type Feeds = (world: World) => Promise<Feed>

export function createFeeds(streams: EventStreams): Feeds {
  const feeds = new WeakMap<World, Promise<Feed>>()
  return (world) => {
    const known = feeds.get(world)
    if (known !== undefined) return known
    const forget = () => void feeds.delete(world)
    const opened = openLogTail(world.context).then((tail) =>
      feedOf(tail, { streams, forget, lookMs: world.context.storage.log.lookMs }),
    )
    opened.catch(forget)
    feeds.set(world, opened)
    return opened
  }
}

interface FeedParts {
  readonly streams: EventStreams
  readonly lookMs: number
  /** Called when nobody follows any more. */
  forget(): void
}

function feedOf(tail: LogTail, { streams, lookMs, forget }: FeedParts): Feed {
  const followers = new Set<Follower>()
  let stop: (() => void) | undefined

  async function look(): Promise<void> {
    try {
      const entries = await tail.look()
      if (entries?.length !== 0) for (const follower of followers) follower.found(entries)
    } catch {
      for (const follower of [...followers]) follower.failed()
    }
  }

  function leave(follower: Follower): void {
    if (!followers.delete(follower) || followers.size > 0) return
    stop?.()
    stop = undefined
    forget()
  }

  return {
    get position() {
      return tail.position
    },
    follow(follower) {
      followers.add(follower)
      stop ??= streams.repeat(look, lookMs)
      return () => leave(follower)
    },
  }
}
