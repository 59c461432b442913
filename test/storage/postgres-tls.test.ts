// The way to a PostgreSQL that encrypts: who is trusted, what is told to whom, and what becomes of a connection that is refused.
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { statement } from '../../src/storage/engine/driver.ts'
import { openPostgres } from '../../src/storage/postgres/driver.ts'
import { issueServerCertificate, makeAuthority } from '../../src/tls/authority.ts'
import { hostName, startTlsServer, type TlsServer } from '../support/postgres-tls.ts'
import { temporaryFolder } from '../support/program.ts'
import { startTlsFront } from '../support/tls-front.ts'

let server: TlsServer
before(async () => {
  server = await startTlsServer()
})
after(() => server.stop())

/** What a connection comes to: `encrypted`, `plain`, or the reason why there is none. */
async function connectionOf(
  parameters: string,
  { user = 'postgres', host = hostName, port = server.port } = {},
) {
  return comesTo(`postgres://${user}@${host}:${port}/postgres?hostaddr=127.0.0.1&${parameters}`)
}

async function comesTo(url: string): Promise<string> {
  const driver = openPostgres(url)
  try {
    await driver.migrate('select 1')
    const [row] = await driver.read(
      statement('select ssl::text as ssl from pg_stat_ssl where pid = pg_backend_pid()'),
    )
    return row?.ssl === 'true' ? 'encrypted' : 'plain'
  } catch (error) {
    return `${Object(error).message} ${Object(error).detail ?? ''}`
  } finally {
    await driver.close()
  }
}

describe('The mode of TLS in the address:', () => {
  const trusted = () => `sslrootcert=${encodeURIComponent(server.files.authority)}`
  const untrusted = () => `sslrootcert=${encodeURIComponent(server.files.other)}`
  const client = () => `sslcert=${server.files.certificate}&sslkey=${server.files.key}`
  const foreignClient = () => `sslcert=${server.files.otherCertificate}&sslkey=${server.files.otherKey}`
  const unknown = /self-signed certificate|unable to (verify|get)/
  const cases: [
    name: string,
    parameters: () => string,
    expected: 'encrypted' | 'plain' | RegExp,
    who?: { user?: string; host?: string },
  ][] = [
    ['none', () => '', 'plain'],
    ['disable', () => 'sslmode=disable', 'plain'],
    ['ssl=false', () => 'ssl=false', 'plain'],
    ['allow goes without', () => 'sslmode=allow', 'plain'],
    [
      'allow goes with, where none comes in without',
      () => 'sslmode=allow',
      'encrypted',
      { user: 'encrypted' },
    ],
    ['prefer goes with', () => 'sslmode=prefer', 'encrypted'],
    ['prefer goes without, where none comes in with', () => 'sslmode=prefer', 'plain', { user: 'plain' }],
    [
      'prefer goes without, where TLS fails',
      () => 'sslmode=prefer&ssl_max_protocol_version=TLSv1.1',
      'plain',
    ],
    ['require trusts anybody', () => 'sslmode=require', 'encrypted'],
    ['require trusts one authority that is named', () => `sslmode=require&${trusted()}`, 'encrypted'],
    ['and no other then', () => `sslmode=require&${untrusted()}`, unknown],
    ['require does not go without', () => 'sslmode=require', /no encryption|SSL|28000/, { user: 'plain' }],
    ['ssl=true is require', () => 'ssl=true', 'encrypted'],
    [
      'verify-ca trusts the authority, whatever the host',
      () => `sslmode=verify-ca&${trusted()}`,
      'encrypted',
      { host: 'other.example' },
    ],
    ['verify-ca trusts no other authority', () => `sslmode=verify-ca&${untrusted()}`, unknown],
    ['verify-ca trusts those of Node.js alone', () => 'sslmode=verify-ca', unknown],
    ['verify-full takes the right host', () => `sslmode=verify-full&${trusted()}`, 'encrypted'],
    [
      'verify-full takes no other host',
      () => `sslmode=verify-full&${trusted()}`,
      /not match.*other\.example/,
      { host: 'other.example' },
    ],
    [
      'verify-full takes localhost for no other',
      () => `sslmode=verify-full&${trusted()}`,
      /not match.*localhost/,
      { host: 'localhost' },
    ],
    [
      'verify-full takes no address that is not named',
      () => `sslmode=verify-full&${trusted()}`,
      /not match|not in the cert/,
      { host: '127.0.0.1' },
    ],
    ['verify-full trusts no other authority', () => `sslmode=verify-full&${untrusted()}`, unknown],
    ['verify-full trusts what the system does', () => 'sslrootcert=system', unknown],
    ['a direct handshake', () => `sslmode=verify-full&sslnegotiation=direct&${trusted()}`, 'encrypted'],
    [
      'a version that the server does not speak',
      () => 'sslmode=require&ssl_max_protocol_version=TLSv1.1',
      /ERR_SSL|EPROTO/,
    ],
    [
      'a client certificate',
      () => `sslmode=verify-full&${trusted()}&${client()}`,
      'encrypted',
      { user: 'certified' },
    ],
    [
      'no client certificate where one is asked for',
      () => `sslmode=verify-full&${trusted()}`,
      /28000/,
      { user: 'certified' },
    ],
    [
      'a client certificate of another authority',
      () => `sslmode=require&${foreignClient()}`,
      // Who is cut off may be told why, or not any more.
      /unknown ca|ERR_SSL|ECONNRESET|hung up/,
      { user: 'certified' },
    ],
  ]
  for (const [name, parameters, expected, who] of cases) {
    test(name, async () => {
      const found = await connectionOf(parameters(), who)
      if (typeof expected === 'string') assert.equal(found, expected)
      else assert.match(found, expected)
    })
  }

  for (const address of [
    (folder: string, port: number) => `postgres://postgres@/postgres?host=${folder}&port=${port}`,
    (folder: string, port: number) => `postgres://postgres@${encodeURIComponent(folder)}:${port}/postgres`,
    (folder: string, port: number) =>
      `postgres:///postgres?user=postgres&host=${folder}&port=${port}&sslmode=verify-full`,
  ]) {
    test(`no TLS on a socket of the system: ${address('/run', 1)}`, async () => {
      assert.equal(await comesTo(address(server.folder, server.port)), 'plain')
    })
  }

  test('a file that is not there is named', async (t) => {
    const gone = path.join(temporaryFolder(t), 'gone.pem')
    rmSync(path.dirname(gone), { recursive: true })
    for (const [parameter, parameters] of [
      ['sslrootcert', `sslmode=verify-full&sslrootcert=${gone}`],
      ['sslcert', `sslmode=require&sslcert=${gone}&sslkey=${server.files.key}`],
      ['sslkey', `sslmode=require&sslcert=${server.files.certificate}&sslkey=${gone}`],
    ] as const) {
      assert.match(
        await connectionOf(parameters),
        new RegExp(`${parameter} .*gone\\.pem cannot be read \\(ENOENT`),
      )
    }
  })
})

describe('Before a database that many share a host with,', () => {
  test('the host of the address is named, unless it is an address or sslsni=0 says not to', async (t) => {
    const authority = server.files.authority
    const front = await startTlsFront(t, server, server.certificate)
    const at = (host: string, more = '') =>
      connectionOf(`sslmode=verify-ca&sslrootcert=${authority}${more}`, { host, port: front.port })
    // Behind the front there is no TLS.
    assert.equal(await at(hostName), 'plain')
    assert.equal(await at('127.0.0.1'), 'plain')
    assert.equal(await at(hostName, '&sslsni=0'), 'plain')
    const distinct = [...new Set(front.names)]
    assert.deepEqual(distinct, [hostName, ''])
    assert.equal(front.names[0], hostName)
    assert.equal(front.names.at(-1), '')
  })

  test('who has another certificate is told nothing', async (t) => {
    const foreign = issueServerCertificate(
      makeAuthority(Date.now(), [hostName, 'localhost']),
      [hostName, 'localhost'],
      Date.now(),
    )
    const listener = await startTlsFront(t, server, foreign)
    const found = await connectionOf(`sslmode=verify-full&sslrootcert=${server.files.authority}`, {
      port: listener.port,
    })
    assert.match(found, /unable to verify|self-signed|certificate/)
    assert.deepEqual(listener.names, [], 'The handshake came to its end.')
  })

  for (const [answer, mode, reason] of [
    ['N', 'require', /does not offer TLS/],
    ['N', 'verify-full', /does not offer TLS/],
    ['E', 'require', /does not offer TLS/],
    ['S and more', 'require', /request for TLS/],
    ['hang up', 'require', /hung up/],
  ] as const) {
    test(`the answer ${answer} to ${mode} is no way around TLS`, async (t) => {
      const front = await startTlsFront(t, server, server.certificate, answer)
      assert.match(await connectionOf(`sslmode=${mode}`, { port: front.port }), reason)
    })
  }
})
