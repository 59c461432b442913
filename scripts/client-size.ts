// `node scripts/client-size.ts`: measures the size of the client in a bundle. docs/performance.md has the results.
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { rolldown } from 'rolldown'

const client = fileURLToPath(new URL('../src/client/index.ts', import.meta.url))
const entry = '\0entry'

/** Bundles a program that imports from 'client', and returns the code with its sizes in bytes. */
export async function measureClient(program: string, format: 'esm' | 'iife' = 'esm') {
  const build = await rolldown({
    input: entry,
    platform: 'browser',
    plugins: [
      {
        name: 'a program of one line',
        resolveId: (id) =>
          id === entry ? entry : id === 'client' ? { id: client, moduleSideEffects: false } : null,
        load: (id) => (id === entry ? program : null),
      },
    ],
    onLog(level, { message }) {
      if (level === 'warn' && !message.includes('empty')) throw new Error(`The bundler warns: ${message}`)
    },
  })
  const { output } = await build.generate({ format, name: 'bundle', minify: true })
  await build.close()
  const { code } = output[0]
  return { code, minified: Buffer.byteLength(code), gzipped: gzipSync(code, { level: 9 }).length }
}

if (import.meta.main) {
  const programs = {
    'everything that is exported': "export * from 'client'",
    SkillsClient: "export { SkillsClient } from 'client'",
    'the errors alone': "export { ApiError, BatchError, TokenError } from 'client'",
  }
  console.log('| import | minified | minified and gzipped |\n|---|---|---|')
  for (const [name, program] of Object.entries(programs)) {
    const { minified, gzipped } = await measureClient(program)
    console.log(`| ${name} | ${minified} bytes | ${gzipped} bytes |`)
  }
}
