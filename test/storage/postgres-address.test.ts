// The address of a PostgreSQL database: what is taken, what is refused and how, and that nothing of a password is shown.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { type DatabaseAddress, readAddress } from '../../src/storage/postgres/address.ts'

function addressOf(text: string): DatabaseAddress {
  const read = readAddress(text)
  return 'address' in read ? read.address : assert.fail(`${text}: ${read.problem}`)
}

function problemOf(text: string): string {
  const read = readAddress(text)
  return 'problem' in read ? read.problem : assert.fail(`${text} is taken.`)
}

describe('An address of a database:', () => {
  const taken: [address: string, is: object][] = [
    [
      'postgres://localhost/db',
      { name: 'postgres://localhost:5432/db', place: { host: 'localhost', port: 5432 } },
    ],
    ['postgresql://u:p@h:1/db', { user: 'u', password: 'p', database: 'db', place: { host: 'h', port: 1 } }],
    ['POSTGRES://u@h', { user: 'u', name: 'postgres://h:5432/', place: { host: 'h', port: 5432 } }],
    ['  postgres://h/db\n', { database: 'db' }],
    ['postgres://u:%2F%3F%23%40%3A%25%26@h/db', { password: '/?#@:%&' }],
    ['postgres://u:a@b:c@h/db', { user: 'u', password: 'a@b:c', host: 'h' }],
    ['postgres://u:p=&;!$@h/db', { password: 'p=&;!$' }],
    ['postgres://ü:ß@h/%C3%A4', { user: 'ü', password: 'ß', database: 'ä' }],
    [
      'postgres://[::1]:7/db',
      { place: { host: '::1', port: 7 }, host: '::1', name: 'postgres://[::1]:7/db' },
    ],
    ['postgres:///db', { host: 'localhost' }],
    ['postgres:///db?host=/run/postgresql', { place: { path: '/run/postgresql/.s.PGSQL.5432' } }],
    [
      'postgres://u@/db?host=/run/postgresql&port=7',
      { user: 'u', place: { path: '/run/postgresql/.s.PGSQL.7' } },
    ],
    ['postgres://u@%2Frun%2Fpostgresql:7/db', { place: { path: '/run/postgresql/.s.PGSQL.7' } }],
    [
      'postgres://?host=h&port=1&user=u&password=p%26q&dbname=db',
      { user: 'u', password: 'p&q', database: 'db', place: { host: 'h', port: 1 } },
    ],
    [
      'postgres://db.example/db?hostaddr=192.0.2.1',
      { host: 'db.example', place: { host: '192.0.2.1', port: 5432 } },
    ],
    ['postgres://h/db?application_name=desk', { applicationName: 'desk' }],
    ['postgres://h/db?fallback_application_name=desk', { applicationName: 'desk' }],
    ['postgres://h/db?connect_timeout=3', { connectTimeoutMs: 3000 }],
    ['postgres://h/db', { keepAliveMs: 30_000, statementTimeoutMs: 8000, prepares: undefined }],
    ['postgres://h/db?keepalives=0', { keepAliveMs: undefined }],
    ['postgres://h/db?keepalives=1&keepalives_idle=9', { keepAliveMs: 9000 }],
    ['postgres://h/db?prepared_statements=false', { prepares: false }],
    [
      'postgres://h/db?channel_binding=prefer&gssencmode=disable&target_session_attrs=primary&client_encoding=utf8&load_balance_hosts=disable&sslcompression=0',
      { host: 'h' },
    ],
  ]
  for (const [address, is] of taken) {
    test(`${address.trim()} is taken`, () => {
      const found = addressOf(address)
      for (const [key, value] of Object.entries(is)) assert.deepEqual(Object(found)[key], value, key)
    })
  }

  const limits: [parameters: string, is: Record<string, string>][] = [
    ['', { statement_timeout: '8000', lock_timeout: '4000', idle_in_transaction_session_timeout: '8000' }],
    [
      'statement_timeout=1001',
      { statement_timeout: '1001', lock_timeout: '501', idle_in_transaction_session_timeout: '1001' },
    ],
    [
      'statement_timeout=2s&lock_timeout=0',
      { statement_timeout: '2s', lock_timeout: '0', idle_in_transaction_session_timeout: '2000' },
    ],
    ['options=-c%20statement_timeout%3D2min', { statement_timeout: '2min', lock_timeout: '60000' }],
    ['options=-cwork_mem%3D64MB%20--search-path%3Da%2Cb', { work_mem: '64MB', search_path: 'a,b' }],
    ['options=-c%20search_path%3Da%5C%20b&search_path=c', { search_path: 'c' }],
    ['options=-c%20DateStyle%3DISO%5C%20DMY', { datestyle: 'ISO DMY' }],
  ]
  for (const [parameters, is] of limits) {
    test(`the server gets what it says, and limits: ${parameters}`, () => {
      const { parameters: found } = addressOf(`postgres://h/db?${parameters}`)
      for (const [name, value] of Object.entries(is)) assert.equal(found[name], value, name)
    })
  }
})

describe('An address that cannot be used:', () => {
  const encoded = /%2F.*%3F.*%23.*%40/
  const refused: [address: string, problem: RegExp][] = [
    ['', /does not begin with postgres/],
    ['hush', /does not begin with postgres/],
    ['mysql://u:hush@h/db', /does not begin with postgres/],
    ['postgresql+asyncpg://u:hush@h/db', /does not begin with postgres/],
    ['postgres:u:hush@h/db', /does not begin with postgres/],
    ['jdbc:postgresql://h/db?user=u&password=hush', /jdbc:/],
    ['JDBC:postgresql://h/db', /jdbc:/],
    ['postgres://u:hu/sh@h/db', encoded],
    ['postgres://u:hu?sh@h/db', encoded],
    ['postgres://u:hu#sh@h/db', encoded],
    ['postgres://u:1/hush@h/db', encoded],
    ['postgres://u:1?hush=hush@h/db', encoded],
    ['postgres://u:hush%@h/db', encoded],
    ['postgres://u:%hush@h/db', encoded],
    ['postgres://u:hush%00@h/db', /%00/],
    ['postgres://u:hush@h1,h2/db', /several hosts/],
    ['postgres://u:hush@h1:1,h2:2/db', /several hosts/],
    ['postgres://u:hush@/db?host=h1,h2', /several hosts/],
    ['postgres://u:hush@h:65536/db', /65535/],
    ['postgres://u:hush@h:0/db', /65535/],
    ['postgres://u:hush@h:-1/db', /65535/],
    ['postgres://u:hush@h:hush/db', /65535/],
    ['postgres://u:hush', /65535/],
    ['postgres://u:hush@h:1:2/db', /host and port/],
    ['postgres://u:hush@::1/db', /host and port/],
    ['postgres://u:hush@[::1/db', /host and port/],
    ['postgres://u:hush@[hush]/db', /IPv6/],
    ['postgres://u:hush@h h/db', /host/],
    ['postgres://h/db?password=hush&more=hush', /no parameter/],
    ['postgres://h/db?password=hush&hush2=x', /^One of its parameters is no parameter/],
    ['postgres://h/db?sslmod=verify-full', /^sslmod is no parameter/],
    ['postgres://h/db?constructor=1', /no parameter/],
    ['postgres://h/db?__proto__=1', /no parameter/],
    [
      'postgres://h/db?sslmode=verify',
      /^sslmode takes disable, allow, prefer, require, verify-ca, verify-full/,
    ],
    ['postgres://h/db?sslmode=Require', /^sslmode takes/],
    ['postgres://h/db?sslmode=', /^sslmode takes/],
    ['postgres://h/db?sslmode', /^sslmode takes/],
    ['postgres://h/db?sslmode=require&sslmode=disable', /^sslmode stands there twice/],
    ['postgres://h/db?ssl=yes', /^ssl takes true, false/],
    ['postgres://h/db?ssl=true&sslmode=disable', /exclude each other/],
    ['postgres://h/db?sslrootcert=ca.pem', /^sslrootcert needs sslmode/],
    ['postgres://h/db?sslmode=require&sslrootcert=system', /^sslrootcert=system needs sslmode=verify-full/],
    ['postgres://h/db?sslmode=require&sslcert=a', /^sslcert and sslkey/],
    ['postgres://h/db?sslmode=prefer&sslnegotiation=direct', /^sslnegotiation=direct needs/],
    ['postgres://h/db?channel_binding=require', /^channel_binding takes disable, prefer: /],
    ['postgres://h/db?gssencmode=require', /^gssencmode takes/],
    [
      'postgres://h/db?target_session_attrs=standby',
      /^target_session_attrs takes any, read-write, primary: /,
    ],
    ['postgres://h/db?schema=public', /^schema is not taken: .*search_path/],
    ['postgres://h/db?pgbouncer=true', /^pgbouncer is not taken: /],
    ['postgres://h/db?keepalives_count=3', /^keepalives_count is not taken: /],
    ['postgres://h/db?keepalives_idle=0', /^keepalives_idle takes/],
    ['postgres://h/db?connect_timeout=soon', /^connect_timeout takes/],
    ['postgres://h/db?statement_timeout=0', /^statement_timeout takes/],
    ['postgres://h/db?options=-c%20statement_timeout%3D0', /^options takes/],
    ['postgres://h/db?options=-N%205', /^options takes/],
    ['postgres://h/db?work_mem=64MB', /^work_mem is no parameter.*options=-c/],
    ['postgres://h/db?prepared_statements=no', /^prepared_statements takes true, false/],
    ['postgres://h/db?host=h', /names the host twice/],
    ['postgres://h/db?hostaddr=h', /^hostaddr takes an IP address/],
  ]
  for (const [address, problem] of refused) {
    test(`${address || 'an empty one'} is refused with its reason, and without its password`, () => {
      const found = problemOf(address)
      assert.match(found, problem)
      assert.doesNotMatch(found, /hush/)
    })
  }

  test('nothing of a password is shown, whatever stands in it and wherever it stands', () => {
    const odd = fc.stringMatching(/^[!-~ ]{0,12}$/)
    fc.assert(
      fc.property(odd, odd, odd, fc.constantFrom(0, 1, 2, 3, 4, 5), (before, between, behind, place) => {
        const password = `${before}Hush1${between}Hush2${behind}`
        const address = [
          `postgres://u:${password}@h:5432/db`,
          `postgres://${password}@h/db?sslmode=require`,
          // Without a host; behind an @ there would be one.
          `postgres://u:${password.replaceAll('@', '')}`,
          `jdbc:postgresql://h/db?password=${password}`,
          `postgres://h/db?password=${password}&sslmode=x`,
          `${password}://u@h/db`,
        ][place]
        const read = readAddress(address ?? '')
        if ('problem' in read) assert.doesNotMatch(read.problem, /Hush/)
        else assert.doesNotMatch(read.address.name, place < 2 ? /Hush/ : /^$/)
      }),
      { numRuns: 3000 },
    )
  })

  test('a password that is encoded is read as it was, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const password = text.replaceAll('\0', '0').toWellFormed()
        const place = addressOf(`postgres://u:${encodeURIComponent(password)}@h/db`)
        assert.equal(place.password, password)
        const behind = addressOf(`postgres://h/db?password=${encodeURIComponent(password)}`)
        assert.equal(behind.password, password)
      }),
    )
  })
})
