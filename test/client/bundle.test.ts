/** The client as a browser or a worker gets it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createContext, runInContext } from 'node:vm'
import { measureClient } from '../../scripts/client-size.ts'
import { hospital } from '../support/catalogs.ts'
import { startClientWorld } from '../support/clients.ts'

describe('The client in a bundle for browsers', () => {
  test('needs no module, and works with nothing but what the web has', async (t) => {
    const { service } = await startClientWorld(t)
    const { code } = await measureClient("export { SkillsClient } from 'client'", 'iife')
    assert.doesNotMatch(code, /node:|\brequire\b|\bprocess\b|\bBuffer\b/)
    const web = {
      fetch,
      URL,
      URLSearchParams,
      AbortController,
      Headers,
      setTimeout,
      clearTimeout,
      service: service.url,
      token: await service.token(hospital.admin),
      unitId: hospital.room,
    }
    const program = `${code}; new bundle.SkillsClient({ endpoint: service, credentials: token }).list({ unitId })`
    const { items } = await runInContext(program, createContext(web))
    assert.equal(JSON.stringify(items), '[]')
  })

  test('leaves out what is not used', async () => {
    assert.equal((await measureClient("import 'client'")).code.trim(), '')
    const all = await measureClient("export * from 'client'")
    const errors = await measureClient("export { ApiError } from 'client'")
    assert.ok(errors.minified * 5 < all.minified, `${errors.minified} of ${all.minified} bytes`)
  })
})
