/** The forms of the API, as TypeScript has them: those of src/protocol/, with IDs as plain text. */
import type { Catalog } from '../../../src/protocol/catalog.ts'
import type * as change from '../../../src/protocol/console/change.ts'
import type * as me from '../../../src/protocol/console/me.ts'
import type * as enablement from '../../../src/protocol/enablement.ts'
import type * as operator from '../../../src/protocol/operator.ts'
import type * as refusals from '../../../src/protocol/refusals.ts'

/** The same form with plain text in the place of IDs that know their kind. */
export type Plain<T> = T extends string & { readonly brand: string }
  ? string
  : T extends readonly (infer Item)[]
    ? Plain<Item>[]
    : T extends object
      ? { [Key in keyof T]: Plain<T[Key]> }
      : T

export type UnitView = Plain<operator.UnitView>
export type OrganizationView = Plain<operator.OrganizationView>
export type SkillView = Plain<operator.SkillView>
export type ClientView = Plain<operator.ClientView>
export type PersonView = Plain<operator.PersonView>
export type CatalogCounts = operator.CatalogCounts
export type CatalogDocument = Plain<Catalog>
export type LogEntryView = Plain<operator.LogEntryView>
export type LogQuery = Plain<operator.LogQuery>
export type { LoggedOperation, LoggedOutcome } from '../../../src/protocol/operator.ts'
export type RefusalView = Plain<refusals.RefusalView>
export type RefusalsQuery = Plain<refusals.RefusalsQuery>
export type Stage = enablement.Stage

export type Me = Plain<me.Me>

export type ChangeRequest = Plain<change.ChangeRequest>
export type Change = Plain<change.ChangeView>
export type Preview = Plain<change.ChangePreview>
export type ChangeItem = Plain<change.ChangeItemView>
export type ChangesQuery = Plain<change.ChangesQuery>
export type ChangeItemsQuery = Plain<change.ChangeItemsQuery>

export type CellCode = '.' | 'E' | 'e' | '!' | 'w'
export interface MatrixSkill {
  id: string
  name: string
  stages: Stage[]
  isSubscription: boolean
  hasAccountLinking: boolean
  authorizationUri?: string
  linkClientId?: string
  linkScopes?: string[]
}
export interface MatrixRow {
  id: string
  name: string
  parentId?: string
  level: number
  cells: string
}
export interface MatrixPage {
  position: string
  organizationId: string
  skills: MatrixSkill[]
  rows: MatrixRow[]
  hasMoreSkills?: boolean
  paginationContext: { after?: string }
}
export interface Summary {
  unit: UnitView
  units: number
  skills: { id: string; name: string; on: number; enabling: number; notLinked: number }[]
  children: { unit: UnitView; units: number; on: number; enabling: number; notLinked: number }[]
  paginationContext?: { after?: string }
}
export interface FoundUnit extends UnitView {
  path: { id: string; name: string }[]
}
