import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Refusal } from '../../../src/model/refusal.ts'
import type { Unit } from '../../../src/model/unit.ts'
import {
  atOnce,
  catalogEntry,
  client,
  entryOf,
  type OpenStorage,
  organization,
  principalId,
  putRoom,
  putRooms,
  raceRounds,
  record,
  refusedWith,
  skill,
  skillId,
  stamp,
  t0,
  unitBelow,
  unitId,
  withoutId,
} from './records.ts'

const linking = {
  accessTokenUri: 'https://provider.example/oauth/token',
  clientId: 'skillkeeper',
  sealedClientSecret: 'sealed',
  authenticationScheme: 'HTTP_BASIC',
  skipOnEnablement: false,
} as const

/** Names of which the order by bytes is no other alphabet's. */
const namesInOrder = ['-', '0', 'A', 'Z', '_', 'a', 'aa', 'b', 'z']
const namesMixed = ['b', 'Z', 'aa', '_', '0', 'z', 'A', '-', 'a']

export function catalogConformance(open: OpenStorage): void {
  describe('the catalog', () => {
    test('what was never put is not found', async (t) => {
      const { catalog } = (await open(t)).storage
      assert.equal(await catalog.findUnit(unitId('R101')), undefined)
      assert.equal(await catalog.findSkill(skillId('A')), undefined)
      assert.equal(await catalog.findClient('client-1'), undefined)
      assert.equal(await catalog.findClient('no \u0000 client'), undefined)
      assert.deepEqual(await catalog.findUnits([unitId('R101'), unitId('R102')]), [])
      assert.deepEqual(await catalog.findUnits([]), [])
      assert.deepEqual(await catalog.listOrganizations('', 10), [])
      assert.deepEqual(await catalog.listUnits(unitId('ORG1'), '', 10), [])
      assert.deepEqual(await catalog.listSkills('', 10), [])
      assert.deepEqual(await catalog.listClients('', 10), [])
    })

    test('a change of a record that is no longer as it was read writes nothing, and one of a record that is, does', async (t) => {
      const { catalog } = (await open(t)).storage
      const root = organization('ORG1')
      const [one, other] = [skill('A', { accountLinking: linking }), client('client-1')]
      await catalog.put({ units: [root], skills: [one], clients: [other] }, catalogEntry())
      const found = {
        unit: await catalog.findUnit(root.id),
        skill: await catalog.findSkill(one.id),
        client: await catalog.findClient(other.id),
      }
      assert.ok(found.unit && found.skill && found.client)
      const cases = [
        [{ kind: 'unit', value: found.unit }, { units: [{ ...root, name: 'New' }] }],
        [{ kind: 'skill', value: found.skill }, { skills: [{ ...one, name: 'New' }] }],
        [{ kind: 'client', value: found.client }, { clients: [{ ...other, name: 'New' }] }],
      ] as const
      for (const [unchanged, records] of cases) {
        assert.equal(await catalog.put({ ...records, unchanged }, catalogEntry()), true)
        const again = { clients: [client('client-2')], unchanged }
        assert.equal(await catalog.put(again, catalogEntry()), false)
      }
      assert.equal((await catalog.findUnit(root.id))?.name, 'New')
      assert.equal((await catalog.findSkill(one.id))?.name, 'New')
      assert.equal((await catalog.findClient('client-1'))?.name, 'New')
      assert.equal(await catalog.findClient('client-2'), undefined)
    })

    test('what was put is found as it was put, at once', async (t) => {
      const { catalog } = (await open(t)).storage
      const root = organization('ORG1', {
        solution: 'hospitality',
        country: 'IT',
        name: 'Albergo "Città" 東京',
      })
      const floor = unitBelow(root, 'F1')
      const room = unitBelow(floor, 'R101')
      const skills = [
        skill('A', { stages: ['development', 'certification', 'live'] }),
        skill('B', { accountLinking: linking }),
        skill('C', { accountLinking: { ...linking, skipOnEnablement: true, revocationUri: '/revoke' } }),
      ]
      const clients = [
        client('client-1', { isDemo: true }),
        client('client-2', { secretHash: undefined, redirectUris: [], roles: [] }),
        client('client-3', { grants: ['client_credentials'], isEmbedded: true }),
      ]
      await catalog.put({ units: [root, floor, room], skills, clients }, catalogEntry())
      for (const unit of [root, floor, room]) assert.deepEqual(await catalog.findUnit(unit.id), unit)
      for (const one of skills) assert.deepEqual(await catalog.findSkill(one.id), one)
      for (const one of clients) assert.deepEqual(await catalog.findClient(one.id), one)
      assert.deepEqual(await catalog.listEmbeddedClients(), clients.slice(2))
    })

    test('tells which clients are those by which skills link accounts here', async (t) => {
      const { catalog } = (await open(t)).storage
      const at = (accessTokenUri: string, clientId: string) =>
        skill('A', { accountLinking: { ...linking, accessTokenUri, clientId } })
      const linksAccounts = async () => [
        (await catalog.findClient('client-1'))?.linksAccounts,
        ...(await catalog.listClients('', 10)).map((one) => one.linksAccounts),
      ]
      await catalog.put({ clients: [client('client-1'), client('client-2')] }, catalogEntry())
      assert.deepEqual(await linksAccounts(), [false, false, false])
      await catalog.put({ skills: [at('/auth/o2/token', 'client-1')] }, catalogEntry())
      assert.deepEqual(await linksAccounts(), [true, true, false])
      await catalog.put({ skills: [at('https://elsewhere.example', 'client-1')] }, catalogEntry())
      assert.deepEqual(await linksAccounts(), [false, false, false])
      await catalog.put({ skills: [at('/x', 'client-2')] }, catalogEntry())
      assert.deepEqual(await linksAccounts(), [false, false, true])
      await catalog.removeSkill(skillId('A'), catalogEntry())
      assert.deepEqual(await linksAccounts(), [false, false, false])
    })

    test('a thousand units are put in one change and found in one call, unknown ones left out', async (t) => {
      const { catalog } = (await open(t)).storage
      const root = organization()
      const rooms = Array.from({ length: 999 }, (_, index) => unitBelow(root, `R${index}`))
      await catalog.put({ units: [root, ...rooms] }, catalogEntry())
      const asked = [...rooms.slice(0, 500).map((room) => room.id), ...ids(300, 'unknown'), root.id]
      const found = await catalog.findUnits([...asked, ...asked.slice(0, 50)])
      assert.deepEqual(found.sort(byId), [root, ...rooms.slice(0, 500)].sort(byId))
      assert.equal((await catalog.findUnits(rooms.map((room) => room.id))).length, 999)
    })

    test('organizations, units, skills and clients are listed by ID, byte by byte, in pages', async (t) => {
      const { catalog } = (await open(t)).storage
      const root = organization('ROOT')
      const roots = namesMixed.map((name) => organization(`of-${name}`))
      const rooms = namesMixed.map((name) => unitBelow(root, name))
      const below = unitBelow(rooms[0]!, 'below')
      const skills = namesMixed.map((name) => skill(name))
      const clients = namesMixed.map((name) => client(name))
      await catalog.put({ units: [root, ...roots, ...rooms, below], skills, clients }, catalogEntry())

      const organizations = await allPages((after) => catalog.listOrganizations(after, 4))
      assert.deepEqual(organizations, [unitId('ROOT'), ...namesInOrder.map((name) => unitId(`of-${name}`))])
      const units = await allPages((after) => catalog.listUnits(root.id, after, 4))
      assert.deepEqual(units, namesInOrder.map(unitId))
      assert.deepEqual(await catalog.listUnits(rooms[0]!.id, '', 4), [below])
      const skillIds = await allPages((after) => catalog.listSkills(after, 4))
      assert.deepEqual(skillIds, namesInOrder.map(skillId))
      assert.deepEqual(await allPages((after) => catalog.listClients(after, 4)), namesInOrder)
    })

    test('organizations and units that come later are listed behind, also where the last one of a page is gone', async (t) => {
      const { catalog } = (await open(t)).storage
      const [root, other] = [organization('ROOT'), organization('A-ROOT')]
      const rooms = ['R2', 'R3'].map((name) => unitBelow(root, name))
      await catalog.put({ units: [root, ...rooms] }, catalogEntry())
      await catalog.put({ units: [other, unitBelow(root, 'R1')] }, catalogEntry())
      assert.deepEqual(await allPages((after) => catalog.listOrganizations(after, 1)), [root.id, other.id])
      await catalog.removeUnit(rooms[0]!.id, catalogEntry({ operation: 'delete_unit' }))
      const behind = await catalog.listUnits(root.id, rooms[0]!.id, 10)
      assert.deepEqual(
        behind.map(({ id }) => id),
        [rooms[1]!.id, unitId('R1')],
      )
      await assert.rejects(catalog.listUnits(root.id, 'never-listed', 10), refusedWith('INVALID_PARAM'))
    })

    test('putting again updates what is known by its ID', async (t) => {
      const { catalog } = (await open(t)).storage
      const root = organization()
      const room = unitBelow(root, 'R101')
      const before = {
        units: [root, room],
        skills: [skill('A', { accountLinking: linking })],
        clients: [client('client-1')],
      }
      await catalog.put(before, catalogEntry())
      await catalog.findUnit(room.id)
      const change = { name: 'New', solution: 'senior_living', country: 'DE' } as const
      const newSkill = skill('A', { name: 'New', stages: ['development'] })
      const newClient = client('client-1', {
        secretHash: undefined,
        redirectUris: [],
        roles: [],
        isDemo: true,
      })
      await catalog.put(
        { units: [{ ...root, ...change }], skills: [newSkill], clients: [newClient] },
        catalogEntry(),
      )
      assert.deepEqual(await catalog.findUnit(root.id), { ...root, ...change })
      const { solution, country } = change
      assert.deepEqual(await catalog.findUnit(room.id), { ...room, solution, country })
      assert.deepEqual(await catalog.findUnits([room.id]), [{ ...room, solution, country }])
      assert.deepEqual(await catalog.findSkill(newSkill.id), newSkill)
      assert.deepEqual(await catalog.findClient('client-1'), newClient)
    })

    test('a unit never moves, and nothing of a change that would move one is kept', async (t) => {
      const { storage } = await open(t)
      const { catalog } = storage
      const { root, rooms } = await putRooms(storage, 2)
      const [first, second] = [rooms[0]!, rooms[1]!]
      const moved = { ...unitBelow(second, 'R101'), name: 'Moved' }
      const other = { ...organization('ORG2'), name: 'New' }
      const intoOther = { ...unitBelow(other, 'R101'), name: 'Moved' }
      const raised = { ...organization('R101'), name: 'Raised' }
      const lowered = { ...unitBelow(other, 'ORG1'), name: 'Lowered' }
      for (const unit of [moved, intoOther, raised, lowered]) {
        const change = { units: [other, unit], skills: [skill('A')], clients: [client('client-1')] }
        await assert.rejects(catalog.put(change, catalogEntry()), refusedWith('INVALID_PARAM'), unit.name)
      }
      assert.deepEqual(await catalog.findUnit(first.id), first)
      assert.deepEqual(await catalog.findUnit(root.id), root)
      assert.deepEqual(await catalog.listOrganizations('', 10), [root])
      assert.deepEqual(await catalog.listSkills('', 10), [])
      assert.deepEqual(await catalog.listClients('', 10), [])
      assert.equal((await storage.log.list({}, { newest: false, limit: 10 })).length, 1)
    })

    test('a unit below an unknown parent is refused, with the whole change', async (t) => {
      const { storage } = await open(t)
      const root = organization()
      const orphan = unitBelow(unitBelow(root, 'F1'), 'R101')
      const put = storage.catalog.put({ units: [root, orphan] }, catalogEntry())
      await assert.rejects(put, refusedWith('INVALID_PARAM'))
      assert.deepEqual(await storage.catalog.findUnits([root.id, orphan.id]), [])
      assert.deepEqual(await storage.log.list({}, { newest: false, limit: 10 }), [])
    })

    test('a change is logged with the entry that came with it', async (t) => {
      const { storage } = await open(t)
      const entry = catalogEntry({ organizationId: unitId('ORG1'), detail: { units: 1, note: 'ünïcode' } })
      await storage.catalog.put({ units: [organization()] }, entry)
      const removal = catalogEntry({ unitId: unitId('ORG1') })
      assert.equal(await storage.catalog.removeUnit(unitId('ORG1'), removal), true)
      assert.equal(await storage.catalog.removeUnit(unitId('ORG1'), catalogEntry()), false)
      const logged = await storage.log.list({}, { newest: false, limit: 10 })
      assert.deepEqual(logged.map(withoutId), [entryOf(entry), entryOf(removal)])
    })

    test('a refresh token of the catalog is a grant of its client, the same after each load of the file', async (t) => {
      const { catalog, grants } = (await open(t)).storage
      const token = {
        id: 'grant-1',
        clientId: 'client-1',
        personId: undefined,
        scopes: ['profile'],
        refreshTokenHash: 'hash',
      }
      const change = { clients: [client('client-1')], refreshTokens: [{ ...token, createdAt: t0 }] }
      await catalog.put(change, catalogEntry())
      const granted = { ...token, createdAt: t0, revokedAt: undefined }
      assert.deepEqual(await grants.findGrant('hash'), granted)

      await grants.revokeGrant('grant-1', t0 + 1, t0 + 10)
      const again = {
        clients: [client('client-1')],
        refreshTokens: [{ ...token, id: 'other', createdAt: t0 + 5 }],
      }
      await catalog.put(again, catalogEntry())
      assert.deepEqual(await grants.findGrant('hash'), { ...granted, revokedAt: t0 + 1 })
    })

    test('a delegated link of the catalog is linked, and put again it takes the new tokens', async (t) => {
      const { catalog, delegatedLinks } = (await open(t)).storage
      const link = { organizationId: unitId('ORG1'), skillId: skillId('A'), sealedTokens: 'first' }
      const units = [organization()]
      await catalog.put({ units, delegatedLinks: [link] }, catalogEntry())
      await catalog.put({ units, delegatedLinks: [{ ...link, sealedTokens: 'second' }] }, catalogEntry())
      const listed = await delegatedLinks.list(unitId('ORG1'))
      assert.deepEqual(
        listed.map(({ skillId, state, sealedTokens, dueAt }) => ({ skillId, state, sealedTokens, dueAt })),
        [{ skillId: skillId('A'), state: 'LINKED', sealedTokens: 'second', dueAt: undefined }],
      )
    })
  })

  describe('the catalog, when something goes', () => {
    test('a unit is removed once nothing stands below it and nothing is enabled for it', async (t) => {
      const { storage } = await open(t)
      const { catalog, enablements } = storage
      const { root, rooms } = await putRooms(storage, 1)
      const room = rooms[0]!
      await enablements.enable(record(room, 'A'), stamp(t0))
      const entries = (await storage.log.list({}, { newest: false, limit: 10 })).length
      await assert.rejects(catalog.removeUnit(root.id, catalogEntry()), refusedWith('INVALID_PARAM'))
      await assert.rejects(catalog.removeUnit(room.id, catalogEntry()), refusedWith('INVALID_PARAM'))
      assert.equal((await storage.log.list({}, { newest: false, limit: 10 })).length, entries)
      assert.deepEqual(await catalog.findUnit(room.id), room)

      await enablements.disable(room.id, skillId('A'), undefined, stamp(t0))
      assert.equal(await catalog.removeUnit(room.id, catalogEntry()), true)
      assert.equal(await catalog.findUnit(room.id), undefined)
      assert.equal(await catalog.removeUnit(room.id, catalogEntry()), false)
      assert.equal(await catalog.removeUnit(root.id, catalogEntry()), true)
      assert.equal(await catalog.findUnit(root.id), undefined)
    })

    test('the links of a removed organization are discarded', async (t) => {
      const { catalog, links, delegatedLinks } = (await open(t)).storage
      const mine = { organizationId: unitId('ORG1'), skillId: skillId('A'), sealedTokens: 'mine' }
      const theirs = { ...mine, organizationId: unitId('ORG2'), sealedTokens: 'theirs' }
      const units = [organization('ORG1'), organization('ORG2')]
      await catalog.put({ units, delegatedLinks: [mine, theirs] }, catalogEntry())
      await catalog.removeUnit(unitId('ORG1'), catalogEntry({ at: t0 + 7 }))
      const gone = await links.find({ ...mine, name: 'delegated' })
      assert.deepEqual([gone?.state, gone?.dueAt, gone?.claim], ['DISCARDED', t0 + 7, undefined])
      assert.deepEqual(await delegatedLinks.list(unitId('ORG1')), [])
      assert.equal((await delegatedLinks.list(unitId('ORG2'))).length, 1)
    })

    test('a skill is removed once it is enabled nowhere, and its links are discarded', async (t) => {
      const { storage } = await open(t)
      const { catalog, enablements, links } = storage
      const room = await putRoom(storage)
      const link = { organizationId: unitId('ORG1'), skillId: skillId('A'), sealedTokens: 'tokens' }
      await catalog.put({ skills: [skill('A'), skill('B')], delegatedLinks: [link] }, catalogEntry())
      await enablements.enable(record(room, 'A'), stamp(t0))
      await assert.rejects(catalog.removeSkill(skillId('A'), catalogEntry()), refusedWith('INVALID_PARAM'))
      assert.deepEqual(await catalog.findSkill(skillId('A')), skill('A'))

      await enablements.disable(room.id, skillId('A'), undefined, stamp(t0))
      assert.equal(await catalog.removeSkill(skillId('A'), catalogEntry({ at: t0 + 7 })), true)
      assert.equal(await catalog.findSkill(skillId('A')), undefined)
      assert.equal(await catalog.removeSkill(skillId('A'), catalogEntry()), false)
      assert.deepEqual(await catalog.listSkills('', 10), [skill('B')])
      const gone = await links.find({ ...link, name: 'delegated' })
      assert.deepEqual([gone?.state, gone?.dueAt], ['DISCARDED', t0 + 7])
    })

    test('a client goes with its codes and refresh tokens, and takes those of no other', async (t) => {
      const { catalog, grants } = (await open(t)).storage
      const clients = [client('client-1'), client('client-2')]
      const tokenOf = (id: string) => ({
        id: `grant of ${id}`,
        clientId: id,
        personId: undefined,
        scopes: ['profile'],
        refreshTokenHash: `hash of ${id}`,
        createdAt: t0,
      })
      const refreshTokens = [tokenOf('client-1'), tokenOf('client-2')]
      await catalog.put({ clients, refreshTokens }, catalogEntry())
      for (const { id } of clients) {
        await grants.addCode({
          codeHash: `code of ${id}`,
          clientId: id,
          personId: undefined,
          redirectUri: 'http://127.0.0.1:9090/cb',
          scopes: ['profile'],
          codeChallenge: undefined,
          codeChallengeMethod: undefined,
          expiresAt: t0 + 300_000,
        })
      }
      assert.equal(await catalog.removeClient('client-1', principalId('C1'), catalogEntry()), true)
      assert.equal(await catalog.removeClient('client-1', principalId('C1'), catalogEntry()), false)
      assert.equal(await catalog.findClient('client-1'), undefined)
      assert.equal(await grants.findGrant('hash of client-1'), undefined)
      assert.equal(await grants.findCode('code of client-1'), undefined)
      assert.deepEqual(await catalog.findClient('client-2'), clients[1])
      assert.equal((await grants.findGrant('hash of client-2'))?.clientId, 'client-2')
      assert.equal((await grants.findCode('code of client-2'))?.clientId, 'client-2')
    })
  })

  describe('the catalog, at the same time', () => {
    test('a record is removed once, however many ask for it', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const units = [organization()]
        await storage.catalog.put({ units, skills: [skill('A')], clients: [client('one')] }, catalogEntry())
        const both = [storage.catalog, otherNode.catalog]
        for (const remove of [
          () => both.map((catalog) => () => catalog.removeUnit(unitId('ORG1'), catalogEntry())),
          () => both.map((catalog) => () => catalog.removeSkill(skillId('A'), catalogEntry())),
          () => both.map((catalog) => () => catalog.removeClient('one', principalId('C1'), catalogEntry())),
        ]) {
          assert.deepEqual((await atOnce(remove())).sort(), [false, true])
        }
      }
    })

    test('a unit that goes while a skill is enabled for it leaves no enablement behind', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const room = await putRoom(storage)
        const enable = () => storage.enablements.enable(record(room, 'A'), stamp(t0))
        const remove = () => otherNode.catalog.removeUnit(room.id, catalogEntry())
        const calls = round % 2 === 0 ? [enable, remove] : [remove, enable]
        const ends = await atOnce<unknown>(calls)
        const codes = ends.flatMap((end) => (end instanceof Refusal ? [end.code] : []))
        const stored = await storage.enablements.find(room.id, skillId('A'))
        assert.deepEqual(codes, stored === undefined ? ['NOT_FOUND'] : ['INVALID_PARAM'])
        const units = await otherNode.catalog.listUnits(unitId('ORG1'), '', 10)
        assert.equal(units.length, stored === undefined ? 0 : 1)
        await storage.enablements.disable(room.id, skillId('A'), undefined, stamp(t0))
      }
    })

    test('a unit that goes while another is put below it leaves no orphan behind', async (t) => {
      const { storage, otherNode } = await open(t)
      for (let round = 0; round < raceRounds; round++) {
        const floor = await putRoom(storage)
        const room = unitBelow(floor, `below-${round}`)
        const put = () => storage.catalog.put({ units: [room] }, catalogEntry())
        const remove = () => otherNode.catalog.removeUnit(floor.id, catalogEntry())
        await atOnce<unknown>(round % 2 === 0 ? [put, remove] : [remove, put])
        const floors = await storage.catalog.listUnits(unitId('ORG1'), '', 10)
        const rooms = await storage.catalog.listUnits(floor.id, '', 10)
        assert.deepEqual(rooms, floors.length === 0 ? [] : [room])
        await storage.catalog.removeUnit(room.id, catalogEntry())
      }
    })

    test('changes that name the same records in other orders all stand', async (t) => {
      const { storage, otherNode } = await open(t)
      const roots = namesMixed.map((name) => organization(name))
      const skills = namesMixed.map((name) => skill(name))
      const forth = { units: roots, skills }
      const back = { units: roots.toReversed(), skills: skills.toReversed() }
      for (let round = 0; round < raceRounds; round++) {
        await Promise.all([
          storage.catalog.put(forth, catalogEntry()),
          otherNode.catalog.put(back, catalogEntry()),
        ])
      }
      assert.deepEqual(
        (await storage.catalog.listSkills('', 100)).map((one) => one.id),
        namesInOrder.map(skillId),
      )
    })
  })
}

function ids(count: number, name: string) {
  return Array.from({ length: count }, (_, index) => unitId(`${name}-${index}`))
}

function byId(a: Unit, b: Unit): number {
  return a.id < b.id ? -1 : 1
}

/** The IDs of a list, read page by page; the page of four and its limit hold for all of them. */
async function allPages(page: (after: string) => Promise<{ id: string }[]>): Promise<string[]> {
  const seen: string[] = []
  for (let pages = 0; pages < 10; pages++) {
    const found = await page(seen.at(-1) ?? '')
    assert.ok(found.length <= 4)
    seen.push(...found.map((one) => one.id))
    if (found.length === 0) return seen
  }
  throw new Error('The list does not end.')
}
