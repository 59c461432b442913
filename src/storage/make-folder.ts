import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/** Makes the folder and those above it that are missing, mode 0700. When it returns their names are on disk too. */
export function makeFolder(folder: string): void {
  const firstMade = mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (firstMade === undefined) return
  const last = dirname(resolve(firstMade))
  for (let made = resolve(folder); made !== last; made = dirname(made)) syncFolder(dirname(made))
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
