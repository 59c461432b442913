/** Describes what a batch would do (`--dry-run`). */
import type { Stage } from '../../client/index.ts'
import { rowColumns, shown } from '../unit-files/unit-columns.ts'
import { stages, type UnitRow } from '../unit-files/unit-rows.ts'
import type { UnitFile, Units } from '../unit-files/units-input.ts'

export interface Plan {
  readonly skillId: string
  readonly input: Units
  readonly disable: boolean
  /** The stage for rows without one; absent to disable whichever stage is enabled. */
  readonly stage: Stage | undefined
  /** The number of units that were accepted in an earlier run. */
  readonly before: number | undefined
}

export function describePlan({ skillId, input, disable, stage, before = 0 }: Plan): string {
  const { rows, file } = input
  const verb = disable ? 'disabled' : 'enabled'
  const counts = [...stages, undefined].flatMap((one) => {
    const count = rows.filter((row) => (row.stage ?? stage) === one).length
    return count === 0 ? [] : [`  ${one ?? 'any stage'}: ${count}`]
  })
  const lines = [
    ...(file === undefined ? [] : describeFile(file)),
    `${skillId} would be ${verb} in ${rows.length} units:`,
    ...counts,
    ...(disable ? [] : describeExtras(rows)),
    ...(before === 0 ? [] : [`${before} of them were accepted in an earlier run and are not sent again.`]),
    'Nothing was sent.',
  ]
  return `${lines.join('\n')}\n`
}

const delimiterNames: Readonly<Record<string, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'bars',
}

function describeFile({ name, encoding, delimiter, columns }: UnitFile): string[] {
  const { names, places } = columns
  if (names.length === 0) return [`${name}: one unit per line, ${encoding}.`]
  return [
    `${name}: ${delimiterNames[delimiter] ?? delimiter} between the columns, ${encoding}.`,
    ...names.map((header, place) => {
      const column = rowColumns.find((one) => places.get(one) === place)
      return `  ${header === '' ? `column ${place + 1}` : shown(header)}: ${column ?? 'not used'}`
    }),
  ]
}

/** Counts the units with more than a stage. */
function describeExtras(rows: readonly UnitRow[]): string[] {
  const extras = [
    ['with partition names', rows.filter(({ partitionName }) => partitionName !== undefined)],
    ['with an authorization code', rows.filter(({ accountLinkRequest }) => accountLinkRequest !== undefined)],
    ['with locales', rows.filter(({ nameFreeInvocationRequest }) => nameFreeInvocationRequest !== undefined)],
  ] as const
  return extras.flatMap(([what, found]) => (found.length === 0 ? [] : [`  ${what}: ${found.length}`]))
}
