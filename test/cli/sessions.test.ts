import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startCommandLine } from '../support/command-line.ts'

describe('The command line, for the console,', () => {
  test('prints a link that signs in once, shows who is signed in, and signs somebody out', async (t) => {
    const { run, service } = await startCommandLine(t)
    const newCode = async () => {
      const { exitCode, stdout, stderr } = await run(['console'])
      assert.equal(exitCode, 0, stderr)
      assert.match(stderr, /^Open it in a browser within a minute\./)
      const [link = ''] = stdout.split('\n')
      assert.ok(link.startsWith(`${service.url}/console/#code=`), link)
      return link.split('#code=')[1]
    }
    const signIn = async (oneTimeCode: string | undefined, name?: string) =>
      (await service.call('POST', '/_skillkeeper/sessions', { body: { oneTimeCode, name } })).status
    const code = await newCode()
    assert.deepEqual([await signIn(code), await signIn(code)], [201, 403])
    assert.equal(await signIn(await newCode(), 'ben'), 201)
    const table = await run(['sessions', 'list'])
    assert.match(table.stdout, /^NAME +KIND +SIGNED IN +LAST USED +(ACTOR +)?ID\n/)
    assert.match(table.stdout, /^operator +operator +/m)
    const sessions = JSON.parse((await run(['sessions', 'list', '--output', 'json'])).stdout)
    assert.deepEqual(
      sessions.map(({ actor }: { actor: string }) => actor),
      ['operator', 'operator:ben'],
    )
    const ended = await run(['sessions', 'end', sessions[1].id])
    assert.equal(ended.exitCode, 0, ended.stderr)
    const again = await run(['sessions', 'end', sessions[1].id])
    assert.equal(again.exitCode, 1)
    assert.match(again.stderr, /There is no such session\./)
    const left = JSON.parse((await run(['sessions', 'list', '--output', 'json'])).stdout)
    assert.equal(left.length, 1)
  })
})
