/** The keys of the service in the operator's API: read, replace, remove. */
import type { KeyRing } from '../../model/ports/key-ring.ts'
import {
  addSealingKey,
  addSigningKey,
  dropSealingKey,
  readKeys,
} from '../../operations/upkeep/rotate-keys.ts'
import { KeysView, SealingKeyPath } from '../../protocol/operator-keys.ts'
import { operatorCallOf } from '../engine/exchange.ts'
import { ok } from './answer-schema.ts'
import { operator, removed } from './operator-route.ts'
import { type Route, route } from './route.ts'

const path = '/_skillkeeper/keys'
const keys = ok('The keys.', KeysView)

/** `ring` is called only during a request. */
export function keyRoutes(ring: () => KeyRing): readonly Route[] {
  return [
    route({
      ...operator('keys'),
      method: 'GET',
      path,
      operationId: 'getKeys',
      summary: 'List the keys of the service and the number of values that each seals',
      success: keys,
      handle: (context) => readKeys(context, ring()),
    }),
    route({
      ...operator('keys'),
      method: 'POST',
      path: `${path}/signing`,
      operationId: 'addSigningKey',
      summary: 'Replace the signing key',
      success: keys,
      handle: (context, request) => addSigningKey(context, ring(), operatorCallOf(request)),
    }),
    route({
      ...operator('keys'),
      method: 'POST',
      path: `${path}/sealing`,
      operationId: 'addSealingKey',
      summary: 'Replace the sealing key of a data folder',
      success: keys,
      handle: (context, request) => addSealingKey(context, ring(), operatorCallOf(request)),
    }),
    route({
      ...operator('keys'),
      method: 'DELETE',
      path: `${path}/sealing/:keyId`,
      operationId: 'removeSealingKey',
      summary: 'Remove a sealing key that seals no value',
      params: SealingKeyPath,
      success: removed,
      refuses: [404],
      handle: (context, request) =>
        dropSealingKey(context, ring(), request.params.keyId, operatorCallOf(request)),
    }),
  ]
}
