/** The keys of the service in the operator's API: read, replace, remove. */
import {
  addSealingKey,
  addSigningKey,
  dropSealingKey,
  readKeys,
} from '../../operations/upkeep/rotate-keys.ts'
import { KeysView, SealingKeyPath } from '../../protocol/operator-keys.ts'
import { operatorCallOf, worldOf } from '../engine/exchange.ts'
import { ok } from './answer-schema.ts'
import { operator, removed } from './operator-route.ts'
import { type Route, route } from './route.ts'

const path = '/_skillkeeper/keys'
const keys = ok('The keys.', KeysView)

export const keyRoutes: readonly Route[] = [
  route({
    ...operator('keys'),
    method: 'GET',
    path,
    operationId: 'getKeys',
    summary: 'List the keys of the service and the number of values that each seals',
    success: keys,
    handle: (context, request) => readKeys(context, worldOf(request).keys),
  }),
  route({
    ...operator('keys'),
    method: 'POST',
    path: `${path}/signing`,
    operationId: 'addSigningKey',
    summary: 'Replace the signing key',
    success: keys,
    handle: (context, request) => addSigningKey(context, worldOf(request).keys, operatorCallOf(request)),
  }),
  route({
    ...operator('keys'),
    method: 'POST',
    path: `${path}/sealing`,
    operationId: 'addSealingKey',
    summary: 'Replace the sealing key of a data folder',
    success: keys,
    handle: (context, request) => addSealingKey(context, worldOf(request).keys, operatorCallOf(request)),
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
      dropSealingKey(context, worldOf(request).keys, request.params.keyId, operatorCallOf(request)),
  }),
]
