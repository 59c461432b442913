// Builds the web console into dist/console/, as the service serves it under /console/.
//
//   node scripts/build-console.ts
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Rolldown } from 'vite'
import { consoleHash, consoleHashFile } from './console-hash.js'

/** Marks of packages for frameworks that render on servers, and how long the build took. */
const harmless = new Set(['MODULE_LEVEL_DIRECTIVE', 'PLUGIN_TIMINGS'])
const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds the console and returns its chunks. Throws on a warning of the bundler. */
export async function buildConsole(): Promise<Rolldown.OutputChunk[]> {
  const hash = consoleHash()
  const built = await build({
    configFile: false,
    root: path.join(root, 'console'),
    base: '/console/',
    logLevel: 'error',
    publicDir: false,
    css: { modules: { generateScopedName: (name, file) => `${name}-${shortHash(file)}` } },
    build: {
      outDir: path.join(root, 'dist/console'),
      emptyOutDir: true,
      // The oldest browsers with light-dark(). Newer CSS stays as it is written.
      target: ['chrome123', 'firefox120', 'safari17.5'],
      // The policy allows no address but those of the service, so no file becomes a data: address.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        onLog(level, { code, message }) {
          if (level === 'warn' && !harmless.has(code ?? '')) throw new Error(`The bundler warns: ${message}`)
        },
      },
    },
  })
  writeFileSync(consoleHashFile, hash)
  const outputs = Array.isArray(built) ? built : [built]
  return outputs.flatMap((one) => ('output' in one ? one.output : [])).filter((part) => part.type === 'chunk')
}

function shortHash(file: string): string {
  const relative = path.relative(root, file.split('?')[0] ?? '')
  return createHash('sha256').update(relative).digest('base64url').slice(0, 5)
}

if (import.meta.main) await buildConsole()
