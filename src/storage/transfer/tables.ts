/** The tables of an export. A test compares the list with the migrations. */

export interface Table {
  readonly name: string
  /** Columns that order the rows so that a row comes after the rows it refers to. They identify a row. */
  readonly order: readonly string[]
}

/** In the order in which they can be filled. */
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

/** Tables about the storage itself, which an export leaves out. */
export const ownTables: readonly string[] = ['migrations', 'import_progress']
