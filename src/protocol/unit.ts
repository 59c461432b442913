/** Requests and responses of `/v2/units`. Source: "Property Hierarchy Management API", and what known clients send and read. */
import * as Type from 'typebox'
import { UnitId } from './identifiers.ts'
import { namePattern, nameRule } from './name.ts'

/** The page forbids spaces and periods, but its own examples and real units have spaces. */
export const UnitName = Type.Object(
  {
    type: Type.Literal('PLAIN', { description: 'The only supported value is PLAIN.' }),
    value: Type.Object(
      {
        text: Type.String({
          minLength: 1,
          maxLength: 250,
          pattern: namePattern,
          description: `The name of the unit, ${nameRule}`,
          examples: ['Room 101'],
        }),
      },
      { description: 'The name as text, such as {"text":"Room 101"}.' },
    ),
  },
  { description: 'The name of the unit, such as {"type":"PLAIN","value":{"text":"Room 101"}}.' },
)

export const UnitBody = Type.Object({
  id: UnitId,
  level: Type.Integer({ description: '0 for the organization, 1 for a property, and so on.' }),
  name: UnitName,
  parentId: Type.Optional(Type.Unsafe<UnitId>({ ...UnitId, description: 'Absent for an organization.' })),
})
export type UnitBody = Type.Static<typeof UnitBody>

/** Body of "Create unit". */
export const CreateUnitRequest = Type.Object({ name: UnitName, parentId: UnitId })
export type CreateUnitRequest = Type.Static<typeof CreateUnitRequest>

/** Body of "Update unit". */
export const RenameUnitRequest = Type.Object({ name: UnitName })
export type RenameUnitRequest = Type.Static<typeof RenameUnitRequest>

export const ClientUnitPath = Type.Object({ unitId: UnitId })

/** Query of "List units". */
export const UnitListQuery = Type.Object({
  parentId: UnitId,
  queryDepth: Type.Optional(
    Type.String({
      pattern: '^(all|[1-9]|1[0-5])$',
      default: '1',
      description: 'How many levels below the parent are listed: 1 to 15, or all.',
      examples: ['2', 'all'],
    }),
  ),
  expand: Type.Optional(
    Type.Literal('all', {
      description: 'The only supported value is all: whole units instead of only their IDs.',
    }),
  ),
  maxResults: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 50,
      default: 10,
      description: 'Maximum number of results to display, from 1 to 50.',
    }),
  ),
  // Longer than other page tokens, because it contains the IDs above a unit.
  nextToken: Type.Optional(
    Type.String({ maxLength: 8192, description: 'Continuation token of the previous response.' }),
  ),
})
export type UnitListRequest = Type.Static<typeof UnitListQuery>

/** One page of a list; `nextToken` is null on the last page. */
export const UnitListPage = Type.Object({
  results: Type.Array(
    Type.Object({
      id: UnitId,
      level: Type.Optional(UnitBody.properties.level),
      name: Type.Optional(UnitName),
      parentId: UnitBody.properties.parentId,
    }),
    { description: 'The units; without expand=all only the ID of each.' },
  ),
  paginationContext: Type.Object({ nextToken: Type.Union([Type.String(), Type.Null()]) }),
})
export type UnitListPage = Type.Static<typeof UnitListPage>
