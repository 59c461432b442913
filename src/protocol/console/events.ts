/** Changes as they happen, as server-sent events. */
import * as Type from 'typebox'
import { UnitId } from '../identifiers.ts'

const positionPattern = '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?:-[0-7][0-9a-f]{7})?$'
const positionForm = new RegExp(positionPattern)

/** The position before all entries of a log. */
export const firstPosition = '00000000-0000-0000-0000-000000000000'

export function isPosition(text: string): boolean {
  return positionForm.test(text)
}

export const EventsQuery = Type.Object({
  unitId: Type.Optional(
    Type.Unsafe<UnitId>({
      ...UnitId,
      description: 'Only changes of this unit and of those below it. Absent: all changes, for the operator.',
    }),
  ),
  from: Type.Optional(
    Type.String({
      pattern: positionPattern,
      description:
        'The `position` of a matrix, or the ID of an event: what came later is sent first, and perhaps some of the 5 seconds before. Absent: from now on.',
    }),
  ),
})
export type EventsQuery = Type.Static<typeof EventsQuery>

/** The data of the events `ready` and `reset`. */
export const EventPosition = Type.Object({
  position: Type.String({ description: 'The ID of the newest entry of the log; empty if there is none.' }),
})
export type EventPosition = Type.Static<typeof EventPosition>
