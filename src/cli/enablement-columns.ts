import type { Enablement } from '../client/index.ts'
import type { Column } from './output.ts'

/** How an enablement is shown: what is short first, since IDs are longer than a line. */
export const enablementColumns: readonly Column<Enablement>[] = [
  { name: 'STATUS', value: ({ status }) => status },
  { name: 'STAGE', value: ({ skill }) => skill.stage },
  { name: 'LINK', value: ({ accountLink }) => accountLink?.status },
  { name: 'SKILL', value: ({ skill }) => skill.id },
  { name: 'UNIT', value: ({ unit }) => unit.id },
]

/** The same where the unit is known. */
export const columnsInUnit = enablementColumns.filter(({ name }) => name !== 'UNIT')
