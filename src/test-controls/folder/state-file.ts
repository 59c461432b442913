/** A file with what a world has: a line of JSON, then the image of its database. */
import type { SnapshotView } from '../../protocol/test-controls/snapshots.ts'
import type { Fault } from '../faults/strike.ts'
import type { WorldState } from '../worlds/test-world.ts'

/** A snapshot as it is kept. */
export interface KeptSnapshot {
  readonly view: SnapshotView
  readonly state: WorldState
  /** The fault rules, if it was taken with them. */
  readonly rules: readonly Fault[] | undefined
}

/** Changes with the form of the line. */
const version = 1
const lineEnd = 0x0a

export function packSnapshot({ view, state, rules }: KeptSnapshot): Uint8Array {
  const { image, ...rest } = state
  return Buffer.concat([Buffer.from(`${JSON.stringify({ version, view, state: rest, rules })}\n`), image])
}

/** Throws if the bytes are not those of a snapshot of this version. */
export function unpackSnapshot(bytes: Uint8Array): KeptSnapshot {
  const end = bytes.indexOf(lineEnd)
  const line = JSON.parse(Buffer.from(bytes.subarray(0, end)).toString())
  if (line.version !== version) throw new Error(`It has version ${line.version}, not ${version}.`)
  const { view, state, rules } = line
  return { view, rules, state: { ...state, image: bytes.subarray(end + 1) } }
}
