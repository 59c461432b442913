import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Returns the first program with one of the names on the search path or in one of the folders; `undefined` if there is none. */
export function findProgram(names: readonly string[], folders: readonly string[]): string | undefined {
  const places = [...(process.env.PATH ?? '').split(path.delimiter), ...folders]
  return names.flatMap((name) => places.map((folder) => path.join(folder, name))).find(isProgram)
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
