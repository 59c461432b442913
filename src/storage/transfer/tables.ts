/** The tables of an export. A test compares the list with the migrations. */

export interface Table {
  readonly name: string
  /** Columns that order the rows so that a row comes after the rows it refers to. They identify a row. */
  readonly order: readonly string[]
  /** The columns that have the number of an ID, and the name under which the record has the ID itself. */
  readonly ids?: Readonly<Record<string, string>>
  /** Columns that a record leaves out, because an import makes them anew. */
  readonly derived?: readonly string[]
  /** The column that has a UUID. */
  readonly uuid?: string
  /** The number of the migration that made it, where an export with numbers can be older. */
  readonly since?: number
}

/** Tables whose columns have no numbers of IDs. */
const plain: readonly Table[] = [
  { name: 'skills', order: ['id'] },
  { name: 'clients', order: ['id'] },
  { name: 'account_links', order: ['organization_id', 'skill_id', 'name'] },
  { name: 'authorization_codes', order: ['code_hash'] },
  { name: 'grants', order: ['id'] },
  { name: 'revocations', order: ['id'] },
  { name: 'keys', order: ['id'] },
]

/** In the order in which they can be filled. The IDs come first, so that they have the same order of numbers everywhere. */
export const tables: readonly Table[] = [
  { name: 'ids', order: ['number'], derived: ['number'] },
  {
    name: 'units',
    order: ['level', 'number'],
    ids: {
      number: 'id',
      organization: 'organization_id',
      parent: 'parent_id',
      subscription: 'subscription_id',
    },
    derived: ['path'],
  },
  {
    name: 'enablements',
    order: ['unit', 'skill'],
    ids: { unit: 'unit_id', skill: 'skill_id', organization: 'organization_id', actor: 'actor_id' },
  },
  ...plain,
  { name: 'people', order: ['id'], since: 12 },
  { name: 'role_assignments', order: ['principal_id', 'unit', 'role'], ids: { unit: 'unit_id' }, since: 12 },
  {
    name: 'operations_log',
    order: ['id', 'place'],
    ids: {
      actor: 'actor_id',
      operation: 'operation_name',
      outcome: 'outcome_name',
      organization: 'organization_id',
      unit: 'unit_id',
      skill: 'skill_id',
    },
    uuid: 'id',
  },
]

/** The tables of a storage that had no numbers yet. */
export const tablesWithoutNumbers: readonly Table[] = [
  { name: 'units', order: ['level', 'id'] },
  { name: 'enablements', order: ['unit_id', 'skill_id'] },
  ...plain,
  { name: 'operations_log', order: ['id'] },
]

/**
 * Tables that an export leaves out: those about the storage itself; sessions, since people sign in again at the new place; and the
 * changes: what they did is in the other tables, and one that runs must not go on in two places.
 */
export const ownTables: readonly string[] = [
  'migrations',
  'migration_steps',
  'import_progress',
  'sessions',
  'sign_in_codes',
  'changes',
  'change_items',
  'change_scopes',
]
