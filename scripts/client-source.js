// `node --import ./scripts/client-source.js examples/NAME.ts`: in a clone of the repository 'skillkeeper/client' is then
// src/client/, as it stands, so that nothing needs to be built. The published package has its bundle, and nothing else.
import { registerHooks } from 'node:module'

const client = new URL('../src/client/index.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'skillkeeper/client' ? { url: client, shortCircuit: true } : next(specifier, context),
})
