/** Units by their parent, or by a part of their name. */
import * as Type from 'typebox'
import { UnitId } from '../identifiers.ts'
import { UnitView } from '../operator.ts'
import { longAfter, maxResults, paginationContext } from '../operator-pages.ts'

export const UnitsQuery = Type.Object({
  parentId: Type.Optional(
    Type.Unsafe<UnitId>({ ...UnitId, description: 'Lists the units directly below this one.' }),
  ),
  under: Type.Optional(
    Type.Unsafe<UnitId>({
      ...UnitId,
      description: 'Finds units below this one, and the unit itself. Absent: everywhere, for the operator.',
    }),
  ),
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'A part of the name, in upper or lower case, or the ID in either spelling.',
    }),
  ),
  after: longAfter,
  maxResults,
})
export type UnitsQuery = Type.Static<typeof UnitsQuery>

export const FoundUnit = Type.Object({
  ...UnitView.properties,
  path: Type.Array(Type.Object({ id: UnitId, name: Type.String() }), {
    description:
      'The units between the one where the search or the list began and this one, the highest first. Without `under` and `parentId`, from the organization on.',
  }),
})
export type FoundUnit = Type.Static<typeof FoundUnit>

export const FoundUnits = Type.Object({
  items: Type.Array(FoundUnit),
  paginationContext,
})
export type FoundUnits = Type.Static<typeof FoundUnits>
