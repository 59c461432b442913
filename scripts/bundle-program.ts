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
    plugins: [nodeVersion(), slowModules(), asciiText()],
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

/** Escapes all other characters. One of them doubles the memory that the text of a whole chunk takes while the program runs. */
function asciiText(): Plugin {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  return {
    name: 'ASCII text',
    generateBundle(_options, bundle) {
      for (const part of Object.values(bundle))
        if (part.type === 'chunk') part.code = part.code.replace(/[^\0-\x7f]/g, escaped)
    },
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
 *   has no such tests: the bundle leaves them out. It also leaves out what Fastify needs for plugins that name its version,
 *   and for proxies that it trusts: the service has none of them.
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
    ['semver', absent('semver')],
    ['@fastify/proxy-addr', absent('@fastify/proxy-addr')],
  ])
  const prefix = '\0slow:'
  return {
    name: 'slow modules',
    resolveId: (id) => (modules.has(id) ? prefix + id : null),
    load: (id) => (id.startsWith(prefix) ? modules.get(id.slice(prefix.length)) : null),
  }
}
