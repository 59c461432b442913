import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes the whole content or nothing. It is on disk when this returns. */
export function writeWholeFile(file: string, content: string | Uint8Array, mode = 0o600): void {
  const part = `${file}.part`
  writeFileSync(part, content, { mode, flush: true })
  renameSync(part, file)
  syncFolder(dirname(file))
}

/** The names in the folder are on disk when this returns. */
export function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
