/** The forms of the API, as TypeScript has them: those of src/protocol/, with IDs as plain text. */
import type { Catalog } from '../../../src/protocol/catalog.ts'
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
export type RefusalView = Plain<refusals.RefusalView>
export type LogEntryView = Plain<operator.LogEntryView>
export type LogQuery = Plain<operator.LogQuery>
export type { LoggedOperation, LoggedOutcome } from '../../../src/protocol/operator.ts'

export type CellCode = '.' | 'E' | 'e' | '!' | 'w'
export interface Me {
  kind: 'operator' | 'person' | 'client'
  name: string
  id?: string
  actor: string
  roots: { unit: UnitView; role: string }[]
  testControls?: true
}
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
export type Stage = 'live' | 'certification' | 'development'
export interface ChangeRequest {
  action: 'enable' | 'disable'
  skillIds: string[]
  units: { ids: string[] } | { under: string; level?: number; name?: string }
  stage?: Stage
  partition?: 'none' | 'unit-name' | { text: string }
}
export type Outcome = 'will_change' | 'already' | 'refused'
export interface Preview {
  counts: { willChange: number; already: number; refused: number }
  warnings: string[]
  items: { unitId: string; unitName: string; skillId: string; outcome: Outcome; reason?: string }[]
  needsCount: boolean
}
export interface Change {
  id: string
  action: 'enable' | 'disable'
  title: string
  status: 'running' | 'done' | 'cancelled' | 'undone'
  createdAt: string
  finishedAt?: string
  actor: string
  unitId: string
  counts: { total: number; waiting: number; done: number; already: number; refused: number; gone: number }
  skillIds: string[]
  undoOf?: string
  retryOf?: string
  undoneBy?: string
}
export interface ChangeItem {
  unitId: string
  unitName: string
  skillId: string
  outcome: 'waiting' | 'done' | 'already' | 'refused' | 'gone' | 'cancelled'
  reason?: string
}
