/** The units of a batch that were not accepted, as CSV that the batch takes again: each row as it was, and its fault. */
import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { stringify } from 'csv-stringify/sync'
import type { RefusedUnit } from '../client/index.ts'
import { rowColumns, type UnitRow } from './units-input.ts'

/** A unit that was not accepted. */
export interface FailedUnit {
  readonly unit: UnitRow
  readonly status?: number
  readonly errorCode?: string
  readonly errorDescription: string
}

export function refusedUnit({ unit, refusal }: RefusedUnit<UnitRow>): FailedUnit {
  const { status, errorCode, errorDescription } = refusal
  return { unit, status, errorCode, errorDescription }
}

/** Puts these in the place of what the file had; no file if there are none. */
export function replaceFailedUnits(file: string, failed: readonly FailedUnit[]): void {
  if (failed.length === 0) {
    rmSync(file, { force: true })
    return
  }
  const temporary = `${file}.${process.pid}`
  const head = [...rowColumns, 'status', 'errorCode', 'errorDescription']
  // Nobody else may read it: a row may have an authorization code.
  writeFileSync(temporary, stringify([head, ...failed.map(recordOf)]), { mode: 0o600, flush: true })
  renameSync(temporary, file)
}

/** In the order of the columns. */
function recordOf({ unit, status, errorCode, errorDescription }: FailedUnit) {
  const { unitId, stage, partitionName, accountLinkRequest: link, nameFreeInvocationRequest: nameFree } = unit
  const given = [unitId, stage, partitionName, link?.redirectUri, link?.authCode, nameFree?.locales.join(' ')]
  return [...given, status, errorCode, errorDescription]
}
