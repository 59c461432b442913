/** Where the operator sees and replaces the keys of the service. */
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance } from 'fastify'
import type { Context } from '../../model/ports/context.ts'
import type { KeyRing } from '../../model/ports/key-ring.ts'
import {
  addSealingKey,
  addSigningKey,
  dropSealingKey,
  readKeys,
} from '../../operations/upkeep/rotate-keys.ts'
import { KeysView, SealingKeyPath } from '../../protocol/operator-keys.ts'
import { operatorCallOf } from '../engine/exchange.ts'
import { jsonAnswer, refusals } from './answer-schema.ts'
import { described, operator, removed } from './operator-route.ts'

export function keyRoutes(untyped: FastifyInstance, context: Context, ring: () => KeyRing): void {
  const app = untyped.withTypeProvider<TypeBoxTypeProvider>()
  const path = '/_skillkeeper/keys'
  const keys = { 200: jsonAnswer('The keys.', KeysView), ...refusals('single', 401, 429) }
  app.get(
    path,
    {
      ...operator('keys'),
      schema: {
        ...described('getKeys', 'See the keys of the service and what rests under them'),
        response: keys,
      },
    },
    () => readKeys(context, ring()),
  )
  app.post(
    `${path}/signing`,
    {
      ...operator('keys'),
      schema: {
        ...described('addSigningKey', 'Replace the signing key'),
        response: { ...keys, ...refusals('single', 413) },
      },
    },
    (request) => addSigningKey(context, ring(), operatorCallOf(request)),
  )
  app.post(
    `${path}/sealing`,
    {
      ...operator('keys'),
      schema: {
        ...described('addSealingKey', 'Replace the sealing key of a data folder'),
        response: { ...keys, ...refusals('single', 413) },
      },
    },
    (request) => addSealingKey(context, ring(), operatorCallOf(request)),
  )
  app.delete(
    `${path}/sealing/:keyId`,
    {
      ...operator('keys'),
      schema: {
        ...described('removeSealingKey', 'Remove a sealing key that nothing rests under'),
        params: SealingKeyPath,
        response: removed,
      },
    },
    async (request, reply) => {
      await dropSealingKey(context, ring(), request.params.keyId, operatorCallOf(request))
      reply.code(204)
    },
  )
}
