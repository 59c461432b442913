// Tells whether dist/console/ is that of the sources in console/. Runs on any Node of the machine from 20 on.
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = path.join(root, 'console')

export const consoleHashFile = path.join(root, 'dist/console.sha256')

/** Whether the built console is that of the present sources. */
export function isConsoleBuilt() {
  if (!existsSync(path.join(root, 'dist/console/index.html')) || !existsSync(consoleHashFile)) return false
  return readFileSync(consoleHashFile, 'utf8') === consoleHash()
}

/** Returns a hash of the sources, of the build and of the packages. */
export function consoleHash() {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort()
  const others = ['package-lock.json', 'scripts/build-console.ts'].map((file) => path.join(root, file))
  for (const file of [...files, ...others]) {
    hash.update(`${path.relative(root, file)}\n`)
    hash.update(readFileSync(file))
  }
  return hash.digest('hex')
}
