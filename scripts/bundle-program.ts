// Bundles the program and the library: for dist/, and for the tests that start the program.
import crypto from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type OutputChunk, type Plugin, rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The `exports` of package.json, except the client and what is for tests. tsconfig.types.json lists the same files. */
export const library = { index: 'src/app/index.ts' }
const program = { cli: 'src/cli/main.ts' }

/** Writes both to the folder, which must be two levels below the root of a package. */
export async function bundleProgram(dir: string): Promise<OutputChunk[]> {
  const build = await rolldown({
    cwd: root,
    input: { ...program, ...library },
    platform: 'node',
    plugins: [nodeVersion(), slowModules()],
    onLog: refuseWarnings,
  })
  const { output } = await build.write({
    dir,
    format: 'esm',
    chunkFileNames: '[name]-[hash].js',
    // Names are kept, so that the stacks of logged errors are readable.
    minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    comments: { legal: false },
  })
  await build.close()
  return output.filter((part) => part.type === 'chunk')
}

/** Keeps bin/node-version.js out of the bundle, so that an old Node can load it and report that it is too old. */
function nodeVersion(): Plugin {
  return {
    name: 'version of Node',
    resolveId: (id) => (id === '../../bin/node-version.js' ? { id, external: 'absolute' } : null),
  }
}

export function refuseWarnings(level: string, { message }: { readonly message: string }): void {
  if (level === 'warn') throw new Error(`The bundler warns: ${message}`)
}

/**
 * Avoids modules that would make the start a fifth slower:
 *
 * - Fastify loads HTTP/2 and TLS, which the service does not use through it: the bundle loads them at their first use.
 * - An `import` of `node:crypto` reads all its exports, including Web Crypto: the bundle reads only the used ones.
 * - Fastify brings compilers of schemas and a client for tests, two fifths of the program's text. The service passes compilers of its own and
 *   has no such tests: the bundle leaves them out.
 */
function slowModules(): Plugin {
  const later = (name: string) =>
    `module.exports = new Proxy({}, { get: (_, property) => process.getBuiltinModule('${name}')[property] })`
  const absent = (name: string) =>
    `module.exports = () => { throw new Error('${name} is not in this package.') }`
  const values = Object.entries(Object.getOwnPropertyDescriptors(crypto)).filter(
    ([, property]) => property.value,
  )
  const names = values.map(([name]) => name).join(', ')
  const modules = new Map([
    ['node:http2', later('node:http2')],
    ['node:https', later('node:https')],
    ['node:crypto', `export const { ${names} } = process.getBuiltinModule('node:crypto')`],
    ['@fastify/ajv-compiler', absent('@fastify/ajv-compiler')],
    ['@fastify/fast-json-stringify-compiler', absent('@fastify/fast-json-stringify-compiler')],
    ['light-my-request', absent('light-my-request')],
  ])
  const prefix = '\0slow:'
  return {
    name: 'slow modules',
    resolveId: (id) => (modules.has(id) ? prefix + id : null),
    load: (id) => (id.startsWith(prefix) ? modules.get(id.slice(prefix.length)) : null),
  }
}
