/** Reads what is on in many units. What was read before a failure is not lost. */
import { isPassing } from '../../client/errors.ts'
import type { SkillsClient, UnitReport } from '../../client/index.ts'
import type { UnitRow } from '../unit-files/unit-rows.ts'
import { reasonOfError, reasonsOf } from './outcome.ts'

/** What is added to each record where it is kept: it is there in JSON. */
export const expand = ['nameFreeInvocation'] as const

export interface Found {
  /** Of the first units, in their order. */
  readonly reports: readonly UnitReport<UnitRow>[]
  /** Why there are no more. */
  readonly failure: unknown
}

/** As many in a row before all is given up: the service is down. Each has been repeated by itself. */
const failuresMax = 3
/** Units that are named of those with the same reason. */
const namedMax = 3

/** Goes on behind the last unit that was told of when a request has failed for a reason that passes. */
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

/** The sentences for the units that are not told of: how many, and why. None if there are none. */
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
    `${reports.length - refused.length} of ${total} units are told of, ${refused.length} refused, ${unread} not read.`,
    ...reasonsOf(refused.map(({ reason }) => reason)).flatMap(({ count, reason }) => [
      `  ${count}: ${reason}`,
      ...unitsOf(reason),
    ]),
    ...(unread === 0 ? [] : [`  ${unread} not read: ${reasonOfError(failure)}`]),
  ]
}
