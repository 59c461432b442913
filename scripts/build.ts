// Builds dist/: the program and the library as bundles that include all third-party packages, so that the installed package
// has no dependencies and starts fast; the web console; the type declarations of the library; the licences of the bundled packages.
//
// Code that reads a file of the package at run time uses `new URL('../../NAME', import.meta.url)`. This works for
// src/FOLDER/file.ts and for dist/program/chunk.js: both are two levels below the root of the package.
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type OutputChunk, type Plugin, rolldown } from 'rolldown'
import { buildConsole } from './build-console.ts'
import { bundleProgram, library, refuseWarnings } from './bundle-program.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')
const types = path.join(dist, 'types')

/** The client is a separate bundle without modules of Node: browsers and workers load it, too. */
const client = { index: 'src/client/index.ts' }
/** What is for tests uses the other bundles: its errors of the client are those of the client, and it loads the service late. */
const testing = { index: 'src/testing/index.ts' }
const bundles = new Map([
  ['../client/index.ts', '../client/index.js'],
  ['../app/index.ts', '../program/index.js'],
])

rmSync(dist, { recursive: true, force: true })
const chunks = await bundleProgram(path.join(dist, 'program'))
await bundleClient()
await bundleTesting()
const consoleChunks = await buildConsole()
writeFileSync(path.join(dist, 'THIRD-PARTY-LICENSES'), licencesOf([...chunks, ...consoleChunks]))
declareTypes()

/** Builds the client as an ES module and as CommonJS, not minified: the user's own bundler does that. */
async function bundleClient(): Promise<void> {
  const build = await rolldown({ cwd: root, input: client, platform: 'neutral', onLog: refuseWarnings })
  const dir = path.join(dist, 'client')
  await build.write({ dir, format: 'esm' })
  await build.write({ dir, format: 'cjs', entryFileNames: '[name].cjs' })
  await build.close()
}

/** Builds what is for tests, not minified: runners read the source of a fixture. */
async function bundleTesting(): Promise<void> {
  const build = await rolldown({
    cwd: root,
    input: testing,
    platform: 'node',
    plugins: [otherBundles()],
    onLog: refuseWarnings,
  })
  await build.write({ dir: path.join(dist, 'testing'), format: 'esm' })
  await build.close()
}

function otherBundles(): Plugin {
  return {
    name: 'other bundles',
    resolveId(id) {
      const bundle = bundles.get(id)
      return bundle === undefined ? null : { id: bundle, external: true }
    },
  }
}

/** Returns the name, version and licence text of each package whose code is in the bundles. */
function licencesOf(chunks: readonly Pick<OutputChunk, 'moduleIds'>[]): string {
  const folders = new Set<string>()
  for (const id of chunks.flatMap((chunk) => chunk.moduleIds)) {
    const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(id)?.[0]
    if (folder && !folder.startsWith('\0')) folders.add(folder)
  }
  const entries = [...folders].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
    const files = readdirSync(folder).filter((name) => /^(licen[sc]e|copying|notice)/i.test(name))
    const texts = files.map((file) => readFileSync(path.join(folder, file), 'utf8').trim())
    return `${name} ${version} (${license})\n\n${texts.join('\n\n') || `Licensed under ${license}.`}\n`
  })
  const opening = 'Skillkeeper contains code of the following packages, each under its own licence.\n'
  return [opening, ...new Set(entries.sort())].join(`\n${'-'.repeat(80)}\n\n`)
}

/** Generates the type declarations of the library, which must not need the types of other packages. */
function declareTypes(): void {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  const done = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (done.status !== 0) throw new Error('The type declarations could not be made.')

  const reached = new Set<string>()
  for (const entry of Object.values({ ...library, client: client.index, testing: testing.index }))
    reach(declarationOf(path.join(root, entry)), reached)
  for (const file of globSync('**/*.d.ts', { cwd: types })) {
    if (!reached.has(path.join(types, file))) rmSync(path.join(types, file))
  }
  declareForRequire()
}

/** Copies the type declarations of the client for CommonJS. */
function declareForRequire(): void {
  const reached = new Set<string>()
  reach(declarationOf(path.join(root, client.index)), reached)
  for (const file of reached) {
    const declared = readFileSync(file, 'utf8').replaceAll(/(from |import\()'(\.[^']+)\.ts'/g, "$1'$2.cts'")
    writeFileSync(file.replace(/\.d\.ts$/, '.d.cts'), declared)
  }
}

function declarationOf(source: string): string {
  return path.join(types, path.relative(root, source)).replace(/\.ts$/, '.d.ts')
}

/** Adds the declaration file and all files that it imports to `reached`. */
function reach(file: string, reached: Set<string>): void {
  if (reached.has(file)) return
  reached.add(file)
  const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '')
  for (const [, specifier = ''] of code.matchAll(/(?:from |import\(|import )['"]([^'"]+)['"]/g)) {
    if (!specifier.startsWith('.')) {
      throw new Error(`${path.relative(root, file)}: the public types must not need those of '${specifier}'.`)
    }
    const target = path.resolve(path.dirname(file), specifier.replace(/\.ts$/, '.d.ts'))
    if (!existsSync(target))
      throw new Error(`${path.relative(root, file)} names ${specifier}, which is not there.`)
    reach(target, reached)
  }
}
