/** The program as it is in an installed package, which starts in a third of the time of its sources. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleProgram } from '../../scripts/bundle-program.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface InstalledProgram {
  /** The file for Node. */
  readonly file: string
  remove(): void
}

/** Bundles the program into a folder of its own, beside what a package has besides. */
export async function installProgram(): Promise<InstalledProgram> {
  const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-program-'))
  for (const name of ['bin', 'dist']) mkdirSync(path.join(folder, name))
  for (const name of ['skillkeeper.js', 'node-version.js'])
    copyFileSync(path.join(root, 'bin', name), path.join(folder, 'bin', name))
  for (const name of ['dist/console', 'migrations', 'openapi.json', 'package.json'])
    symlinkSync(path.join(root, name), path.join(folder, name))
  await bundleProgram(path.join(folder, 'dist/program'))
  return {
    file: path.join(folder, 'bin/skillkeeper.js'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
