import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Storage } from '../../../src/model/ports/storage.ts'
import type { Person } from '../../../src/model/principals/person.ts'
import type { Assignment } from '../../../src/model/principals/role.ts'
import { Refusal } from '../../../src/model/refusal.ts'
import type { Unit } from '../../../src/model/unit.ts'
import {
  atOnce,
  catalogEntry,
  client,
  grant,
  type OpenStorage,
  organization,
  principalId,
  raceRounds,
  refusedWith,
  t0,
  unitBelow,
  unitId,
} from './records.ts'

const root = organization()
const ward = unitBelow(root, 'WARD')
const room = unitBelow(ward, 'ROOM')
const other = unitBelow(root, 'OTHER')
const units = [root, ward, room, other]

function assignment(name: string, unit: Unit, more: Partial<Assignment> = {}): Assignment {
  const role = 'A4P.UnitAdmin'
  const { id, level } = unit
  return {
    principalId: principalId(name),
    unitId: id,
    role,
    level,
    propagate: true,
    expiresAt: undefined,
    ...more,
  }
}

const entry = (at = t0) => catalogEntry({ operation: 'assign_role', at })

function give({ roles }: Storage, ...assignments: Assignment[]): Promise<void> {
  return roles.assign(assignments, [entry()])
}

function take(
  { roles }: Storage,
  name: string,
  unit: Unit,
  more: Partial<Assignment> & { now?: number } = {},
) {
  const { role = 'A4P.UnitAdmin', propagate = false, now = t0 } = more
  const change = catalogEntry({ operation: 'revoke_role' })
  const revocation = { principalId: principalId(name), propagate, change }
  return roles.revoke({ unitId: unit.id, role }, [revocation], now)
}

async function heldBy({ roles }: Storage, name: string): Promise<readonly Assignment[]> {
  return (await roles.held(principalId(name))).assignments
}

async function openWith(open: OpenStorage, t: Parameters<OpenStorage>[0]) {
  const opened = await open(t)
  await opened.storage.catalog.put({ units }, catalogEntry())
  return opened
}

export function rolesConformance(open: OpenStorage): void {
  describe('the roles of a principal', () => {
    test('are those that were assigned, the highest units first, and are seen at once where they were', async (t) => {
      const { storage } = await openWith(open, t)
      assert.deepEqual(await storage.roles.held(principalId('A')), { assignments: [], hasMore: false })
      const given = [
        assignment('A', room, { propagate: false, expiresAt: t0 + 5 }),
        assignment('A', root, { role: 'viewer' }),
        assignment('A', root),
        assignment('A', ward, { expiresAt: t0 + 7 }),
      ]
      for (const one of given) await give(storage, one)
      await give(storage, assignment('B', root))
      assert.deepEqual(await heldBy(storage, 'A'), [given[2], given[1], given[3], given[0]])
      const found = await storage.roles.findOn(principalId('A'), [ward.id, room.id])
      assert.deepEqual(byUnit(found), byUnit([given[3]!, given[0]!]))
      assert.deepEqual(await storage.roles.findOn(principalId('B'), [ward.id]), [])
    })

    test('are at most a thousand of many, and the rest is found by unit', async (t) => {
      const { storage } = await openWith(open, t)
      const rooms = Array.from({ length: 1001 }, (_, index) => unitBelow(other, `R${index + 1000}`))
      for (let start = 0; start < rooms.length; start += 1000)
        await storage.catalog.put({ units: rooms.slice(start, start + 1000) }, catalogEntry())
      const assignments = rooms.map((unit) => assignment('A', unit))
      await storage.catalog.put({ assignments: [...assignments, assignment('A', ward)] }, catalogEntry())
      const { assignments: held, hasMore } = await storage.roles.held(principalId('A'))
      assert.deepEqual([held.length, hasMore, held[0]], [1000, true, assignment('A', ward)])
      const last = rooms.at(-1)!
      assert.ok(!held.some((one) => one.unitId === last.id))
      assert.deepEqual(await storage.roles.findOn(principalId('A'), [root.id, other.id, last.id]), [
        assignment('A', last),
      ])
      const listed: Assignment[] = []
      for (;;) {
        const page = { after: listed.at(-1), now: t0, limit: 300 }
        const found = await storage.roles.listOfPrincipal(principalId('A'), page)
        listed.push(...found)
        if (found.length < 300) break
      }
      assert.deepEqual(listed, [assignment('A', ward), ...assignments])
    })

    test('are assigned all or nothing, once, and again when they are over', async (t) => {
      const { storage, otherNode } = await openWith(open, t)
      await give(storage, assignment('A', ward, { expiresAt: t0 + 100 }))
      const both = [assignment('B', ward), assignment('A', ward)]
      await assert.rejects(give(otherNode, ...both), refusedWith('INVALID_PARAM'))
      assert.deepEqual(await heldBy(otherNode, 'B'), [])
      assert.equal(
        (await storage.log.list({ operation: 'assign_role' }, { newest: false, limit: 9 })).length,
        1,
      )
      await storage.roles.assign(both, [entry(t0 + 100)])
      assert.deepEqual(await heldBy(storage, 'A'), [assignment('A', ward)])
    })

    test('need a unit that is there', async (t) => {
      const { storage } = await openWith(open, t)
      await assert.rejects(give(storage, assignment('A', unitBelow(ward, 'NEW'))), refusedWith('NOT_FOUND'))
    })

    test('are assigned by one of those who try at once', async (t) => {
      const { storage, otherNode } = await openWith(open, t)
      for (let round = 0; round < raceRounds; round++) {
        const wanted = assignment(`P${round}`, ward)
        const ends = await atOnce<unknown>(
          [storage, otherNode, storage, otherNode].map((node) => () => give(node, wanted)),
        )
        const codes = ends.flatMap((end) => (end instanceof Refusal ? [end.code] : []))
        assert.deepEqual(codes, Array(3).fill('INVALID_PARAM'))
      }
    })

    test('end with their revocation, once, and below the unit where that is asked for', async (t) => {
      const { storage } = await openWith(open, t)
      const below = assignment('A', room)
      const viewer = assignment('A', room, { role: 'viewer' })
      for (const one of [assignment('A', ward), below, viewer, assignment('A', other), assignment('B', room)])
        await give(storage, one)
      assert.deepEqual(await take(storage, 'A', ward), [principalId('A')])
      assert.deepEqual(await take(storage, 'A', ward), [])
      assert.deepEqual(await heldBy(storage, 'A'), [assignment('A', other), below, viewer])
      assert.deepEqual(await take(storage, 'A', ward, { propagate: true }), [principalId('A')])
      assert.deepEqual(await heldBy(storage, 'A'), [assignment('A', other), viewer])
      assert.deepEqual(await heldBy(storage, 'B'), [assignment('B', room)])
      const logged = await storage.log.list({ operation: 'revoke_role' }, { newest: false, limit: 9 })
      assert.equal(logged.length, 2)
    })

    test('go with their unit, and keep it from nothing', async (t) => {
      const { storage } = await openWith(open, t)
      await give(storage, assignment('A', room))
      assert.equal(await storage.catalog.removeUnit(room.id, catalogEntry()), true)
      await storage.catalog.put({ units: [room] }, catalogEntry())
      assert.deepEqual(await heldBy(storage, 'A'), [])
    })

    test('of a unit that goes meanwhile are refused, or go with it', async (t) => {
      const { storage, otherNode } = await openWith(open, t)
      for (let round = 0; round < raceRounds; round++) {
        const unit = unitBelow(ward, `R${round}`)
        await storage.catalog.put({ units: [unit] }, catalogEntry())
        const assign = () => give(storage, assignment('A', unit))
        const remove = () => otherNode.catalog.removeUnit(unit.id, catalogEntry())
        const ends = await atOnce<unknown>(round % 2 === 0 ? [assign, remove] : [remove, assign])
        assert.ok(ends.includes(true))
        assert.deepEqual(await otherNode.roles.findOn(principalId('A'), [unit.id]), [])
      }
    })

    test('begin with the role of the creator of a unit', async (t) => {
      const { storage } = await openWith(open, t)
      const unit = unitBelow(ward, 'NEW')
      const creator = { principalId: principalId('A'), expiresAt: t0 + 5 }
      await heldBy(storage, 'A')
      const { id, level, name } = unit
      await storage.catalog.addUnit(
        { id, level, name, parentId: ward.id, propertyId: ward.id, creator },
        catalogEntry(),
      )
      assert.deepEqual(await heldBy(storage, 'A'), [assignment('A', unit, { expiresAt: t0 + 5 })])
    })

    test('are forgotten when they are over, the rest is not', async (t) => {
      const { storage } = await openWith(open, t)
      const kept = [assignment('A', ward, { expiresAt: t0 + 11 }), assignment('A', other)]
      for (const one of [...kept, assignment('A', room, { expiresAt: t0 + 10 })]) await give(storage, one)
      assert.equal(await storage.roles.forgetEnded(t0 + 10, 100), 1)
      assert.equal(await storage.roles.forgetEnded(t0 + 10, 100), 0)
      const found = await storage.roles.findOn(principalId('A'), [ward.id, other.id, room.id])
      assert.deepEqual(byUnit(found), byUnit(kept))
    })
  })

  describe('a role', () => {
    test('is listed with its principals in pages, by ID, without those whose role is over', async (t) => {
      const { storage } = await openWith(open, t)
      const names = ['a', 'B', 'C-1', 'C0', 'Z', '_']
      for (const name of names) await give(storage, assignment(name, ward))
      await give(
        storage,
        assignment('OVER', ward, { expiresAt: t0 + 1 }),
        assignment('LATER', ward, { expiresAt: t0 + 3 }),
      )
      const role = { unitId: ward.id, role: 'A4P.UnitAdmin' } as const
      const found: Assignment[] = []
      for (;;) {
        const after = found.at(-1)?.principalId ?? ''
        const page = await storage.roles.listOfRole(role, { after, now: t0 + 2, limit: 3 })
        found.push(...page)
        if (page.length < 3) break
      }
      const ids = [...names, 'LATER'].map(principalId).sort()
      assert.deepEqual(
        found.map((one) => one.principalId),
        ids,
      )
      const asked = ['B', 'OVER', 'NOBODY'].map(principalId)
      assert.deepEqual(await storage.roles.findHolders(role, asked, t0 + 2), [principalId('B')])
    })

    const admin = { role: 'A4H.OrgAdmin' } as const

    test('of an organization keeps its last A4H.OrgAdmin', async (t) => {
      const { storage } = await openWith(open, t)
      await give(storage, assignment('A', root, admin))
      await assert.rejects(take(storage, 'A', root, admin), refusedWith('INVALID_PARAM'))
      await give(storage, assignment('B', root, { ...admin, expiresAt: t0 + 1000 }))
      await assert.rejects(take(storage, 'A', root, admin), refusedWith('INVALID_PARAM'))
      assert.deepEqual(await take(storage, 'B', root, admin), [principalId('B')])
      await give(storage, assignment('C', root, admin))
      assert.deepEqual(await take(storage, 'A', root, admin), [principalId('A')])
      assert.deepEqual(await heldBy(storage, 'C'), [assignment('C', root, admin)])
    })

    test('of an organization keeps one A4H.OrgAdmin of two who revoke each other at once', async (t) => {
      const { storage, otherNode } = await openWith(open, t)
      for (let round = 0; round < raceRounds; round++) {
        await storage.catalog.put(
          { assignments: ['A', 'B'].map((name) => assignment(name, root, admin)) },
          catalogEntry(),
        )
        const ends = await atOnce<unknown>([
          () => take(storage, 'A', root, admin),
          () => take(otherNode, 'B', root, admin),
        ])
        assert.equal(ends.filter((end) => end instanceof Refusal).length, 1)
        const page = { after: '', now: t0, limit: 9 }
        assert.equal((await storage.roles.listOfRole({ unitId: root.id, ...admin }, page)).length, 1)
      }
    })
  })

  describe('a person', () => {
    const nora: Person = {
      id: principalId('NORA'),
      name: 'Nora',
      email: 'Nora@Hospital.example',
      passphraseHash: 'a hash',
      subject: 'sub-1',
      roles: [{ unitId: unitId('WARD'), role: 'viewer' }],
      isEmbedded: false,
    }
    const omar: Person = {
      ...nora,
      id: principalId('OMAR'),
      email: undefined,
      passphraseHash: undefined,
      subject: undefined,
      roles: [],
      isEmbedded: true,
    }

    test('is found by ID, by address in any case, and by subject, as it was put', async (t) => {
      const { storage, otherNode } = await openWith(open, t)
      await storage.catalog.put({ people: [nora, omar] }, catalogEntry())
      for (const { catalog } of [storage, otherNode]) {
        assert.deepEqual(await catalog.findPerson(nora.id), nora)
        assert.deepEqual(await catalog.findPerson(omar.id), omar)
        assert.equal(await catalog.findPerson(principalId('NOBODY')), undefined)
        assert.deepEqual(await catalog.findPersonByEmail('nora@hospital.EXAMPLE'), nora)
        assert.deepEqual(await catalog.findPersonBySubject('sub-1'), nora)
        assert.equal(await catalog.findPersonBySubject('SUB-1'), undefined)
        assert.deepEqual(await catalog.listPeople('', 10), [nora, omar])
        assert.deepEqual(await catalog.listPeople(nora.id, 10), [omar])
        assert.deepEqual(await catalog.listEmbeddedPeople(), [omar])
      }
      await storage.catalog.put({ people: [{ ...nora, name: 'Nora B.', email: undefined }] }, catalogEntry())
      assert.equal((await storage.catalog.findPerson(nora.id))?.name, 'Nora B.')
      assert.equal(await storage.catalog.findPersonByEmail('nora@hospital.example'), undefined)
    })

    test('is removed once, with roles, codes and refresh tokens, and nobody else’s', async (t) => {
      const { storage } = await openWith(open, t)
      const { catalog, grants } = storage
      const tokens = [nora, omar].map(({ id }) => grant(`grant of ${id}`, { personId: id }))
      await catalog.put(
        { people: [nora, omar], clients: [client('client-1')], refreshTokens: tokens },
        catalogEntry(),
      )
      for (const { id } of [nora, omar]) {
        await give(storage, assignment(id.slice('amzn1.account.'.length), ward))
        await grants.addCode({
          codeHash: `code of ${id}`,
          clientId: 'client-1',
          personId: id,
          redirectUri: '',
          scopes: [],
          codeChallenge: undefined,
          codeChallengeMethod: undefined,
          expiresAt: t0,
        })
      }
      assert.equal(await catalog.removePerson(nora.id, catalogEntry()), true)
      assert.equal(await catalog.removePerson(nora.id, catalogEntry()), false)
      assert.equal(await catalog.findPerson(nora.id), undefined)
      const left = async (id: string) => [
        (await grants.findGrant(`hash of the refresh token of grant of ${id}`))?.personId,
        (await grants.findCode(`code of ${id}`))?.personId,
        (await storage.roles.held(id as Person['id'])).assignments.length,
      ]
      assert.deepEqual(await left(nora.id), [undefined, undefined, 0])
      assert.deepEqual(await left(omar.id), [omar.id, omar.id, 1])
    })
  })
}

function byUnit(assignments: readonly Assignment[]): Assignment[] {
  return assignments.toSorted((one, two) => (one.unitId < two.unitId ? -1 : 1))
}
