/** The operations of the page, by the names that logs, metrics and the availability tables use. */
export const operations = ['get', 'list', 'enable', 'disable', 'batch_enable'] as const
export type Operation = (typeof operations)[number]
