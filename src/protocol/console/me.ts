/** The caller, and where its roles begin. */
import * as Type from 'typebox'
import { UnitView } from '../operator.ts'
import type { RoleName } from '../role.ts'

export const RootView = Type.Object({
  unit: UnitView,
  role: Type.Unsafe<RoleName | 'operator'>(
    Type.String({
      enum: ['operator', 'A4H.OrgAdmin', 'A4P.UnitAdmin', 'viewer'],
      description: 'The role on the unit that allows most.',
    }),
  ),
  propagate: Type.Optional(
    Type.Literal(false, { description: 'The role covers only the unit itself, and no unit below it.' }),
  ),
})
export type RootView = Type.Static<typeof RootView>

export const Me = Type.Object({
  kind: Type.Unsafe<'operator' | 'person' | 'client'>(
    Type.String({ enum: ['operator', 'person', 'client'] }),
  ),
  name: Type.String({ description: 'The name in the catalog, or of the token of the operator.' }),
  id: Type.Optional(Type.String({ description: 'The ID of the person or client. Absent for an operator.' })),
  actor: Type.String({ description: 'The name in the operations log.' }),
  roots: Type.Array(RootView, {
    description:
      'The highest units that the caller may read, at most 100. For an operator: the first organizations.',
  }),
  testControls: Type.Optional(Type.Literal(true, { description: 'Tests control the service.' })),
})
export type Me = Type.Static<typeof Me>
