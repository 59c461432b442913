/** The forms of the API, as TypeScript has them: those of src/protocol/, with IDs as plain text. */
import type { Catalog } from '../../../src/protocol/catalog.ts'
import type * as change from '../../../src/protocol/console/change.ts'
import type * as find from '../../../src/protocol/console/find-units.ts'
import type * as matrix from '../../../src/protocol/console/matrix.ts'
import type * as me from '../../../src/protocol/console/me.ts'
import type * as summary from '../../../src/protocol/console/summary.ts'
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
export type { ClientSecret } from '../../../src/protocol/catalog/record-patch.ts'
export type PersonView = Plain<operator.PersonView>
export type CatalogCounts = operator.CatalogCounts
export type CatalogDocument = Plain<Catalog>
export type LogEntryView = Plain<operator.LogEntryView>
export type LogQuery = Plain<operator.LogQuery>
export type { Operation } from '../../../src/protocol/operations.ts'
export type { LoggedOperation, LoggedOutcome } from '../../../src/protocol/operator.ts'
export type RefusalView = Plain<refusals.RefusalView>
export type Stage = enablement.Stage

export type Me = Plain<me.Me>

export type ChangeRequest = Plain<change.ChangeRequest>
export type Change = Plain<change.ChangeView>
export type Preview = Plain<change.ChangePreview>
export type ChangeItem = Plain<change.ChangeItemView>
export type ChangesQuery = Plain<change.ChangesQuery>
export type ChangeItemsQuery = Plain<change.ChangeItemsQuery>

/** The characters of `cells`. */
export type CellCode = '.' | 'E' | 'e' | '!' | 'w'
export type MatrixPage = Plain<matrix.Matrix>
export type MatrixSkill = Plain<matrix.MatrixSkill>
export type MatrixRow = Plain<matrix.MatrixRow>
export type Summary = Plain<summary.Summary>
export type FoundUnit = Plain<find.FoundUnit>
