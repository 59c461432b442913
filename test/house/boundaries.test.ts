// Holds what each folder of src/ may import. An entry that nothing uses has to go, so that the table says what is true.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const fastify = ['fastify', '@fastify/swagger', '@fastify/type-provider-typebox']
const terminal = [
  'commander',
  'csv-parse',
  'csv-stringify',
  'cli-progress',
  '@inquirer/password',
  '@bomb.sh/tab',
]
const serverFolders = ['http', 'oauth', 'operations', 'model', 'protocol', 'storage', 'tls', 'worker']

/**
 * What a file may import besides files of its own folder: folders of src/, modules of Node (`node:*` is any) and packages. The
 * closest entry above a file counts. A folder does not include the folders in it.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: ['typebox'],
  model: ['protocol'],
  operations: ['model', 'protocol', 'node:crypto'],
  storage: ['model', 'protocol', 'node:*', 'postgres', 'lru-cache'],
  oauth: ['operations', 'model', 'node:*', 'jose', 'oauth4webapi', 'lru-cache'],
  worker: ['operations', 'model'],
  tls: ['node:*', '@peculiar/asn1-schema', '@peculiar/asn1-x509'],
  http: ['operations', 'model', 'protocol', 'node:*', ...fastify, 'typebox', 'lru-cache'],
  // It may become a package of its own.
  client: [],
  cli: ['client', 'app', 'protocol', 'node:*', ...terminal, 'typebox'],
  app: [...serverFolders, 'node:*', 'pino', '../bin'],
}

const source = fileURLToPath(new URL('../../src/', import.meta.url))
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll(path.sep, '/'))
  .filter((file) => file.endsWith('.ts'))

interface Import {
  readonly file: string
  readonly from: string
  /** A folder of src/, a module of Node or a package. */
  readonly target: string
}

const imports = files.flatMap(importsOf)

describe('The boundaries between the folders of src/:', () => {
  test('a file imports only what the table allows its folder', () => {
    const forbidden = imports.filter(({ from, target }) => target !== from && !allows(entryOf(from), target))
    assert.deepEqual(
      forbidden.map(({ file, target }) => `${file} imports ${target}`),
      [],
    )
  })

  test('every folder has an entry, and everything that the table allows is used', () => {
    const folders = new Set(files.map((file) => path.posix.dirname(file)))
    assert.deepEqual(
      [...folders].filter((folder) => entryOf(folder) === undefined),
      [],
    )
    const unused = Object.entries(mayImport).flatMap(([entry, allowed]) => {
      const used = imports.filter(({ from }) => entryOf(from) === entry)
      return allowed
        .filter((one) => !used.some(({ target }) => isMeant(one, target)))
        .map((one) => `${entry}: ${one}`)
    })
    assert.deepEqual(unused, [])
  })
})

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(source, file), 'utf8')
  const from = path.posix.dirname(file)
  return [
    ...text.matchAll(/^(?:import|export) [^'"]*?from '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm),
  ].map(([, named, bare, lazy]) => {
    const module = named ?? bare ?? lazy ?? ''
    return {
      file,
      from,
      target: module.startsWith('.') ? folderOf(path.posix.join(from, module)) : packageOf(module),
    }
  })
}

function folderOf(file: string): string {
  return path.posix.dirname(file)
}

function packageOf(module: string): string {
  if (module.startsWith('node:')) return module
  return module
    .split('/')
    .slice(0, module.startsWith('@') ? 2 : 1)
    .join('/')
}

/** The name of the entry that counts for a folder. */
function entryOf(folder: string): string | undefined {
  for (let name = folder; name !== '.'; name = path.posix.dirname(name))
    if (Object.hasOwn(mayImport, name)) return name
  return undefined
}

function allows(entry: string | undefined, target: string): boolean {
  return (mayImport[entry ?? ''] ?? []).some((one) => isMeant(one, target))
}

function isMeant(allowed: string, target: string): boolean {
  return allowed === target || (allowed === 'node:*' && target.startsWith('node:'))
}
