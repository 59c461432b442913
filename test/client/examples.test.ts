/** The programs of examples/, as they stand, against a service. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type StartOptions, startSkillkeeper } from '../../src/app/index.ts'
import { hospital } from '../support/catalogs.ts'
import { adminCredentials, catalogWithRooms, roomId } from '../support/clients.ts'
import { temporaryFolder } from '../support/embedded-storage.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const source = new URL('../../scripts/client-source.js', import.meta.url).href
const room = 'amzn1.alexa.unit.did.ROOM101'
const skill = 'amzn1.ask.skill.3b1b6d5e-0000-4000-8000-000000000001'

describe('The example', () => {
  test('first-call.ts enables a skill, and list-all.ts shows it', async (t) => {
    const { run } = await startPrograms(t, {})
    assert.deepEqual(await run('first-call.ts'), ['ENABLING', 'ENABLED'])
    assert.deepEqual(await run('list-all.ts', room), [`${skill} live ENABLED`])
  })

  test('enable-rooms.ts enables a skill in 5,000 rooms, and tells which were refused', async (t) => {
    const folder = await temporaryFolder(t)
    const rooms = Array.from({ length: 5000 }, (_, index) => roomId(index))
    rooms.splice(700, 0, hospital.foreignRoom)
    writeFileSync(path.join(folder, 'rooms.txt'), rooms.join('\n'))
    const { run } = await startPrograms(t, { catalog: catalogWithRooms(5000) }, adminCredentials)
    const lines = await run('enable-rooms.ts', path.join(folder, 'rooms.txt'), hospital.nurseCall)
    assert.equal(lines.filter((line) => /^\d+ accepted$/.test(line)).length, 52)
    assert.match(lines.at(-2) ?? '', /FOREIGN-ROOM refused: /)
    assert.equal(lines.at(-1), '5000 of 5000 enabled')
  })

  test('enable-rooms.ts writes down which rooms are left', async (t) => {
    const folder = await temporaryFolder(t)
    const file = path.join(folder, 'rooms.txt')
    writeFileSync(file, `${roomId(0)}\n${roomId(1)}\n`)
    const { run } = await startPrograms(t, {}, { ...adminCredentials, clientSecret: 'wrong' })
    const lines = await run('enable-rooms.ts', file, hospital.nurseCall)
    assert.match(lines.at(-1) ?? '', /invalid_client.* 2 rooms are left/)
    assert.equal(readFileSync(`${file}.left`, 'utf8'), readFileSync(file, 'utf8'))
  })

  test('connect.ts takes another service by one change', async (t) => {
    const { run } = await startPrograms(t, {}, undefined, { SKILLS_REGION: 'MARS' })
    assert.match((await run('list-all.ts')).join(' '), /SKILLS_REGION must be NA, EU or FE/)
  })
})

/** Starts a service, and gives what runs a program against it: the lines that it prints, errors included. */
async function startPrograms(
  t: TestContext,
  options: StartOptions,
  credentials?: typeof adminCredentials,
  others: Readonly<Record<string, string>> = {},
) {
  const service = await startSkillkeeper({
    port: 0,
    data: ':memory:',
    logLevel: 'silent',
    rateLimit: 0,
    ...options,
  })
  t.after(() => service.stop())
  const env = {
    SKILLS_ENDPOINT: service.url,
    ...(credentials && {
      SKILLS_CLIENT_ID: credentials.clientId,
      SKILLS_CLIENT_SECRET: credentials.clientSecret,
    }),
    ...others,
  }
  return {
    async run(name: string, ...args: string[]): Promise<string[]> {
      const program = ['--import', source, path.join(root, 'examples', name), ...args]
      const told = await promisify(execFile)(process.execPath, program, { env, timeout: 50_000 }).catch(
        (error: { readonly stdout: string; readonly stderr: string }) => error,
      )
      return (told.stdout + told.stderr).trim().split('\n')
    },
  }
}
