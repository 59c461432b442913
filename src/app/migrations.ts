import { readdirSync, readFileSync } from 'node:fs'
import type { Migration } from '../storage/engine/migrate.ts'

/** Correct for the sources and for the bundle: both are two levels below the root of the package. */
const folder = new URL('../../migrations/', import.meta.url)

let read: readonly Migration[] | undefined

/** Returns the files of the folder `migrations`, such as `0001-initial.sql`. Each process reads them once. */
export function readMigrations(): readonly Migration[] {
  read ??= readFolder()
  return read
}

function readFolder(): Migration[] {
  return readdirSync(folder)
    .filter((file) => /^\d{4}-.+\.sql$/.test(file))
    .map((file) => ({
      number: Number(file.slice(0, 4)),
      name: file.slice(5, -4),
      text: readFileSync(new URL(file, folder), 'utf8'),
    }))
}
