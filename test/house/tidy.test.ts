// Reads the tree and holds what the linter cannot: sizes, names, where a technology may be known, links that lead
// somewhere. Each exception stands in a table here with its reason, and a table may only shrink.
import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import path from 'node:path'
import { describe, test } from 'node:test'
import {
  consoleSources,
  files,
  importsOf,
  read,
  root,
  sources,
  withoutComments,
} from '../support/source-tree.ts'

const linesMax = 300

/** Files that are longer, with the lines that they may have. */
const longFiles: Readonly<Record<string, number>> = {}

/** Phrases that a reader has to decode, with plain ones instead. Decisions of the past and the ledger keep their words. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/\bof no use\b/i, 'invalid, or no effect'],
  [/\b(?:tried|try|made|make|begun|begin|linked?) anew\b/i, 'retry, or again'],
  [/\b(?:tried|try) again\b/i, 'retry'],
  [/\btells? whom\b/i, 'report, show or get'],
  [/\b(?:gives?|gave|given) back\b/i, 'return'],
  [/\b(?:cannot|could not) be had\b/i, 'is not available'],
  [/\bnot looked at\b/i, 'not checked, or ignored'],
  [/\bcalled off\b/i, 'abort'],
  [/\bthrow(?:n|s)? away\b/i, 'discard'],
]

/** The folders whose doc comments say what a declaration is, does or returns. */
const plainFolders = /^(?:console\/src|src\/(?!storage\/))/

/** Files that know the clock or a timer, besides src/app/clock.ts. */
const clockReaders: Readonly<Record<string, string>> = {
  'src/client/transport/clock.ts': 'the clock of whoever uses the client, which runs elsewhere',
  'src/http/engine/exchange.ts': 'how long an answer took, on a clock that is never set',
  'src/http/events/event-streams.ts':
    'keeps connections alive and looks for news, whatever the time of a world is',
  'src/http/engine/tls-server.ts':
    'asks Node to close sessions that nobody uses, as it does by itself without HTTP/2',
  'src/storage/postgres/connection.ts': 'how long a database may take, whatever the time of the service is',
  'src/storage/postgres/driver.ts': 'how long a write has waited for the database',
}

/** Files in which a socket has a limit in real time: the peer and the network know no other. */
const socketLimits: ReadonlySet<string> = new Set([
  'src/cli/service/operator.ts',
  'src/conform/proxy/forward.ts',
  'src/oauth/issuer-answers.ts',
  'src/oauth/token-servers.ts',
])

/** Files that make random values. Operations get them from the Context. */
const randomSources: Readonly<Record<string, string>> = {
  'src/app/secrets/operator-tokens.ts': 'the token of a new data folder, before there is a Context',
  'src/app/test-service.ts': 'what is drawn for a service with test controls',
  'src/client/settings.ts': 'pauses of the client, which has no Context',
  'src/client/transport/callbacks.ts': 'the same',
  'src/conform/new-secret.ts': 'secrets of one comparison, which has no Context',
  'src/oauth/passphrases.ts': 'salts, for catalogs that are written without a Context',
  'src/oauth/sealing.ts': 'nonces and keys',
  'src/oauth/secrets.ts': 'secrets and tokens, for the Context',
  'src/oauth/service-keys.ts': 'keys',
  'src/testing/service.ts': 'the token of a service that a test starts, before there is a Context',
  'src/tls/authority.ts': 'names and serial numbers of certificates',
}

/** Where alone a technology may be imported in src/, if that is less than boundaries.test.ts allows a folder. */
const homes: Readonly<Record<string, RegExp>> = {
  'node:http': /^src\/(http|conform\/proxy|test-controls)\//,
  'node:sqlite': /^src\/storage\/sqlite\//,
  postgres: /^src\/storage\/postgres\/line\.ts$/,
  'cli-progress': /^src\/cli\/terminal\/progress\.ts$/,
  'csv-parse': /^src\/cli\/unit-files\/read-table\.ts$/,
  'csv-parse/sync': /^src\/cli\/unit-files\/read-table\.ts$/,
}

const code = files.filter((file) => /^(src|console|test|bench|bin|examples|scripts)\/.*\.[jt]sx?$/.test(file))
const ownSources = [...sources, ...consoleSources]
const texts = files.filter((file) => /(\.([jt]sx?|json|md|sql|css|html|ya?ml|toml|sh)|\.ci\/run)$/.test(file))

describe('The tree is tidy:', () => {
  test('no source file has more than 300 lines', () => {
    const offenders = ownSources.flatMap((file) => {
      const lines = read(file).split('\n').length - 1
      const allowed = longFiles[file]
      if (allowed !== undefined && lines <= linesMax)
        return [`${file} has ${lines} lines: take it off the table`]
      return lines > (allowed ?? linesMax) ? [`${file} has ${lines} lines`] : []
    })
    assert.deepEqual([...offenders, ...gone(longFiles)], [])
  })

  test('no name says nothing', () => {
    const emptyWord = /(^|[-/.])(utils?|helpers?|common|managers?|misc|factory)([-/.]|$)/
    const emptyName =
      /\b(?:class|interface|type|function|const) (I[A-Z][a-z]\w*|\w*(?:Factory|Manager|Utils?|Helpers?))\b/g
    const inCode = ownSources.flatMap((file) =>
      [...withoutComments(file).matchAll(emptyName)].map((hit) => `${file}: ${hit[1]}`),
    )
    assert.deepEqual([...code.filter((file) => emptyWord.test(file)), ...inCode], [])
  })

  test('no folder of src/ or console/ has more than 20 files', () => {
    const counts = new Map<string, number>()
    for (const file of ownSources) {
      const folder = path.posix.dirname(file)
      counts.set(folder, (counts.get(folder) ?? 0) + 1)
    }
    assert.deepEqual(
      [...counts].filter(([, count]) => count > 20),
      [],
    )
  })

  test('every folder of src/ and console/ is named in ARCHITECTURE.md', () => {
    const architecture = existsSync(path.join(root, 'ARCHITECTURE.md')) ? read('ARCHITECTURE.md') : ''
    const folders = new Set(ownSources.map((file) => path.posix.dirname(file)))
    const offenders = [...folders].filter((folder) => !architecture.includes(`\`${folder}/\``))
    assert.deepEqual(offenders, [])
  })

  test('no file names a folder of one machine', () => {
    const machinePath = /(?:^|[^A-Za-z0-9_.])\/(?:tmp|root|home|work|Users)\/[A-Za-z]/
    assert.deepEqual(linesWith(texts, machinePath), [])
  })

  test('the lock file names no host to download from', () => {
    assert.deepEqual(linesWith(['package-lock.json'], /"resolved"|\.tgz/), [])
    assert.deepEqual(linesWith(['.npmrc'], /registry\s*=|\/\//), [])
  })

  test('no text has a phrase that a plain one replaces', () => {
    const words = files.filter((file) =>
      /^(?:src\/.*\.ts|console\/src\/.*\.tsx?|docs\/[^/]+\.md|README\.md)$/.test(file),
    )
    const plain = words.filter((file) => file !== 'docs/fidelity.md')
    const offenders = phrases.flatMap(([phrase, instead]) =>
      linesWith(plain, phrase).map((line) => `${line} (say: ${instead})`),
    )
    assert.deepEqual(offenders, [])
  })

  test('no doc comment opens with a question word or with "Gives"', () => {
    const riddle = /^\s*\/\*\* (?:Of|What|Who|Whom|Gives) /
    assert.deepEqual(
      linesWith(
        ownSources.filter((file) => plainFolders.test(file)),
        riddle,
      ),
      [],
    )
  })

  test('nothing is left open and no test is left out', () => {
    const open = /\b(?:TO[D]O|FIX[M]E|HAC[K]|XX[X])\b/ // The brackets keep this line from being found.
    assert.deepEqual(
      linesWith(
        texts.filter((file) => file !== 'package-lock.json'),
        open,
      ),
      [],
    )
    // A test may still find out while it runs that the machine lacks something, and say so.
    const leftOut =
      /\b(?:test|it|describe|suite)(?:\.(?:only|skip|todo)\b|\(.*[{,] *(?:only|skip|todo) *[:,}])/
    assert.deepEqual(linesWith(code, leftOut), [])
  })

  test('every relative link of a document leads somewhere', () => {
    const documents = files.filter((file) => file.endsWith('.md'))
    assert.deepEqual(documents.flatMap(brokenLinks), [])
  })

  test('only the clock knows what time it is', () => {
    const clock =
      /\bDate\.now\b|\bnew Date\(\)|\bset(?:Timeout|Interval)\b|\bperformance\.now\b|\bnode:timers\b|\bhrtime\b/
    const allowed = new Set(['src/app/clock.ts', ...Object.keys(clockReaders)])
    const readers = sources.filter((file) => clock.test(withoutComments(file)))
    assert.deepEqual(
      readers.filter((file) => !allowed.has(file)),
      [],
    )
    assert.deepEqual(
      [...Object.keys(clockReaders).filter((file) => !readers.includes(file)), ...gone(clockReaders)],
      [],
    )
  })

  test('a time limit of the machine is only for sockets, and random values come from few places', () => {
    const usersOf = (pattern: RegExp) => sources.filter((file) => pattern.test(withoutComments(file)))
    assert.deepEqual(usersOf(/\bAbortSignal\.timeout\b/), [...socketLimits])
    const random = /\brandom(?:Bytes|UUID|Int|FillSync)\b|\bgetRandomValues\b|\bMath\.random\b/
    const inTable = new Set([...Object.keys(randomSources), 'src/world/new-id.ts'])
    assert.deepEqual(usersOf(random), [...inTable].sort())
  })

  test('a technology is known in one place', () => {
    const offenders = sources.flatMap((file) =>
      importsOf(file)
        .filter((module) => homes[module] && !homes[module].test(file))
        .map((module) => `${file} imports ${module}`),
    )
    assert.deepEqual(offenders, [])
  })

  test('nothing loads the HTTP client of Node at start, as an import of a value from node:http does', () => {
    const imported = /^import (?!type\b).*from 'node:https?'/m
    assert.deepEqual(
      sources.filter((file) => imported.test(withoutComments(file))),
      [],
    )
  })

  test('operations and the model know no status code', () => {
    const status = /(?<![\w.])(?:20[124]|40[013489]|41[0235]|42[29]|50[234])(?![\w.])/
    const inner = sources.filter((file) => /^src\/(operations|model)\//.test(file))
    assert.deepEqual(
      inner.filter((file) => status.test(withoutComments(file))),
      [],
    )
  })

  test('a file of the package is read from two levels below its root, where src/ and the bundle both are', () => {
    const offenders = sources.filter((file) => {
      const uses = withoutComments(file).match(/import\.meta\.(?:url|dirname|filename|resolve)/g) ?? []
      const sound = withoutComments(file).match(/new URL\('\.\.\/\.\.\/[^']*', import\.meta\.url\)/g) ?? []
      return uses.length !== sound.length || (uses.length > 0 && file.split('/').length !== 3)
    })
    assert.deepEqual(offenders, [])
  })

  test('migrations are numbered without a gap and without a number twice', () => {
    const numbers = files
      .filter((file) => /^migrations\//.test(file))
      .map((file) => Number(file.slice(11, 15)))
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      numbers.map((_, index) => index + 1),
    )
  })

  test('what is started as a program may be started', () => {
    const programs = ['.ci/run', 'bin/skillkeeper.js']
    assert.deepEqual(
      programs.filter((file) => (statSync(path.join(root, file)).mode & 0o100) === 0),
      [],
    )
  })
})

function linesWith(among: readonly string[], pattern: RegExp): string[] {
  return among.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1} ${line.trim().slice(0, 80)}`] : [],
      ),
  )
}

/** The entries of a table of exceptions whose file is not there any more. */
function gone(table: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(table).filter((file) => !existsSync(path.join(root, file)))
}

function brokenLinks(document: string): string[] {
  const text = read(document)
    .replace(/^```[\s\S]*?^```/gm, '')
    .replace(/`[^`\n]*`/g, '')
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return []
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? document : path.posix.join(path.posix.dirname(document), file)
    if (!existsSync(path.join(root, target))) return [`${document}: ${link}`]
    if (anchor && target.endsWith('.md') && !anchorsOf(target).includes(anchor))
      return [`${document}: ${link}`]
    return []
  })
}

/** The anchors that the headings of a document get where it is shown. */
function anchorsOf(document: string): string[] {
  return [...read(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
