/** Reads the enablements of many units, and keeps what was read before a failure. */
import { isPassing } from '../../client/errors.ts'
import type { SkillsClient, UnitReport } from '../../client/index.ts'
import type { UnitRow } from '../unit-files/unit-rows.ts'
import { reasonOfError, reasonsOf } from './outcome.ts'

/** The optional attributes that the commands request; JSON shows them. */
export const expand = ['nameFreeInvocation'] as const

export interface Found {
  /** The reports of the units that were read, in the order of the units. */
  readonly reports: readonly UnitReport<UnitRow>[]
  /** The error that ended the reading; absent if all units were read. */
  readonly failure: unknown
}

/** After this many failures in a row, each with its retries, the service counts as down. */
const failuresMax = 3
/** The number of units that are listed for each reason. */
const namedMax = 3

/** Continues behind the last unit that was read when a request fails with a temporary error. */
export async function readAll(
  client: SkillsClient,
  rows: readonly UnitRow[],
  onRead: (read: number, refused: number) => void,
): Promise<Found> {
  const reports: UnitReport<UnitRow>[] = []
  let refused = 0
  for (let failures = 0; ; ) {
    try {
      for await (const report of client.getMany(rows.slice(reports.length), { expand })) {
        reports.push(report)
        if (report.refusal !== undefined) refused += 1
        failures = 0
        onRead(reports.length, refused)
      }
      return { reports, failure: undefined }
    } catch (failure) {
      failures += 1
      if (failures >= failuresMax || !isPassing(failure)) return { reports, failure }
    }
  }
}

/** Returns the lines that report the units which could not be read, with reasons; empty if all were read. */
export function describeUnread({ reports, failure }: Found, total: number): string[] {
  const refused = reports.flatMap(({ unitId, refusal }) =>
    refusal === undefined ? [] : [{ unitId, reason: refusal.errorDescription.replaceAll(unitId, '…') }],
  )
  const unread = total - reports.length
  if (refused.length + unread === 0) return []
  const unitsOf = (reason: string) => {
    const units = refused.filter((one) => one.reason === reason).map(({ unitId }) => `     ${unitId}`)
    const more = units.length > namedMax ? [`     and ${units.length - namedMax} more`] : []
    return [...units.slice(0, namedMax), ...more]
  }
  return [
    `${reports.length - refused.length} of ${total} units are listed, ${refused.length} refused, ${unread} not read.`,
    ...reasonsOf(refused.map(({ reason }) => reason)).flatMap(({ count, reason }) => [
      `  ${count}: ${reason}`,
      ...unitsOf(reason),
    ]),
    ...(unread === 0 ? [] : [`  ${unread} not read: ${reasonOfError(failure)}`]),
  ]
}
