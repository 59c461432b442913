// People of the catalog: how they sign in, whom their tokens speak for, and what becomes of them.
import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { hashPassphrase } from '../../src/oauth/passphrases.ts'
import { client, secretOf } from '../support/catalogs.ts'
import { account, orgAdmin, person, type Roles, rolesCatalog, startRoles } from '../support/roles.ts'
import { operatorToken } from '../support/service.ts'
import { hotel } from '../support/units.ts'

const redirectUri = 'https://portal.example/cb'
const portal = client('portal')
const passphrase = 'correct horse battery stäple'
const hash = hashPassphrase(passphrase)

/** A client that has a role itself, and a manager who can sign in. */
async function startPortal(t: TestContext): Promise<Roles> {
  const [owner, manager, guest] = rolesCatalog.people
  return startRoles(t, {
    catalog: {
      ...rolesCatalog,
      clients: [
        ...rolesCatalog.clients,
        {
          id: portal,
          name: 'Portal',
          secret: secretOf(portal),
          redirectUris: [redirectUri],
          roles: [{ unitId: hotel.hillside, role: 'A4P.UnitAdmin' }],
        },
      ],
      people: [owner, { ...manager, passphraseHash: await hash }, guest],
    },
  })
}

const wish = {
  client_id: portal,
  redirect_uri: redirectUri,
  response_type: 'code',
  scope: 'alexa::enterprise:management profile',
}

async function allow({ call }: Roles, answers: Readonly<Record<string, string>>) {
  const body = new URLSearchParams({ ...wish, decision: 'allow', ...answers }).toString()
  return call('POST', '/ap/oa', { body })
}

/** The tokens of whoever allows. */
async function tokensFrom(service: Roles, answers: Readonly<Record<string, string>>) {
  const { status, headers, text } = await allow(service, answers)
  assert.equal(status, 302, text)
  const code = new URL(headers.get('location') ?? '').searchParams.get('code') ?? ''
  return tokens(service, { grant_type: 'authorization_code', code, redirect_uri: redirectUri })
}

async function tokens({ call }: Roles, form: Readonly<Record<string, string>>) {
  const body = { client_id: portal, client_secret: secretOf(portal), ...form }
  const { status, text } = await call('POST', '/auth/o2/token', {
    body: new URLSearchParams(body).toString(),
  })
  assert.equal(status, 200, text)
  return JSON.parse(text) as { access_token: string; refresh_token: string }
}

describe('A person who signs in on the authorize page', () => {
  test('gives a token that speaks for the person, and so does each refresh of it (row Z17)', async (t) => {
    const service = await startPortal(t)
    const { call, roleOf, assign, enables } = service
    const given = await tokensFrom(service, { email: 'Max@Hotel.example', passphrase })
    const refreshed = await tokens(service, {
      grant_type: 'refresh_token',
      refresh_token: given.refresh_token,
    })
    for (const { access_token: token } of [given, refreshed]) {
      // The client has a role there, and the person has none.
      assert.equal(await enables(hotel.hillside, token), 403)
      const profile = await call('GET', '/user/profile', { token })
      assert.deepEqual(JSON.parse(profile.text), {
        user_id: person.manager,
        name: 'Max Manager',
        email: 'max@hotel.example',
      })
      const info = await call('GET', `/auth/o2/tokeninfo?access_token=${encodeURIComponent(token)}`)
      assert.deepEqual([JSON.parse(info.text).user_id, JSON.parse(info.text).aud], [person.manager, portal])
    }
    await assign(await roleOf(hotel.floor), { principalId: person.manager, propagate: true })
    assert.equal(await enables(hotel.room, refreshed.access_token), 201)
    assert.equal(await enables(hotel.hillside, refreshed.access_token), 403)
  })

  test('is found by the address in any case and composition, which no other person may have (row Z17)', async (t) => {
    const service = await startPortal(t)
    const { call } = service
    const load = (...people: object[]) =>
      call('POST', '/_skillkeeper/catalog', { token: operatorToken, body: { people } })
    const [first, second] = [account('FIRST'), account('SECOND')]
    for (const email of ['jürgen@hotel.example', 'İpek@hotel.example', 'André@hôtel.example']) {
      const spellings = ['NFC', 'NFD'].flatMap((form) => [
        email.normalize(form),
        email.toUpperCase().normalize(form),
      ])
      for (const stored of spellings) {
        const one = { id: first, name: 'First', email: stored, passphraseHash: await hash }
        assert.equal((await load(one)).status, 200)
        for (const email of spellings) {
          assert.equal((await allow(service, { email, passphrase })).status, 302, `${stored} ${email}`)
          const other = { id: second, name: 'Second', email }
          assert.equal((await load(other)).status, 400)
          assert.equal((await load(one, other)).status, 400)
        }
      }
    }
  })

  test('is the actor of what the token does (row Z17)', async (t) => {
    const service = await startPortal(t)
    const { call, roleOf, assign } = service
    await assign(await roleOf(hotel.floor), { principalId: person.manager, propagate: true })
    const { access_token: token } = await tokensFrom(service, { email: 'max@hotel.example', passphrase })
    const path = `/v1/skills/${hotel.minibar}/enablements`
    await call('POST', path, { token, body: { unitId: hotel.room, stage: 'live' } })
    const log = await call('GET', `/_skillkeeper/operations?actor=${person.manager}`, {
      token: operatorToken,
    })
    assert.deepEqual(
      JSON.parse(log.text).items.map(({ operation }: { operation: string }) => operation),
      ['enable'],
    )
    // The last lines are written while it stops.
    await service.stop()
    assert.ok(service.log.some((line) => line.includes(`"personId":"${person.manager}"`)))
  })

  test('is refused with a wrong passphrase and with an unknown address in the same words (row Z17)', async (t) => {
    const service = await startPortal(t)
    const answers = [
      { email: 'max@hotel.example', passphrase: 'wrong' },
      { email: 'max@hotel.example', passphrase: '' },
      { email: 'nobody@hotel.example', passphrase },
      { email: 'max@hotel.example', passphrase: `${passphrase} ` },
    ]
    for (const answer of answers) {
      const { status, text } = await allow(service, answer)
      assert.equal(status, 403)
      assert.match(text, /role="alert">The e-mail address or the passphrase is wrong\.</)
      assert.ok(!text.includes(passphrase) && !text.includes('nobody@'))
    }
    assert.equal((await allow(service, { email: 'max@hotel.example', passphrase })).status, 302)
  })

  test('is slowed down when passphrases are guessed', async (t) => {
    const service = await startPortal(t)
    const wrong = { email: 'max@hotel.example', passphrase: 'guess' }
    const statuses: number[] = []
    for (let guess = 0; guess < 31; guess += 1) statuses.push((await allow(service, wrong)).status)
    assert.deepEqual([...new Set(statuses.slice(0, 30)), statuses.at(-1)], [403, 429])
    // None of these is checked, or some would find no place behind those that wait, and neither would other people.
    const many = await Promise.all(Array.from({ length: 60 }, () => allow(service, wrong)))
    assert.deepEqual([...new Set(many.map(({ status }) => status))], [429])
  })

  test('is not needed for the operator, whose token speaks for the client as ever (row Z17)', async (t) => {
    const service = await startPortal(t)
    const { access_token: token } = await tokensFrom(service, { operator_token: operatorToken })
    assert.equal(await service.enables(hotel.hillside, token), 201)
    const profile = await service.call('GET', '/user/profile', { token })
    assert.equal(JSON.parse(profile.text).name, 'Portal')
  })
})

describe('A person of the catalog', () => {
  test('is read by the operator without the passphrase, with the current roles (row Z18)', async (t) => {
    const { call, roleOf, assign } = await startPortal(t)
    await assign(await roleOf(hotel.floor), { principalId: person.manager })
    const { status, text } = await call('GET', `/_skillkeeper/people/${person.manager}`, {
      token: operatorToken,
    })
    const manager = {
      id: person.manager,
      name: 'Max Manager',
      email: 'max@hotel.example',
      hasPassphrase: true,
      roles: [{ unitId: hotel.floor, role: 'A4P.UnitAdmin', propagate: false }],
    }
    assert.deepEqual([status, JSON.parse(text)], [200, manager])
    const list = await call('GET', '/_skillkeeper/people', { token: operatorToken })
    const { items } = JSON.parse(list.text)
    assert.deepEqual(
      items.map(({ id }: { id: string }) => id),
      [person.guest, person.manager, person.owner],
    )
    assert.deepEqual(items[1], manager)
    assert.deepEqual(items[2].roles, [{ unitId: hotel.organization, role: orgAdmin }])
    const unknown = await call('GET', '/_skillkeeper/people/amzn1.account.NOBODY', { token: operatorToken })
    assert.equal(unknown.status, 404)
  })

  test('that is removed loses tokens and roles at once, and comes back without them (row Z18)', async (t) => {
    const service = await startPortal(t)
    const { call, roleOf, assign, enables, tokenOf } = service
    const roleId = await roleOf(hotel.floor)
    await assign(roleId, { principalId: person.manager, propagate: true })
    const token = await tokenOf(person.manager)
    assert.equal(await enables(hotel.room, token), 201)
    const path = `/_skillkeeper/people/${person.manager}`
    assert.equal((await call('DELETE', path, { token: operatorToken })).status, 204)
    assert.equal((await call('DELETE', path, { token: operatorToken })).status, 404)
    assert.equal(await enables(hotel.room, token), 401)
    assert.equal((await call('GET', '/user/profile', { token })).status, 400)
    const people = [{ id: person.manager, name: 'Max Manager' }]
    await call('POST', '/_skillkeeper/catalog', { token: operatorToken, body: { people } })
    assert.equal(await enables(hotel.room, token), 403)
    assert.deepEqual(await service.assignmentsOf(person.manager, hotel.floor), [])
  })

  test('gets and loses the roles that the catalog adds and drops, and keeps what the Role API gave (row Z19)', async (t) => {
    const { call, roleOf, assign, revoke, assignmentsOf } = await startPortal(t)
    const load = async (...units: string[]) => {
      const roles = units.map((unitId) => ({ unitId, role: 'A4P.UnitAdmin' }))
      const body = { people: [{ id: person.guest, name: 'Gus Guest', roles }] }
      assert.equal((await call('POST', '/_skillkeeper/catalog', { token: operatorToken, body })).status, 200)
    }
    const has = async () => {
      const units = [hotel.floor, hotel.hillside, hotel.seaside]
      const found = await Promise.all(units.map((unitId) => assignmentsOf(person.guest, unitId)))
      return found.flat().map(({ unitId, propagate }) => [unitId, propagate])
    }
    await assign(await roleOf(hotel.seaside), { principalId: person.guest })
    await load(hotel.floor, hotel.hillside)
    assert.deepEqual(await has(), [
      [hotel.floor, true],
      [hotel.hillside, true],
      [hotel.seaside, false],
    ])
    await revoke(await roleOf(hotel.floor), person.guest)
    // The same again takes nothing back.
    await load(hotel.floor, hotel.hillside)
    assert.deepEqual(await has(), [
      [hotel.hillside, true],
      [hotel.seaside, false],
    ])
    await load(hotel.floor)
    assert.deepEqual(await has(), [[hotel.seaside, false]])
  })

  test('with a mistake is refused, and nothing of the catalog is loaded (row Z18)', async (t) => {
    const { call } = await startPortal(t)
    const good = { id: 'amzn1.account.NEW', name: 'New' }
    const refused: readonly [object, RegExp][] = [
      [{ people: [{ ...good, id: 'new' }] }, /people\[0\]\.id/],
      [{ people: [{ ...good, passphrase: 'plain' }] }, /people\[0\]\.passphrase/],
      [{ people: [{ ...good, passphraseHash: 'plain' }] }, /people\[0\]\.passphraseHash/],
      [{ people: [{ ...good, passphraseHash: await hash }] }, /passphraseHash requires email/],
      [
        { people: [{ ...good, email: 'MAX@hotel.example' }] },
        /email is that of amzn1\.account\.MANAGER already/,
      ],
      [{ people: [{ ...good, roles: [{ unitId: hotel.unknown, role: 'viewer' }] }] }, /There is no unit/],
      [{ people: [good, good] }, /is also at people\[0\]/],
      [
        {
          people: [
            { ...good, email: 'a@b.c' },
            { ...good, id: 'amzn1.account.OTHER', email: 'A@b.c' },
          ],
        },
        /people\[1\]\.email is the same/,
      ],
      [
        {
          clients: [
            {
              id: 'app-2',
              secret: 'secret',
              refreshTokens: [{ refreshToken: 'Atzr|long-enough', personId: 'amzn1.account.NOBODY' }],
            },
          ],
        },
        /There is no person amzn1\.account\.NOBODY/,
      ],
    ]
    for (const [body, problem] of refused) {
      const answer = await call('POST', '/_skillkeeper/catalog', { token: operatorToken, body })
      assert.equal(answer.status, 400)
      assert.match(answer.body.message, problem)
    }
    const list = await call('GET', '/_skillkeeper/people', { token: operatorToken })
    assert.equal(JSON.parse(list.text).items.length, 3)
  })
})

describe('A client', () => {
  test('is a principal with an account of its own, which the Role API names (row Z17)', async (t) => {
    const service = await startPortal(t)
    const { call, roleOf, assign, revoke, enables } = service
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: portal,
      client_secret: secretOf(portal),
      scope: 'alexa::enterprise:management profile:user_id',
    }).toString()
    const { access_token: token } = (await call('POST', '/auth/o2/token', { body })).body
    const { user_id: principalId } = JSON.parse((await call('GET', '/user/profile', { token })).text)
    const view = await call('GET', `/_skillkeeper/clients/${portal}`, { token: operatorToken })
    assert.equal(JSON.parse(view.text).principalId, principalId)
    assert.equal(await enables(hotel.hillside, token), 201)
    assert.equal((await revoke(await roleOf(hotel.hillside), principalId)).status, 204)
    assert.equal(await enables(hotel.hillside, token), 403)
    assert.equal((await assign(await roleOf(hotel.floor), { principalId, propagate: true })).status, 201)
    assert.equal(await enables(hotel.room, token), 201)
    const roles = JSON.parse(
      (await call('GET', `/_skillkeeper/clients/${portal}`, { token: operatorToken })).text,
    ).roles
    assert.deepEqual(roles, [{ unitId: hotel.floor, role: 'A4P.UnitAdmin' }])
  })
})
