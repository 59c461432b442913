/** The tables that hold what is stored. A test holds the list against the migrations. */

export interface Table {
  readonly name: string
  /** Columns in whose order the rows can be added: what a row refers to comes before it. No two rows are equal in it. */
  readonly order: readonly string[]
}

/** In an order in which they can be filled. */
export const tables: readonly Table[] = [
  { name: 'units', order: ['level', 'id'] },
  { name: 'skills', order: ['id'] },
  { name: 'clients', order: ['id'] },
  { name: 'enablements', order: ['unit_id', 'skill_id'] },
  { name: 'account_links', order: ['organization_id', 'skill_id', 'name'] },
  { name: 'authorization_codes', order: ['code_hash'] },
  { name: 'grants', order: ['id'] },
  { name: 'revocations', order: ['id'] },
  { name: 'keys', order: ['id'] },
  { name: 'operations_log', order: ['id'] },
]

/** Tables that tell of the storage itself, and stay with it. */
export const ownTables: readonly string[] = ['migrations', 'import_progress']
