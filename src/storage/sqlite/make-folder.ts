import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Makes the folder and those above it that are missing, mode 0700. When it returns their names are on disk too. Throws the
 * error of the operating system for one that cannot be made, or not be written into.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = []
  for (let place = resolve(folder); !existsSync(place); place = dirname(place)) missing.unshift(place)
  // One by one: where the file system says "no such file" of a folder that it does not let anybody make, as /proc does, Node
  // tries to make all of them for ever, and takes no signal meanwhile.
  for (const place of missing) {
    makeOne(place)
    syncFolder(dirname(place))
  }
  // Throws for what stands there and is no folder.
  if (!statSync(folder).isDirectory()) mkdirSync(folder)
  accessSync(folder, constants.W_OK | constants.X_OK)
}

/** Why it could not be made, as a sentence without its end, and what to do; `undefined` for what is no error of the system. */
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

/** Another process may be making the same. */
function makeOne(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
