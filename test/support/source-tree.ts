/** The files of the project as text, for tests that hold how they are written. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
const notOurs = new Set(['.git', 'node_modules', 'dist', 'skillkeeper-data'])

/** The files of the project, by their paths from its root. */
export const files = filesBelow('')
export const sources = files.filter((file) => /^src\/.*\.ts$/.test(file))
/** The sources of the web console. */
export const consoleSources = files.filter((file) => /^console\/src\/.*\.tsx?$/.test(file))

export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

/** The code of a file. Good enough for tests of the tree: a `//` after a space begins a comment. */
export function withoutComments(file: string): string {
  return read(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '$1')
}

/** What a file imports, as it stands there: a path or a module. */
export function importsOf(file: string): string[] {
  const forms = /^(?:import|export) [^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm
  return [...read(file).matchAll(forms)].map(([, named, bare, lazy]) => named ?? bare ?? lazy ?? '')
}

function filesBelow(folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (notOurs.has(entry.name)) return []
    if (entry.isDirectory()) return filesBelow(file)
    return entry.isFile() ? [file] : []
  })
}
