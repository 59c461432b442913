/** Files of the data folder that contain a secret: only their owner may read them. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../../model/ports/context.ts'
import { fileFault } from '../file-fault.ts'
import { cannotStart } from '../start-error.ts'

/** Returns the text of the file; a missing file is created with the text of `make`. The folder must be locked. */
export function secretFile(file: string, make: () => string, log: Log): string {
  try {
    if (!existsSync(file)) writeWholeFile(file, `${make()}\n`)
    const { mode } = statSync(file)
    if ((mode & 0o077) !== 0) {
      log.warn(
        { file },
        `${file} contains a secret, but other users of this machine may read it. Set its mode to 0600.`,
      )
    }
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw cannotStart('storage', `The file ${file} cannot be read or created: ${fileFault(error)}.`, error)
  }
}

/** Writes the whole text or nothing. It is on disk when this returns: a key that may be lost must not seal anything. */
export function writeWholeFile(file: string, text: string, mode = 0o600): void {
  const part = `${file}.part`
  writeFileSync(part, text, { mode, flush: true })
  renameSync(part, file)
  const folder = openSync(dirname(file), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
