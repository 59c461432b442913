import type { ChangeRequest, MatrixSkill } from '../api/wire.ts'

/** The beginning of a change: the rooms are chosen, the rest is asked. */
export interface ChangeDraft {
  readonly action: 'enable' | 'disable'
  readonly skillIds: readonly string[]
  readonly units: ChangeRequest['units']
  /** How many rooms these are. */
  readonly rooms: number
  readonly skills: readonly MatrixSkill[]
  /** The unit under which the change is made, for links. */
  readonly rootId: string
}
