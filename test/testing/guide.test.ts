/** The code of docs/testing.md as a reader would paste it, on the sources of this repository. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../support/program.ts'
import { type Block, readTestingGuide, recipeFor } from '../support/testing-guide.ts'

const source = new URL('../../scripts/client-source.js', import.meta.url).href
const blocks = readTestingGuide()
const isImport = (line: string) => line.startsWith('import ')

/** What a reader of the issue asks for, in the words of its headings. */
const wishes = [
  '429 twice',
  '503 with `Retry-After`',
  'A connection that is cut after the write',
  '`ENABLING` for an hour',
  'A link that was withdrawn',
  'Item 7 refused',
  'A token that expires between two pages',
  'A page token of yesterday',
  'A slow token server',
  'A restart',
]

describe('docs/testing.md', { timeout: 120_000 }, () => {
  test('begins with a test of ten lines that passes when it is pasted', async (t) => {
    const [first] = blocks
    assert.ok(first)
    assert.ok(first.code.trim().split('\n').length <= 10)
    assert.equal(await passes(t, { 'retries.test.js': first.code }), 1)
    // The same test is in the README.
    const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
    assert.ok(readme.includes(first.code))
  })

  test('has a snippet for each thing that a client may have to see, and each does what it says', async (t) => {
    const snippets = blocks.filter(({ purpose }) => purpose === 'snippet')
    const prelude = blocks.find(({ purpose }) => purpose === 'prelude')?.code.split('\n') ?? []
    assert.deepEqual([...new Set(snippets.map(({ headings }) => headings.at(-1)))], wishes)
    const program = [
      "import { test } from 'node:test'",
      ...prelude.filter(isImport),
      ...snippets.map((snippet) => testOf(snippet, prelude)),
    ]
    assert.equal(await passes(t, { 'snippets.test.js': program.join('\n') }), snippets.length)
  })

  test('has a recipe for node:test whose files share one service', async (t) => {
    const folder = write(t, Object.fromEntries(recipeFor('node:test')))
    const { exitCode, output } = await run(folder, ['run-tests.js'], { NODE_OPTIONS: `--import ${source}` })
    assert.equal(exitCode, 0, output)
    assert.match(output, /^ℹ pass 1$/m)
  })

  test('has whole recipes for Vitest, Jest and Playwright, which npm run examples runs', () => {
    for (const runner of ['Vitest', 'Jest', 'Playwright']) {
      const files = [...recipeFor(runner).keys()]
      assert.ok(files.includes('enable.test.js'), runner)
      assert.ok(files.length >= 3, runner)
    }
  })
})

function testOf({ code, headings }: Block, prelude: readonly string[]): string {
  const body = [...prelude.filter((line) => !isImport(line)), code].join('\n')
  return `test(${JSON.stringify(headings.at(-1))}, async () => {\n${body}\n})\n`
}

function write(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder(t)
  writeFileSync(path.join(folder, 'package.json'), '{"type": "module"}')
  for (const [name, code] of Object.entries(files)) writeFileSync(path.join(folder, name), code)
  return folder
}

/** Runs the tests in the files, and returns how many passed. Fails if one fails. */
async function passes(t: TestContext, files: Readonly<Record<string, string>>): Promise<number> {
  const args = ['--import', source, '--test', '--test-reporter=spec', ...Object.keys(files)]
  const { exitCode, output } = await run(write(t, files), args)
  assert.equal(exitCode, 0, output)
  return Number(/^ℹ pass (\d+)$/m.exec(output)?.[1])
}

/** Not as a part of the run of tests that this is in. */
function run(
  cwd: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<{ exitCode: number | string; output: string }> {
  const env = { PATH: process.env.PATH, HOME: cwd, ...variables }
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env }, (error, stdout, stderr) => {
      resolve({ exitCode: error?.code ?? (error ? 1 : 0), output: stdout + stderr })
    })
  })
}
