// `node --import ./scripts/client-source.js examples/NAME.ts`: resolves the imports of the package to src/ in a clone of
// the repository, so that no build is needed.
import { registerHooks } from 'node:module'

/** @type {Readonly<Record<string, string>>} */
const sources = {
  skillkeeper: new URL('../src/app/index.ts', import.meta.url).href,
  'skillkeeper/client': new URL('../src/client/index.ts', import.meta.url).href,
  'skillkeeper/testing': new URL('../src/testing/index.ts', import.meta.url).href,
}

registerHooks({
  resolve(specifier, context, next) {
    const url = sources[specifier]
    return url === undefined ? next(specifier, context) : { url, shortCircuit: true }
  },
})
