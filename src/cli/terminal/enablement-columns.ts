import type { Enablement } from '../../client/index.ts'
import type { Column } from './output.ts'

/** The columns of an enablement. Short values come first, because IDs may be longer than a line. */
export const enablementColumns: readonly Column<Enablement>[] = [
  { title: 'STATUS', name: 'status', value: ({ status }) => status },
  { title: 'STAGE', name: 'stage', value: ({ skill }) => skill.stage },
  { title: 'LINK', name: 'accountLink', value: ({ accountLink }) => accountLink?.status },
  { title: 'SKILL', name: 'skillId', isId: true, value: ({ skill }) => skill.id },
  { title: 'UNIT', name: 'unitId', isId: true, value: ({ unit }) => unit.id },
]

/** The columns for a list of one unit. */
export const columnsInUnit = enablementColumns.filter(({ name }) => name !== 'unitId')
