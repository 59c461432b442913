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
] as const
export type Operation = (typeof operations)[number]
