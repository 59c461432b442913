// Holds what each folder of src/ and console/ may import. An entry that nothing uses has to go, so that the table says what is true.
import assert from 'node:assert/strict'
import path from 'node:path'
import { describe, test } from 'node:test'
import { consoleSources, importsOf, read, sources } from '../support/source-tree.ts'

const rules = ['model/*', 'protocol']
const ownLibrary = ['client/*', 'app/*']
const operations = (...folders: string[]) => folders.map((folder) => `operations/${folder}`)

/**
 * What a file may import besides files of its own folder: folders of src/, modules of Node and packages; `model/*` is
 * model/ with all folders in it, `node:*` all of Node. The closest entry above a file counts.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  protocol: ['protocol/catalog', 'typebox'],
  'protocol/catalog': ['protocol', 'typebox'],
  'protocol/console': ['protocol', 'typebox'],
  'protocol/test-controls': ['protocol', 'typebox'],
  model: ['model/ports', 'model/principals', 'protocol'],
  'model/changes': ['model', 'protocol', 'protocol/console'],
  'model/decision': ['protocol'],
  'model/ports': [
    'model',
    'model/changes',
    'model/console',
    'model/principals',
    'protocol',
    'protocol/console',
  ],
  'model/console': ['model', 'protocol'],
  'model/principals': ['model', 'protocol'],
  'model/rooms': ['model'],

  'operations/batches': rules,
  'operations/catalog': [...rules, 'protocol/catalog'],
  'operations/units': rules,
  'operations/links': [...rules, 'operations/catalog'],
  'operations/roles': [...rules, 'operations/batches', 'operations/units'],
  'operations/rooms': [...rules, 'protocol/console', ...operations('catalog', 'units', 'upkeep')],
  'operations/enablements': [...rules, ...operations('batches', 'catalog', 'links', 'units')],
  'operations/changes': [
    ...rules,
    'protocol/console',
    ...operations('catalog', 'enablements', 'links', 'units'),
  ],
  'operations/sessions': [...rules, 'protocol/console', ...operations('catalog', 'tokens'), 'node:crypto'],
  'operations/tokens': [...rules, 'node:crypto'],
  'operations/upkeep': [...rules, 'operations/catalog', 'node:crypto'],

  'storage/engine': ['model'],
  'storage/sqlite': ['storage/engine', 'model/*', 'node:*'],
  'storage/postgres': ['storage/engine', 'model', 'node:*', 'postgres'],
  'storage/ids': ['storage/engine', 'model'],
  'storage/log': ['storage/engine', 'storage/ids', ...rules],
  'storage/roles': ['storage/engine', 'storage/ids', 'storage/log', ...rules, 'lru-cache'],
  'storage/secrets': ['storage/engine', 'storage/log', 'model/*', 'protocol'],
  'storage/links': ['storage/engine', 'storage/ids', 'storage/log', ...rules],
  'storage/catalog': [
    'storage/engine',
    'storage/ids',
    'storage/log',
    'storage/secrets',
    'storage/links',
    'storage/roles',
    ...rules,
  ],
  'storage/rooms': ['storage/engine', 'storage/ids', 'storage/catalog', ...rules],
  'storage/enablements': [
    'storage/engine',
    'storage/ids',
    'storage/log',
    'storage/links',
    'storage/catalog',
    ...rules,
  ],
  'storage/changes': [
    'storage/engine',
    'storage/ids',
    'storage/log',
    'storage/enablements',
    ...rules,
    'protocol/console',
  ],
  // These two alone know which engines there are.
  'storage/transfer': ['storage/engine', 'storage/ids', 'storage/postgres', 'storage/sqlite', 'model/*'],
  storage: ['storage/*', 'model/*'],

  oauth: [...operations('tokens'), ...rules, 'node:*', 'jose', 'oauth4webapi', 'lru-cache'],
  worker: [...operations('changes', 'links', 'upkeep'), 'model/ports'],
  // The ports of one world put together. It knows neither sockets nor engines.
  world: [...operations('upkeep'), 'oauth', 'worker', 'storage/engine', 'model/*', 'node:crypto'],
  tls: ['node:*', '@peculiar/asn1-schema', '@peculiar/asn1-x509'],

  'http/engine': [...rules, 'node:*', 'fastify', '@fastify/swagger', 'typebox'],
  'http/gate': ['http/engine', 'model/*', 'protocol', 'node:*', 'fastify'],
  'http/observe': ['http/engine', 'model', 'protocol'],
  'http/events': [
    'http/engine',
    'http/gate',
    'model',
    'model/ports',
    ...operations('rooms', 'upkeep'),
    'protocol/console',
    'fastify',
  ],
  'http/routes': [
    'http/console',
    'http/engine',
    'http/events',
    'http/gate',
    'http/observe',
    'operations/*',
    'protocol/catalog',
    'protocol/console',
    ...rules,
    'node:*',
    'fastify',
    '@fastify/swagger',
    'typebox',
  ],
  'http/console': [
    'http/engine',
    'http/gate',
    'http/routes',
    'operations/sessions',
    'protocol/console',
    'node:*',
    'fastify',
  ],
  http: ['http/*', 'model/ports', 'node:*', 'fastify'],

  'test-controls/requests': ['http/engine', 'node:async_hooks', 'protocol', 'protocol/test-controls'],
  'test-controls/faults': [
    'fastify',
    'http/routes',
    'model',
    'model/ports',
    'node:crypto',
    'node:http2',
    'node:util',
    'operations/catalog',
    'operations/tokens',
    'operations/units',
    'protocol',
    'protocol/test-controls',
    'storage/engine',
    'storage/sqlite',
    'test-controls/requests',
    'world',
  ],
  'test-controls/journal': [
    'fastify',
    'http/engine',
    'http/events',
    'http/routes',
    'model',
    'model/decision',
    'model/ports',
    'node:crypto',
    'protocol',
    'protocol/test-controls',
    'storage/enablements',
    'storage/engine',
    'test-controls/requests',
  ],

  // It may become a package of its own.
  client: ['client/*'],

  // Knows the service that it compares with by the function that starts it.
  conform: ['conform/*', 'model', 'protocol', 'node:*', 'typebox'],
  // The service itself is loaded only when it is started.
  'test-controls': [
    'fastify',
    'http/engine',
    'http/routes',
    'model',
    'model/ports',
    'node:http',
    'protocol',
    'protocol/test-controls',
    'storage',
    'storage/engine',
    'test-controls/faults',
    'test-controls/folder',
    'test-controls/journal',
    'test-controls/requests',
    'test-controls/routes',
    'test-controls/worlds',
    'world',
  ],
  'test-controls/worlds': [
    'http/engine',
    'http/gate',
    'model',
    'model/ports',
    'node:http',
    'oauth',
    'operations/catalog',
    'protocol/test-controls',
    'storage',
    'storage/engine',
    'test-controls',
    'test-controls/folder',
    'test-controls/requests',
    'test-controls/routes',
    'world',
  ],
  'test-controls/routes': [
    'http/engine',
    'http/routes',
    'model',
    'model/ports',
    'protocol',
    'protocol/test-controls',
    'test-controls',
    'test-controls/requests',
    'test-controls/worlds',
  ],
  'test-controls/folder': [
    'model/ports',
    'node:fs',
    'node:path',
    'protocol/test-controls',
    'storage/sqlite',
    'test-controls/faults',
    'test-controls/worlds',
  ],
  testing: ['client/*', 'app', 'protocol'],

  'cli/terminal': [
    ...ownLibrary,
    'node:*',
    'commander',
    'csv-stringify',
    'cli-progress',
    '@inquirer/password',
  ],
  'cli/unit-files': ['cli/terminal', ...ownLibrary, 'protocol', 'node:*', 'commander', 'csv-parse'],
  'cli/service': ['cli/terminal', ...ownLibrary, 'protocol/*', 'node:*', 'commander', 'typebox'],
  'cli/test-controls': ['cli/service', 'cli/terminal', 'protocol/test-controls', 'node:*', 'commander'],
  'cli/many-units': [
    'cli/service',
    'cli/terminal',
    'cli/unit-files',
    ...ownLibrary,
    'node:*',
    'csv-stringify',
  ],
  'cli/commands': [
    'cli/*',
    'conform/*',
    ...ownLibrary,
    'protocol',
    'protocol/catalog',
    'protocol/console',
    'node:*',
    'commander',
    '@bomb.sh/tab',
  ],
  cli: ['cli/*', 'app/log', 'node:*', 'commander'],

  app: [
    'app/*',
    'http/*',
    'oauth',
    'operations/*',
    ...rules,
    'storage/*',
    'test-controls',
    'tls',
    'world',
    'node:*',
    'pino',
    '../bin',
  ],

  // The web console. Of the service it has types of protocol/ alone, and api/ alone calls it.
  console: [
    '@tanstack/react-query',
    'console/api',
    'console/linking',
    'console/session',
    'console/shell',
    'console/ui',
    'console/words',
    'react',
    'react-dom',
    'wouter',
  ],
  'console/api': ['protocol', 'protocol/catalog', 'protocol/console', 'protocol/test-controls'],
  'console/catalog': [
    '@tanstack/react-query',
    'console/api',
    'console/browser',
    'console/names',
    'console/roles',
    'console/session',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/changes': [
    '@tanstack/react-query',
    'console/api',
    'console/browser',
    'console/names',
    'console/session',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/developer': [
    '@tanstack/react-query',
    'console/api',
    'console/catalog',
    'console/refusals',
    'console/session',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/history': [
    '@tanstack/react-query',
    'console/api',
    'console/browser',
    'console/names',
    'console/session',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/linking': [
    '@tanstack/react-query',
    'console/api',
    'console/session',
    'console/ui',
    'console/words',
    'react',
  ],
  'console/matrix': [
    '@tanstack/react-virtual',
    'console/api',
    'console/browser',
    'console/changes',
    'console/names',
    'console/room',
    'console/session',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/names': ['@tanstack/react-query', 'console/api', 'console/session'],
  'console/overview': [
    '@tanstack/react-query',
    'console/api',
    'console/changes',
    'console/names',
    'console/session',
    'console/ui',
    'console/words',
    'wouter',
  ],
  'console/refusals': [
    '@tanstack/react-query',
    'console/api',
    'console/names',
    'console/roles',
    'console/session',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/roles': ['@tanstack/react-query', 'console/api', 'console/ui', 'console/words', 'react'],
  'console/room': [
    '@tanstack/react-query',
    'console/api',
    'console/history',
    'console/linking',
    'console/names',
    'console/session',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/session': [
    '@tanstack/react-query',
    'console/api',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/shell': [
    '@tanstack/react-query',
    'console/api',
    'console/browser',
    'console/catalog',
    'console/changes',
    'console/developer',
    'console/history',
    'console/matrix',
    'console/overview',
    'console/refusals',
    'console/room',
    'console/session',
    'console/ui',
    'console/words',
    'react',
    'wouter',
  ],
  'console/ui': ['@tanstack/react-query', 'console/api', 'console/words', 'react'],
  'console/words': ['console/browser', 'protocol', 'react'],
}

interface Import {
  readonly file: string
  readonly from: string
  /** A folder of src/, a module of Node or a package. */
  readonly target: string
}

const all = [...sources, ...consoleSources]
const imports = all.flatMap(readImports)

describe('The boundaries between the folders of src/ and console/:', () => {
  test('a file imports only what the table allows its folder', () => {
    const forbidden = imports.filter(({ from, target }) => target !== from && !allows(entryOf(from), target))
    assert.deepEqual(
      forbidden.map(({ file, target }) => `${file} imports ${target}`),
      [],
    )
  })

  test('every folder has an entry, and everything that the table allows is used', () => {
    const folders = new Set(all.map(folderOf))
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

  test('the console knows of the service only types, which are gone when it is built', () => {
    const values = consoleSources.flatMap((file) =>
      [...read(file).matchAll(/^(?:import|export) (?!type\b)[^;']*?from '[./]*\/src\/[^']*'/gm)].map(
        ([line]) => `${file}: ${line}`,
      ),
    )
    assert.deepEqual(values, [])
  })
})

function readImports(file: string): Import[] {
  return importsOf(file).map((module) => ({
    file,
    from: folderOf(file),
    target: module.startsWith('.')
      ? folderOf(path.posix.join(path.posix.dirname(file), module))
      : packageOf(module),
  }))
}

/** The folder of a file, by its path from src/; a folder of console/src/ begins with `console`. */
function folderOf(file: string): string {
  return path.posix.relative('src', path.posix.dirname(file).replace(/^console\/src/, 'src/console'))
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
  if (allowed === 'node:*') return target.startsWith('node:')
  if (!allowed.endsWith('/*')) return allowed === target
  return target === allowed.slice(0, -2) || target.startsWith(allowed.slice(0, -1))
}
