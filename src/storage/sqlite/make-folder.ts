import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { syncFolder } from './whole-file.ts'

/**
 * Makes the folder and the missing ones above it, with mode 0700. Their names are on disk when it returns. Throws the
 * error of the operating system if a folder cannot be made or written to.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = []
  for (let place = resolve(folder); !existsSync(place); place = dirname(place)) missing.unshift(place)
  // One by one: a file system such as /proc reports "no such file" for a folder that nobody may make. Node's recursive mkdir then
  // retries forever and handles no signal.
  for (const place of missing) {
    makeOne(place)
    syncFolder(dirname(place))
  }
  // Throws if something else than a folder is there.
  if (!statSync(folder).isDirectory()) mkdirSync(folder)
  accessSync(folder, constants.W_OK | constants.X_OK)
}

/** Why the folder could not be made, and what to do, as a sentence without a full stop; `undefined` for other errors. */
export function whyNoFolder(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return systemReasons.get(code)
}

const systemReasons = new Map([
  ['EACCES', 'this user may not write there. Give it the folder, or name another: --data DIR'],
  ['EPERM', 'this user may not write there. Give it the folder, or name another: --data DIR'],
  ['EROFS', 'the file system is read-only. Name another folder: --data DIR'],
  ['ENOENT', 'no folder can be made there. Name another: --data DIR'],
  ['ENOTDIR', 'a part of its path is a file. Name another folder: --data DIR'],
  ['EEXIST', 'it is a file. Name another folder: --data DIR'],
  ['ENOSPC', 'the disk is full'],
  ['ELOOP', 'its path goes round in a circle of links. Name another folder: --data DIR'],
  ['ENAMETOOLONG', 'its path is too long. Name another folder: --data DIR'],
])

/** Another process may make the same folder at the same time. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
