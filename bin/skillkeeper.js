#!/usr/bin/env node
// Plain JavaScript, so that an old Node can report that it is too old. It then loads the program: src/ in the repository,
// the bundle in an installed package.
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
