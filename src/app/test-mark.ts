/** The mark of a data folder that was made for tests: only a service with test controls may use it, and none but such a folder. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeWholeFile } from '../storage/sqlite/whole-file.ts'
import { memoryFolder } from './secrets/data-folder.ts'
import { cannotStart } from './start-error.ts'

const mark = 'made-for-tests'
const text =
  'A service with --test-controls made this folder. The times in it may be wrong, and no other service may use it.\n'

/** The files of a folder before it is marked. */
const isOfNewFolder = /^lock(-journal)?$|\.part$/

/** Throws a `StartError` for a folder that was made for tests. */
export function requireNoMark(folder: string): void {
  if (folder === memoryFolder || !existsSync(join(folder, mark))) return
  throw cannotStart(
    'storage',
    `The data folder ${folder} was made for tests: the times in it may be wrong. Use it with --test-controls, or name another: --data DIR`,
  )
}

/** Marks a new folder, which must be locked. Throws a `StartError` for a folder that has something else in it. */
export function requireMark(folder: string): void {
  if (existsSync(join(folder, mark))) return
  const found = readdirSync(folder).find((name) => !isOfNewFolder.test(name))
  if (found !== undefined) {
    throw cannotStart(
      'storage',
      `The data folder ${folder} was not made for tests: it has ${found} in it. With --test-controls name a new folder: --data DIR`,
    )
  }
  writeWholeFile(join(folder, mark), text, 0o644)
}
