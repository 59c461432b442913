/**
 * Writes the units of a batch that were not accepted as CSV for `--retry-from`: each row with its error. This folder plans,
 * sends, resumes and reports commands for many units.
 */
import { accessSync, constants, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { stringify } from 'csv-stringify/sync'
import { fileFault } from '../../app/file-fault.ts'
import { commandError, exitCodes } from '../terminal/command-error.ts'
import { faultColumns, rowColumns } from '../unit-files/unit-columns.ts'
import type { UnitRow } from '../unit-files/unit-rows.ts'

/** A unit that was not accepted. */
export interface FailedUnit {
  readonly unit: UnitRow
  readonly status?: number
  readonly errorCode?: string
  readonly errorDescription: string
}

/** Throws a CommandError if the file cannot be written. Called before anything is sent. */
export function checkFailedFile(file: string): void {
  guarded(file, () => accessSync(path.dirname(file), constants.W_OK))
}

/** Replaces the content of the file; removes the file if there are no units. */
export function replaceFailedUnits(file: string, failed: readonly FailedUnit[]): void {
  if (failed.length === 0) {
    rmSync(file, { force: true })
    return
  }
  const temporary = `${file}.${process.pid}`
  const head = [...rowColumns, ...faultColumns]
  guarded(file, () => {
    // Other users must not read it: a row may have an authorization code.
    writeFileSync(temporary, stringify([head, ...failed.map(recordOf)]), { mode: 0o600, flush: true })
    renameSync(temporary, file)
  })
}

function guarded(file: string, use: () => void): void {
  try {
    use()
  } catch (error) {
    throw commandError(
      exitCodes.failure,
      `The units that fail cannot be written to ${file}: ${fileFault(error)}. Specify another file and run the command again: --failed FILE`,
      error,
    )
  }
}

function recordOf({ unit, status, errorCode, errorDescription }: FailedUnit) {
  const { unitId, stage, partitionName, accountLinkRequest: link, nameFreeInvocationRequest: nameFree } = unit
  const given = [unitId, stage, partitionName, link?.redirectUri, link?.authCode, nameFree?.locales.join(' ')]
  return [...given, status, errorCode, errorDescription]
}
