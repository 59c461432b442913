/** Sessions of the console over HTTPS: the cookie is for this host and TLS alone. */
import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { startWithWorld } from '../../src/app/start.ts'
import { answerOf, askHttp2 } from '../support/asking.ts'
import { temporaryFolder } from '../support/program.ts'
import { operatorToken } from '../support/service.ts'

test('Over HTTPS a session has a cookie for HTTPS alone, with HTTP/1.1 and with HTTP/2', async (t) => {
  const data = path.join(temporaryFolder(t), 'data')
  const { service, consoleLink } = await startWithWorld({ port: 0, data, tls: true, operatorToken })
  t.after(() => service.stop())
  const { url, certificateAuthority: ca = '' } = service
  const link = (await consoleLink()) ?? ''
  assert.ok(link.startsWith(`${url}/console/#code=`), link)
  const signIn = JSON.stringify({ oneTimeCode: link.split('#code=')[1] })
  const to = '/_skillkeeper/sessions'
  const json = { 'content-type': 'application/json' }
  const begun = await answerOf(url, to, { method: 'POST', ca, body: signIn, headers: json })
  assert.equal(begun.status, 201, begun.text)
  const [cookie = ''] = begun.headers['set-cookie'] ?? []
  assert.match(cookie, /^__Host-skillkeeper-session=[\w-]{43}; HttpOnly; Secure; SameSite=Strict; Path=\/$/)
  const [shown = ''] = cookie.split(';')
  const token = { ':method': 'POST', ':path': `${to}/current/token`, ...json }
  const bought = await askHttp2(url, ca, { ...token, cookie: shown })
  assert.equal(bought.headers[':status'], 200, bought.text)
  const plain = await askHttp2(url, ca, { ...token, cookie: shown.replace('__Host-', '') })
  assert.equal(plain.headers[':status'], 401)
  const made = await askHttp2(url, ca, {
    ':method': 'POST',
    ':path': `${to}/codes`,
    authorization: `Bearer ${JSON.parse(bought.text).accessToken}`,
  })
  assert.equal(made.headers[':status'], 403)
  const code = await askHttp2(url, ca, {
    ':method': 'POST',
    ':path': `${to}/codes`,
    authorization: `Bearer ${operatorToken}`,
  })
  assert.ok(JSON.parse(code.text).url.startsWith(`${url}/console/#code=`), code.text)
})
