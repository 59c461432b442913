// Runs the recipes of docs/testing.md with the test runners themselves, on the packed package, in a temporary folder each.
// It downloads the runners, so it is not a part of `npm test`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { recipeFor } from '../test/support/testing-guide.ts'

interface Runner {
  readonly packages: readonly string[]
  readonly command: readonly string[]
  /** What the runner prints when the one test of the recipe has passed. */
  readonly passed: RegExp
}

const runners: Readonly<Record<string, Runner>> = {
  'node:test': { packages: [], command: ['run-tests.js'], passed: /^ℹ pass 1$/m },
  Vitest: {
    packages: ['vitest@5.1.1'],
    command: ['node_modules/vitest/vitest.mjs', 'run'],
    passed: /Tests +1 passed/,
  },
  Jest: {
    packages: ['jest@30.5.2'],
    command: ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'],
    passed: /^Tests: +1 passed, 1 total$/m,
  },
  Playwright: {
    packages: ['@playwright/test@1.65.1'],
    command: ['node_modules/@playwright/test/cli.js', 'test'],
    passed: /^ *1 passed /m,
  },
}

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(path.join(tmpdir(), 'skillkeeper-examples-'))
try {
  runIn(root, 'npm', ['pack', '--pack-destination', folder])
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? ''
  for (const [name, runner] of Object.entries(runners)) tryRunner(name, runner, path.join('..', tarball))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function tryRunner(name: string, { packages, command, passed }: Runner, tarball: string): void {
  const place = path.join(folder, name.replace(':', '-'))
  mkdirSync(place)
  writeFileSync(path.join(place, 'package.json'), '{"private": true, "type": "module"}')
  for (const [file, code] of recipeFor(name)) writeFileSync(path.join(place, file), code)
  runIn(place, 'npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', tarball, ...packages])
  const output = runIn(place, process.execPath, command)
  if (!passed.test(output)) throw new Error(`The recipe for ${name} ran no test:\n${output}`)
  console.log(`${name}: the recipe passes.`)
}

function runIn(cwd: string, command: string, args: readonly string[]): string {
  const env = { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1', CI: '1' }
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  const output = `${stdout}${stderr}`
  if (status === 0) return output
  throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${output}`, { cause: error })
}
