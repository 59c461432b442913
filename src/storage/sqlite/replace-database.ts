/** Puts the image of another database in the place of a closed one: after a crash there is the one or the other. */
import { existsSync, renameSync, rmSync } from 'node:fs'
import { StorageOpenError } from '../engine/storage-open-error.ts'
import { databaseIn } from './folder.ts'
import { syncFolder, writeWholeFile } from './whole-file.ts'

/** Writes the image beside the database, for `replaceDatabase`. Nothing else has changed if it throws. */
export function stageDatabase(folder: string, image: Uint8Array): void {
  writeWholeFile(stagedIn(folder), image)
}

/** Puts the staged image in the place of the database, which must be closed. */
export function replaceDatabase(folder: string): void {
  const database = databaseIn(folder)
  // With content it has commits that are not in the database yet, and must not be applied to another one.
  for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true })
  syncFolder(folder)
  if (!existsSync(stagedIn(folder))) throw new StorageOpenError(`${stagedIn(folder)} is missing.`)
  renameSync(stagedIn(folder), database)
  syncFolder(folder)
}

function stagedIn(folder: string): string {
  return `${databaseIn(folder)}.next`
}
