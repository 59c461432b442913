/** Worlds: create, list, remove; access tokens and stored records of one. */
import { created, noContent, ok } from '../../http/routes/answer-schema.ts'
import { type Route, route } from '../../http/routes/route.ts'
import { statusAt } from '../../model/enablement.ts'
import { refuse } from '../../model/refusal.ts'
import {
  ReadToken,
  ReadTokenRequest,
  StoredEnablement,
  StoredEnablementQuery,
  TestToken,
  TestTokenRequest,
} from '../../protocol/test-controls/clients.ts'
import { WorldList, WorldPath, WorldRequest, WorldView } from '../../protocol/test-controls/worlds.ts'
import type { Laboratory } from '../laboratory.ts'
import { control } from '../requests/control.ts'
import type { Held } from '../worlds/held-world.ts'
import { mintToken, readToken } from './access-tokens.ts'
import { instantText } from './control.ts'

const path = '/_skillkeeper/test/worlds'

export function worldRoutes(laboratory: () => Laboratory): readonly Route[] {
  return [
    route({
      ...control('test_worlds'),
      method: 'POST',
      path,
      operationId: 'createWorld',
      summary: 'Create a world: a service with a state of its own',
      body: WorldRequest,
      success: created('The world.', WorldView),
      handle: async (_context, { body }) => view(laboratory(), await laboratory().create(body)),
    }),
    route({
      ...control('test_worlds'),
      method: 'GET',
      path,
      operationId: 'listWorlds',
      summary: 'List the worlds of the service',
      success: ok('The worlds, the oldest first.', WorldList),
      handle: () => ({
        items: laboratory()
          .list()
          .map((held) => view(laboratory(), held)),
      }),
    }),
    route({
      ...control('test_worlds'),
      method: 'GET',
      path: `${path}/:id`,
      operationId: 'getWorld',
      summary: 'Get a world',
      params: WorldPath,
      success: ok('The world.', WorldView),
      refuses: [404],
      handle: (_context, { params: { id } }) => view(laboratory(), laboratory().require(id)),
    }),
    route({
      ...control('test_worlds'),
      method: 'DELETE',
      path: `${path}/:id`,
      operationId: 'removeWorld',
      summary: 'Remove a world with all that is in it',
      params: WorldPath,
      success: noContent('It is removed.'),
      refuses: [404],
      handle: (_context, { params: { id } }) => laboratory().remove(id),
    }),
  ]
}

/** Routes for things that a test reads or makes past every check. */
export function storedRoutes(laboratory: () => Laboratory): readonly Route[] {
  return [
    route({
      ...control('test_tokens'),
      method: 'POST',
      path: '/_skillkeeper/test/tokens',
      operationId: 'mintAccessToken',
      summary: 'Make an access token of a client or person, past every check',
      body: TestTokenRequest,
      success: created('The token.', TestToken),
      handle: async (context, { body }) => {
        const { world } = laboratory().heldOf(context)
        return world.during(() => mintToken(world.world().context, world.storage(), body))
      },
    }),
    route({
      ...control('test_tokens'),
      method: 'POST',
      path: '/_skillkeeper/test/tokens/read',
      operationId: 'readAccessToken',
      summary: 'Read what an access token says, and whether it is accepted',
      body: ReadTokenRequest,
      success: ok('What it says.', ReadToken),
      handle: (context, { body }) => {
        const { world } = laboratory().heldOf(context)
        return world.during(() => readToken(context, world.world(), body.accessToken))
      },
    }),
    route({
      ...control('test_enablements'),
      method: 'GET',
      path: '/_skillkeeper/test/enablements',
      operationId: 'getStoredEnablement',
      summary: 'Get an enablement as it is stored, past every fault',
      query: StoredEnablementQuery,
      success: ok('The enablement.', StoredEnablement),
      refuses: [404],
      handle: async (context, { query: { unitId, skillId } }) => {
        const { world } = laboratory().heldOf(context)
        const stored = await world.during(() => world.storage().enablements.find(unitId, skillId))
        if (stored === undefined) throw refuse('NOT_FOUND', `${skillId} is not enabled for ${unitId}.`)
        const { enabledFrom, createdAt, stage, partitionNames, nameFreeLocales, isLinked } = stored
        const accountLink: StoredEnablement['accountLink'] = isLinked ? 'LINKED' : 'NOT_LINKED'
        return {
          unitId,
          skillId,
          stage,
          status: statusAt(stored, world.clock.now()),
          accountLink,
          ...(enabledFrom !== undefined && { enabledFrom: instantText(enabledFrom) }),
          createdAt: instantText(createdAt),
          partitionNames: [...partitionNames],
          nameFreeLocales: [...nameFreeLocales],
        }
      },
    }),
  ]
}

function view(laboratory: Laboratory, { world, port }: Held): WorldView {
  return {
    id: world.id,
    url: laboratory.urlOf(world.id),
    ...(port && { portUrl: port.url }),
    createdAt: instantText(world.createdAt),
    settings: world.settings(),
  }
}
