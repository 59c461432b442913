import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, test } from 'node:test'
import { type Program, runProgram, temporaryFolder } from '../support/program.ts'

describe('The program', { concurrency: 2 }, () => {
  test('writes that it is ready and where its console is, its log elsewhere, and ends with 0 when it is told to stop', async (t) => {
    const program = runProgram(t, ['serve', '--port', '0', '--data', ':memory:'])
    const url = await program.url
    assert.equal((await fetch(`${url}/livez`)).status, 200)
    const oneTimeCode = await startCodeOf(program)
    const signIn = () =>
      fetch(`${url}/_skillkeeper/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ oneTimeCode }),
      })
    assert.deepEqual([(await signIn()).status, (await signIn()).status], [201, 403])
    program.process.kill('SIGTERM')
    assert.equal(await program.ended, 0)
    assert.equal(
      program.stdout(),
      `Skillkeeper is ready at ${url}\nConsole: ${url}/console/#code=${oneTimeCode} (valid for 10 minutes, once)\n`,
    )
    assert.ok(!program.stderr().includes(oneTimeCode))
    for (const line of program.stderr().trimEnd().split('\n'))
      assert.equal(typeof JSON.parse(line).msg, 'string')
  })

  test('goes on when nobody reads its output any more', async (t) => {
    const program = runProgram(t, ['serve', '--port', '0', '--data', ':memory:'])
    const { stdout, stderr } = program.process
    assert.ok(stdout && stderr)
    stdout.destroy()
    const urlOfLog = () => /"url":"([^"]+)"/.exec(program.stderr())?.[1]
    while (urlOfLog() === undefined) await once(stderr, 'data')
    const answersWith = async () => (await fetch(`${urlOfLog()}/livez`)).status
    assert.equal(await answersWith(), 200)
    stderr.destroy()
    assert.deepEqual([await answersWith(), await answersWith()], [200, 200])
    program.process.kill('SIGTERM')
    assert.equal(await program.ended, 0)
  })

  test('makes no code for a console that is off', async (t) => {
    const program = runProgram(t, ['serve', '--port', '0', '--data', ':memory:', '--console', 'off'])
    const url = await program.url
    assert.equal((await fetch(`${url}/console/`)).status, 404)
    program.process.kill('SIGTERM')
    assert.equal(await program.ended, 0)
    assert.equal(program.stdout(), `Skillkeeper is ready at ${url}\n`)
  })

  test('makes a data folder that only its owner may enter, with a token for the operator', async (t) => {
    const data = path.join(temporaryFolder(t), 'a/b')
    const program = runProgram(t, ['serve', '--port', '0', '--data', data])
    const url = await program.url
    assert.equal(statSync(data).mode & 0o777, 0o700)
    for (const name of ['operator-token', 'sealing-key']) {
      assert.equal(statSync(path.join(data, name)).mode & 0o777, 0o600)
    }
    const token = readFileSync(path.join(data, 'operator-token'), 'utf8').trim()
    const answer = await fetch(`${url}/_skillkeeper/skills`, {
      headers: { authorization: `Bearer ${token}` },
    })
    assert.equal(answer.status, 200)
    assert.doesNotMatch(program.stderr(), new RegExp(token))
  })

  test('leaves port, data folder and profiles of whoever runs the tests alone', async (t) => {
    const cwd = temporaryFolder(t)
    const program = runProgram(t, ['serve'], { cwd })
    assert.notEqual(new URL(await program.url).port, '5337')
    assert.ok(existsSync(path.join(cwd, 'skillkeeper-data/skillkeeper.db')))
    const profiles = runProgram(t, ['config', 'path'], { cwd })
    assert.equal(await profiles.ended, 0)
    assert.equal(profiles.stdout(), `${path.join(cwd, 'profiles.json')}\n`)
  })

  test('ends with 2 and a hint when an option is misspelt', async (t) => {
    const program = runProgram(t, ['serve', '--prot', '0'])
    assert.equal(await program.ended, 2)
    assert.match(program.stderr(), /unknown option '--prot'\n\(Did you mean --port\?\)/)
    assert.equal(program.stdout(), '')
  })

  test('ends with 2 and a hint when a command is misspelt', async (t) => {
    const program = runProgram(t, ['sreve'])
    assert.equal(await program.ended, 2)
    assert.match(program.stderr(), /unknown command 'sreve'\n\(Did you mean serve\?\)/)
  })

  test('ends with 2 when a value is out of range', async (t) => {
    const program = runProgram(t, ['serve'], { env: { SKILLKEEPER_PORT: '65536' } })
    assert.equal(await program.ended, 2)
    assert.equal(
      program.stderr(),
      'skillkeeper: SKILLKEEPER_PORT has the invalid value "65536". Allowed: a whole number from 0 to 65535.\n',
    )
  })

  test('refuses a secret as a flag and says where it belongs', async (t) => {
    const program = runProgram(t, ['serve', '--operator-token', 'x'])
    assert.equal(await program.ended, 2)
    assert.match(program.stderr(), /Use SKILLKEEPER_OPERATOR_TOKEN or the configuration file/)
  })

  test('ends with 2 and every problem when the catalog file is bad', async (t) => {
    const file = path.join(temporaryFolder(t), 'catalog.json')
    writeFileSync(file, '{"skills": [{"id": "x", "name": "", "stages": ["live"]}]}')
    const program = runProgram(t, ['serve', '--data', ':memory:', '--catalog', file])
    assert.equal(await program.ended, 2)
    assert.match(program.stderr(), /The catalog has 2 problems:\nskills\[0\]\.id .*\nskills\[0\]\.name /)
  })

  test('ends with 3 when the port is taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const address = other.address()
    assert.ok(typeof address === 'object' && address !== null)
    const program = runProgram(t, ['serve', '--data', ':memory:', '--port', String(address.port)])
    assert.equal(await program.ended, 3)
    assert.match(
      program.stderr(),
      new RegExp(`skillkeeper: Another program uses port ${address.port} of 127\\.0\\.0\\.1`),
    )
    assert.equal(program.stdout(), '')
  })

  test('ends with 4 when another process uses the data folder, and leaves that one alone', async (t) => {
    const data = temporaryFolder(t)
    const first = runProgram(t, ['serve', '--port', '0', '--data', data])
    const url = await first.url
    const second = runProgram(t, ['serve', '--port', '0', '--data', data])
    assert.equal(await second.ended, 4)
    assert.equal(second.stderr(), `skillkeeper: The data folder ${data} is in use by another process.\n`)
    assert.equal((await fetch(`${url}/readyz`)).status, 200)
  })

  test('ends with 4 when the data folder cannot be made', async (t) => {
    // A path below a file: nobody can make it, not even one whom permissions don't bind.
    const file = path.join(temporaryFolder(t), 'file')
    writeFileSync(file, '')
    const program = runProgram(t, ['serve', '--port', '0', '--data', path.join(file, 'data')])
    assert.equal(await program.ended, 4)
    assert.match(program.stderr(), /^skillkeeper: The data folder .* cannot be opened: .*\n$/)
  })

  test('ends with 4 when a newer version has used the data folder, and changes nothing there', async (t) => {
    const data = temporaryFolder(t)
    const first = runProgram(t, ['serve', '--port', '0', '--data', data])
    await first.url
    first.process.kill('SIGTERM')
    await first.ended
    const database = new DatabaseSync(path.join(data, 'skillkeeper.db'))
    database.exec("insert into migrations values (9999, 'from-the-future', 0)")
    database.close()
    const program = runProgram(t, ['serve', '--port', '0', '--data', data])
    assert.equal(await program.ended, 4)
    assert.match(
      program.stderr(),
      /schema version 9999, but this version .* knows only \d+\. Use a newer Skillkeeper\.\n$/,
    )
  })

  test('ends with 4 when the disk is full', async (t) => {
    // A limit on the size of files stands for the full disk: the schema alone needs more than these 64 blocks.
    const under = ['sh', '-c', 'trap "" XFSZ; ulimit -f 64; exec "$@"', 'sh']
    const data = path.join(temporaryFolder(t), 'data')
    const program = runProgram(t, ['serve', '--port', '0', '--data', data], { under })
    assert.equal(await program.ended, 4)
    assert.match(program.stderr(), /^skillkeeper: .+\n$/m)
    assert.equal(program.stdout(), '')
  })

  test('ends with 4 when the sealing key is gone or another one, and says so', async (t) => {
    const data = temporaryFolder(t)
    const first = runProgram(t, ['serve', '--port', '0', '--data', data])
    await first.url
    first.process.kill('SIGTERM')
    await first.ended
    const other = runProgram(t, ['serve', '--port', '0', '--data', data], {
      env: { SKILLKEEPER_SEALING_KEY: Buffer.alloc(32, 7).toString('base64url') },
    })
    assert.equal(await other.ended, 4)
    assert.match(other.stderr(), /sealing key/)
  })

  test('answers what it has accepted when it is told to stop in the middle of it', async (t) => {
    const data = path.join(temporaryFolder(t), 'data')
    mkdirSync(data)
    const program = runProgram(t, ['serve', '--port', '0', '--data', data, '--rate-limit', '0'])
    const url = await program.url
    const headers = { authorization: `Bearer ${await demoToken(url)}` }
    const rooms = ['101', '102', '103', '104', '105', '106'].map((room) => `amzn1.alexa.unit.did.ROOM${room}`)
    const items = rooms.map((unitId, itemId) => ({ itemId, unitId, stage: 'live' }))
    const skill = (n: number) => `amzn1.ask.skill.3b1b6d5e-0000-4000-8000-${String(n).padStart(12, '0')}`
    const skills = [1, 3, 4, 5, 6, 7].map(skill)
    const batches = skills.map((skillId) =>
      fetch(`${url}/v1/skills/${skillId}/enablements/batch`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ items }),
      }).then(
        (answer) => answer.status,
        () => 'cut',
      ),
    )
    // The first answer shows that all of them are under way.
    await Promise.race(batches)
    program.process.kill('SIGTERM')
    const outcomes = await Promise.all(batches)
    assert.equal(await program.ended, 0)

    const again = runProgram(t, ['serve', '--port', '0', '--data', data, '--rate-limit', '0'])
    const newUrl = await again.url
    const newHeaders = { authorization: `Bearer ${await demoToken(newUrl)}` }
    for (const [index, skillId] of skills.entries()) {
      const statuses = await Promise.all(
        rooms.map(async (unitId) => {
          const answer = await fetch(`${newUrl}/v1/skills/${skillId}/enablements?unitId=${unitId}`, {
            headers: newHeaders,
          })
          return answer.status
        }),
      )
      const isThere = statuses[0] === 200
      assert.ok(
        statuses.every((status) => status === statuses[0]),
        'A batch is there whole or not at all.',
      )
      if (outcomes[index] === 202) assert.ok(isThere, 'What was accepted is there.')
    }
  })
})

async function demoToken(url: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'amzn1.application-oa2-client.demo',
    client_secret: 'demo-secret',
    scope: 'alexa::enterprise:management',
  })
  const answer = await fetch(`${url}/auth/o2/token`, { method: 'POST', body })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return token
}

/** The one-time code that the program prints, once the line is there. */
async function startCodeOf(program: Program): Promise<string> {
  for (;;) {
    const code = /#code=([\w-]+) /.exec(program.stdout())?.[1]
    if (code !== undefined) return code
    if (program.process.stdout === null) throw new Error('The program has no output.')
    await once(program.process.stdout, 'data')
  }
}
