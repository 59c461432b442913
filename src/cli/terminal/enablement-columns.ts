import type { Enablement } from '../../client/index.ts'
import type { Column } from './output.ts'

/** How an enablement is shown: what is short first, since IDs are longer than a line. */
export const enablementColumns: readonly Column<Enablement>[] = [
  { title: 'STATUS', name: 'status', value: ({ status }) => status },
  { title: 'STAGE', name: 'stage', value: ({ skill }) => skill.stage },
  { title: 'LINK', name: 'accountLink', value: ({ accountLink }) => accountLink?.status },
  { title: 'SKILL', name: 'skillId', isId: true, value: ({ skill }) => skill.id },
  { title: 'UNIT', name: 'unitId', isId: true, value: ({ unit }) => unit.id },
]

/** The same where the unit is known. */
export const columnsInUnit = enablementColumns.filter(({ name }) => name !== 'unitId')
