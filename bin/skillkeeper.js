#!/usr/bin/env node
// Plain JavaScript that any Node can read: it refuses an old one in plain words, then hands over to the program.
// In the repository that is src/ (always what was edited last); an installed package has only the bundle.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { whyNotThisNode } from './node-version.js'

const reason = whyNotThisNode()
if (reason !== undefined) {
  process.stderr.write(`${reason}\n`)
  process.exit(2)
}
module.enableCompileCache?.()
const source = new URL('../src/cli/main.ts', import.meta.url)
await import(existsSync(source) ? source.href : new URL('../dist/program/cli.js', import.meta.url).href)
