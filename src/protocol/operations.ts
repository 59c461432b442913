/** The operations of the page, by the names that logs, metrics and the availability tables use. */
export const operations = [
  'get',
  'list',
  'enable',
  'disable',
  'batch_enable',
  'batch_disable',
  'batch_get',
  'create_unit',
  'get_unit',
  'list_units',
  'rename_unit',
  'delete_unit',
  'list_roles',
  'get_role',
  'list_role_assignments',
  'list_principal_assignments',
  'assign_role',
  'revoke_role',
  'batch_assign_role',
  'batch_revoke_role',
] as const
export type Operation = (typeof operations)[number]
