import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { before, describe, type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { checkCatalogFile } from '../../src/app/catalog-file.ts'
import type { AccountLinking } from '../../src/model/skill.ts'
import type { ServiceSecrets } from '../../src/oauth/secrets.ts'
import { createTokenServers } from '../../src/oauth/token-servers.ts'
import { answer, type HostileServer, startHostileServer } from '../support/hostile-server.ts'
import { skill, startOperatorService } from '../support/operator.ts'
import { temporaryFolder } from '../support/program.ts'
import { newServiceSecrets } from '../support/service-secrets.ts'

let secrets: ServiceSecrets
before(async () => {
  secrets = await newServiceSecrets()
})

const tokens = { access_token: 'a', token_type: 'bearer' }
const request = { authCode: 'the code', redirectUri: 'https://x.example/cb' }
const ownPaths = [
  '/auth/o2/token',
  '/auth/o2/token?tenant=1',
  '/',
  '/auth//o2/token',
  '/.//auth',
  '/%2f%2felsewhere.example/x',
  '/%5celsewhere.example/x',
  '/@elsewhere.example/x',
  '/:80/x',
  '/https://elsewhere.example/x',
]

describe("The address of a skill's token server", () => {
  test('may be an https address, this machine, or a path of the service', () => {
    for (const uri of [
      'https://provider.example/oauth/token?tenant=1',
      'http://127.0.0.1:9090/token',
      'http://127.1.2.3/',
      'http://[::1]:80/token',
      'http://localhost/token',
      'http://skill.localhost:8080/token',
      ...ownPaths,
    ]) {
      assert.equal(servers().check(uri), undefined, uri)
    }
  })

  test('is refused where credentials would travel in the clear or be part of it', async () => {
    for (const uri of [
      '',
      'provider.example/token',
      '//provider.example/token',
      'http://provider.example/token',
      'http://127.0.0.1.evil.example/token',
      'http://localhost.evil.example/',
      'http://10.0.0.1/',
      'ftp://127.0.0.1/',
      'file:///etc/passwd',
      'javascript:alert(1)',
      'https://user:secret@provider.example/token',
      'https://provider.example/token#here',
      '/auth/o2/token#here',
      ' /auth/o2/token',
      'http:auth/o2/token',
    ]) {
      assert.equal(typeof servers().check(uri), 'string', uri)
      const outcome = await servers().exchange(linkingAt(uri), request)
      assert.equal(outcome.kind, 'refused', uri)
    }
  })

  test('An address with a scheme and no host is read alike when it is checked and when it is used', async (t) => {
    const own = await startTokenServer(t)
    // An address of its own by itself, and a path when it is resolved against one with the same scheme.
    const { port } = new URL(own.url)
    for (const uri of [`http:127.0.0.1:${port}/token`, `http:/127.0.0.1:${port}/token`]) {
      assert.equal(servers(own.url).check(uri), undefined, uri)
      assert.equal((await servers(own.url).exchange(linkingAt(uri), request)).kind, 'linked', uri)
    }
    assert.deepEqual([...new Set(own.requests.map((asked) => asked.path))], ['/token'])
  })
})

describe('What begins with a slash', () => {
  const pieces = [
    '/',
    '\\',
    '\t',
    '\n',
    '\r',
    ' ',
    '\0',
    '@',
    ':',
    '.',
    '..',
    '?',
    '#',
    '%2f',
    '%5C',
    '%09',
    'x',
  ]

  test('is a path of the service wherever that is reached, or refused', () => {
    const hosts = [
      '//own.example:81/',
      '127.0.0.1:80',
      '[::1]',
      'one.invalid',
      'two.invalid',
      'http:',
      'https:',
    ]
    const reference = fc.array(fc.constantFrom(...pieces, ...hosts), { maxLength: 8 })
    const own = fc.constantFrom('http://127.0.0.1:5337', 'https://[::1]:8443', 'https://own.example')
    fc.assert(
      fc.property(reference, own, (parts, ownUrl) => {
        const uri = `/${parts.join('')}`
        if (servers(ownUrl).check(uri) !== undefined) return
        assert.equal(new URL(uri, ownUrl).origin, ownUrl)
      }),
      { numRuns: 5000 },
    )
    for (const uri of ownPaths) assert.equal(servers().check(uri), undefined, uri)
  })

  test('A path that leads elsewhere gets no secret, however it is spelt, for a code, a renewal or a revocation', async (t) => {
    const own = await startTokenServer(t)
    const elsewhere = await startTokenServer(t)
    for (const uri of addressesElsewhere(elsewhere)) {
      const name = JSON.stringify(uri)
      assert.equal(typeof servers(own.url).check(uri), 'string', name)
      const linking = { ...linkingAt(uri), revocationUri: uri }
      assert.equal((await servers(own.url).exchange(linking, request)).kind, 'refused', name)
      assert.equal((await servers(own.url).renew(linking, 'refresh')).kind, 'failed', name)
      const revoked = await servers(own.url).revoke(linking, { accessToken: 'a', refreshToken: 'r' })
      assert.match(revoked ?? '', /cannot be used/, name)
    }
    assert.deepEqual([own.requests, elsewhere.requests], [[], []])
  })

  test('A path that leads elsewhere is refused in a catalog file and by the operator’s API', async (t) => {
    const service = await startOperatorService(t)
    const file = path.join(temporaryFolder(t), 'catalog.json')
    for (const uri of addressesElsewhere({ url: 'http://127.0.0.1:7780' })) {
      for (const name of ['accessTokenUri', 'revocationUri']) {
        const catalog = { skills: [skillWith({ [name]: uri })] }
        writeFileSync(file, JSON.stringify(catalog))
        const expected = `skills[0].accountLinking.${name} it is neither an https address nor a path of this service.`
        assert.deepEqual(checkCatalogFile(file).problems, [expected], JSON.stringify(uri))
        const refused = await service.ask('POST', '/catalog', catalog)
        assert.equal(refused.status, 400, JSON.stringify(uri))
        assert.match(refused.body.message, new RegExp(`${name}.* nor a path of this service`))
      }
    }
    const accepted = await service.ask('POST', '/catalog', { skills: [skillWith({})] })
    assert.equal(accepted.status, 200)
  })
})

/** The server's own address, spelt so that it begins with a slash. */
function addressesElsewhere({ url }: Pick<HostileServer, 'url'>): string[] {
  const host = `${new URL(url).host}/token`
  const slashes = ['//', '/\\', '/\t/', '/\n/', '/\r\n/', '/\t\\', '/\\\\', '///', '/\\/', '/\t\n\r//', '//@']
  return slashes.map((start) => start + host)
}

async function startTokenServer(t: TestContext): Promise<HostileServer> {
  const server = await startHostileServer({ '/token': answer(200, tokens) })
  t.after(() => server.stop())
  return server
}

function servers(ownUrl = 'http://127.0.0.1:9') {
  return createTokenServers({ secrets, ownUrl, now: () => 0 })
}

function linkingAt(accessTokenUri: string): AccountLinking {
  return {
    accessTokenUri,
    clientId: 'c',
    sealedClientSecret: secrets.seal('s', 'skill-secret'),
    authenticationScheme: 'HTTP_BASIC',
    skipOnEnablement: false,
  }
}

function skillWith(uris: object) {
  const accountLinking = {
    accessTokenUri: '/auth/o2/token',
    revocationUri: '/auth/o2/revoke',
    clientId: 'c',
    clientSecret: 's',
    authenticationScheme: 'HTTP_BASIC',
    ...uris,
  }
  return { id: skill('lights'), name: 'Lights', stages: ['live'], accountLinking }
}
