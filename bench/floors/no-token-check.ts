/**
 * Preloaded into a service that runs from src/: its token check is asked once for each token and then left out, so that
 * what it costs can be told from the difference.
 */
import { registerHooks } from 'node:module'

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('/src/oauth/token-check.ts')) return nextLoad(url, context)
    const source = `
      import { verifyToken } from '../operations/tokens/verify-token.ts'
      export function createTokenCheck(context, operatorTokens) {
        let principal
        return {
          check: (token) => principal ?? verifyToken(context, token, operatorTokens()).then((verified) => (principal = verified.principal)),
          forget() {},
        }
      }`
    return { format: 'module', source, shortCircuit: true }
  },
})
