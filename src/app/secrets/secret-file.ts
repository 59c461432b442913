/** Files of the data folder that contain a secret: only their owner may read them. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import type { Log } from '../../model/ports/context.ts'
import { writeWholeFile } from '../../storage/sqlite/whole-file.ts'
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
