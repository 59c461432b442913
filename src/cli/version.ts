import { readFileSync } from 'node:fs'

/** Reads the version in package.json, which is two levels above this file and above the bundle. */
export function readVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version }: { version: string } = JSON.parse(text)
  return version
}
