// Makes dist/: the program and the library as bundles with every third-party package inside, so that the installed
// package has no dependency and starts fast; the type declarations of the library; the licences of what was bundled.
//
// Code that reads a file of the package at run time names it `new URL('../../NAME', import.meta.url)`. That holds for
// src/FOLDER/file.ts and for dist/program/chunk.js alike: both lie two levels below the root of the package.
import { spawnSync } from 'node:child_process'
import crypto from 'node:crypto'
import { existsSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { type OutputChunk, type Plugin, rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = path.join(root, 'dist')
const types = path.join(dist, 'types')

/** What the `exports` of package.json offer; tsconfig.types.json lists the same files. */
const library = { index: 'src/app/index.ts' }
const program = { cli: 'src/cli/main.ts' }
/** Offered too, but a bundle of its own that knows no Node: browsers and workers load it as well. */
const client = { index: 'src/client/index.ts' }

rmSync(dist, { recursive: true, force: true })
const chunks = await bundleProgram()
await bundleClient()
writeFileSync(path.join(dist, 'THIRD-PARTY-LICENSES'), licencesOf(chunks))
declareTypes()

async function bundleProgram(): Promise<OutputChunk[]> {
  const build = await rolldown({
    cwd: root,
    input: { ...program, ...library },
    platform: 'node',
    plugins: [nodeVersion(), slowModules()],
    onLog: refuseWarnings,
  })
  const { output } = await build.write({
    dir: path.join(dist, 'program'),
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    // Names stay, so that the stack of a logged error can be read.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    comments: { legal: false },
  })
  await build.close()
  return output.filter((part) => part.type === 'chunk')
}

/** Stays a file of its own, two levels up, that can be read: an old Node shows the line that refuses it. */
function nodeVersion(): Plugin {
  return {
    name: 'version of Node',
    resolveId: (id) => (id === '../../bin/node-version.js' ? { id, external: 'absolute' } : null),
  }
}

/** As it is written, for whoever bundles it makes it small; and once more for who has nothing but `require`. */
async function bundleClient(): Promise<void> {
  const build = await rolldown({ cwd: root, input: client, platform: 'neutral', onLog: refuseWarnings })
  const dir = path.join(dist, 'client')
  await build.write({ dir, format: 'esm' })
  await build.write({ dir, format: 'cjs', entryFileNames: '[name].cjs' })
  await build.close()
}

function refuseWarnings(level: string, { message }: { readonly message: string }): void {
  if (level === 'warn') throw new Error(`The bundler warns: ${message}`)
}

/**
 * Modules of Node that would hold up the start by a fifth. Fastify loads HTTP/2 and TLS, which nobody asks of it: in the
 * bundle they are loaded at their first use. An `import` of `node:crypto` reads all that it exports, Web Crypto
 * included: in the bundle only what it names is read.
 */
function slowModules(): Plugin {
  const unused = (name: string) =>
    `module.exports = new Proxy({}, { get: (_, property) => process.getBuiltinModule('${name}')[property] })`
  const values = Object.entries(Object.getOwnPropertyDescriptors(crypto)).filter(
    ([, property]) => property.value,
  )
  const names = values.map(([name]) => name).join(', ')
  const modules = new Map([
    ['node:http2', unused('node:http2')],
    ['node:https', unused('node:https')],
    ['node:crypto', `export const { ${names} } = process.getBuiltinModule('node:crypto')`],
  ])
  const prefix = '\0slow:'
  return {
    name: 'slow modules of Node',
    resolveId: (id) => (modules.has(id) ? prefix + id : null),
    load: (id) => (id.startsWith(prefix) ? modules.get(id.slice(prefix.length)) : null),
  }
}

/** The name, version and licence text of each package of which the bundles contain code. */
function licencesOf(chunks: readonly OutputChunk[]): string {
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

/** Declares the types of the library, and nothing that would need the types of another package. */
function declareTypes(): void {
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc')
  const done = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.types.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (done.status !== 0) throw new Error('The type declarations could not be made.')

  const reached = new Set<string>()
  for (const entry of Object.values({ ...library, client: client.index }))
    reach(declarationOf(path.join(root, entry)), reached)
  for (const file of globSync('**/*.d.ts', { cwd: types })) {
    if (!reached.has(path.join(types, file))) rmSync(path.join(types, file))
  }
  declareForRequire()
}

/** The types of the client once more, for who gets it by `require`. */
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

/** Adds the declaration file and all that it imports to `reached`. */
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
