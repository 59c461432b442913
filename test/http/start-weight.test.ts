import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

test('The service starts and answers without the compilers that Fastify brings along', async () => {
  const program = `
    import { createRequire } from 'node:module'
    import { startSkillkeeper } from ${JSON.stringify(new URL('../../src/app/index.ts', import.meta.url).href)}
    const service = await startSkillkeeper({ port: 0, data: ':memory:', logLevel: 'silent' })
    const answer = await fetch(service.url + '/v1/skills/enablements')
    await service.stop()
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    console.log(JSON.stringify({ status: answer.status, loaded }))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
  })
  const { status, loaded } = JSON.parse(stdout)
  assert.equal(status, 401)
  const heavy =
    /node_modules\/(ajv|@fastify\/(ajv-compiler|fast-json-stringify-compiler|swagger)|light-my-request|@peculiar|asn1js)\//
  assert.deepEqual(
    loaded.filter((file: string) => heavy.test(file)),
    [],
  )
  assert.ok(loaded.some((file: string) => file.includes('node_modules/fastify/')))
})
