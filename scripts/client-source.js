// `node --import ./scripts/client-source.js examples/NAME.ts`: resolves 'skillkeeper/client' to src/client/ in a clone of
// the repository, so that no build is needed.
import { registerHooks } from 'node:module'

const client = new URL('../src/client/index.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'skillkeeper/client' ? { url: client, shortCircuit: true } : next(specifier, context),
})
