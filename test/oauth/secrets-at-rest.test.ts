import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readFiles, temporaryFolder } from '../support/embedded-storage.ts'
import {
  demo,
  management,
  mobileApp,
  operatorToken,
  other,
  pkce,
  portal,
  startIssuer,
} from '../support/issuer.ts'
import { hasFolder } from '../support/service.ts'

describe('What the token issuer gives and is given', () => {
  test('is neither in the data folder nor in the log', async (t) => {
    if (!hasFolder(t)) return
    const data = await temporaryFolder(t)
    const lines: string[] = []
    const log = { write: (line: string) => void lines.push(line) }
    const issuer = await startIssuer({ data, log, logLevel: 'debug' })
    const redirectUri = portal.redirectUris[0]
    const code = await issuer.authorize(portal, {
      redirect_uri: redirectUri,
      scope: `${management} profile`,
      state: 'x',
    })
    const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
    const granted = await issuer.tokenFor(portal, form)
    const profileOnly = await issuer.tokenFor(portal, { grant_type: 'client_credentials', scope: 'profile' })
    await issuer.tokenFor(portal, { grant_type: 'refresh_token', refresh_token: portal.refreshToken })
    const mobileCode = await issuer.authorize(mobileApp, {
      redirect_uri: mobileApp.redirectUris[0],
      scope: management,
      code_challenge: pkce.challenge,
      code_challenge_method: 'S256',
    })
    const wrong = { client_id: portal.id, client_secret: 'a-wrong-secret-of-somebody' }
    await issuer.token({ ...wrong, grant_type: 'refresh_token', refresh_token: 'Atzr|a-wrong-refresh-token' })
    await issuer.token({ ...wrong, ...form, client_secret: portal.secret })
    await issuer.call(`/user/profile?access_token=${profileOnly.access_token}`)
    await issuer.call('/auth/o2/tokeninfo?access_token=Atza%7Ca-wrong-access-token')
    await issuer.useToken(granted.access_token)
    await issuer.useToken('Atza|another-wrong-access-token')
    const body = new URLSearchParams({
      client_id: portal.id,
      client_secret: portal.secret,
      token: granted.refresh_token,
    })
    await issuer.call('/auth/o2/revoke', { method: 'POST', body })
    await issuer.stop()

    const files = readFiles(data).filter(([name]) => name !== 'sealing-key')
    const kept = [...files.map(([, text]) => text), lines.join('')]
    assert.ok(lines.length > 10)
    for (const secret of [
      ...[
        code,
        mobileCode,
        granted.access_token,
        granted.refresh_token,
        profileOnly.access_token,
        portal.refreshToken,
      ],
      ...[portal.secret, other.secret, demo.secret, operatorToken, pkce.verifier],
      ...[
        'a-wrong-secret-of-somebody',
        'a-wrong-refresh-token',
        'a-wrong-access-token',
        'another-wrong-access-token',
      ],
    ]) {
      for (const form of [secret, encodeURIComponent(secret), secret.replace(/^At..\|/, '')]) {
        assert.ok(!kept.some((text) => text.includes(form)), `${form} was kept`)
      }
    }
  })
})
