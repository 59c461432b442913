/** The routes of the operations of the page. Source of each: the heading of the same name. */
import { disableBatch } from '../../operations/enablements/disable-batch.ts'
import { disableSkill } from '../../operations/enablements/disable-skill.ts'
import { enableBatch } from '../../operations/enablements/enable-batch.ts'
import { enableSkill } from '../../operations/enablements/enable-skill.ts'
import { getBatch } from '../../operations/enablements/get-batch.ts'
import { getEnablement } from '../../operations/enablements/get-enablement.ts'
import { listEnablements } from '../../operations/enablements/list-enablements.ts'
import * as schemas from '../../protocol/enablement.ts'
import type { Operation } from '../../protocol/operations.ts'
import { principalOf } from '../engine/exchange.ts'
import { accepted, created, noContent, ok } from './answer-schema.ts'
import { type Route, route } from './route.ts'

const listPath = '/v1/skills/enablements'
const skillPath = '/v1/skills/:skillId/enablements'

function enablements(operation: Operation, shape: 'single' | 'batch') {
  return { config: { operation, access: 'client', shape }, tag: 'Skill enablements' } as const
}

const singleRoutes: readonly Route[] = [
  route({
    ...enablements('get', 'single'),
    method: 'GET',
    path: skillPath,
    operationId: 'getEnablement',
    summary: 'Get a skill enablement record for a unit',
    params: schemas.SkillPath,
    query: schemas.GetQuery,
    success: ok('The request succeeded.', schemas.Enablement),
    refuses: [404],
    handle: (context, request) =>
      getEnablement(context, principalOf(request), { skillId: request.params.skillId, ...request.query }),
  }),
  route({
    ...enablements('list', 'single'),
    method: 'GET',
    path: listPath,
    operationId: 'listEnablements',
    summary: 'List skill enablements for a unit',
    query: schemas.ListQuery,
    success: ok('The request succeeded.', schemas.EnablementPage),
    handle: (context, request) => listEnablements(context, principalOf(request), request.query),
  }),
  route({
    ...enablements('enable', 'single'),
    method: 'POST',
    path: skillPath,
    operationId: 'enableSkill',
    summary: 'Enable a skill for a unit',
    params: schemas.SkillPath,
    body: schemas.EnableRequest,
    success: created('The skill enablement was successfully created.', schemas.EnableAnswer),
    refuses: [404],
    handle: (context, request) =>
      enableSkill(context, principalOf(request), {
        skillId: request.params.skillId,
        requestId: request.id,
        request: request.body,
      }),
  }),
  route({
    ...enablements('disable', 'single'),
    method: 'DELETE',
    path: skillPath,
    operationId: 'disableSkill',
    summary: 'Disable a skill for a unit',
    params: schemas.SkillPath,
    query: schemas.DisableQuery,
    success: noContent('The skill enablement was successfully deleted.'),
    refuses: [404],
    handle: (context, request) =>
      disableSkill(context, principalOf(request), {
        skillId: request.params.skillId,
        ...request.query,
        requestId: request.id,
      }),
  }),
]

/** The operations themselves check the body, item by item. */
const batchRoutes: readonly Route[] = [
  route({
    ...enablements('batch_enable', 'batch'),
    method: 'POST',
    path: `${skillPath}/batch`,
    operationId: 'enableSkillBatch',
    summary: 'Enable a skill for multiple units',
    params: schemas.SkillPath,
    unchecked: { body: schemas.BatchEnableRequest },
    success: accepted('The request was accepted.'),
    handle: (context, request) =>
      enableBatch(context, principalOf(request), {
        skillId: request.params.skillId,
        requestId: request.id,
        body: request.body,
      }),
  }),
  route({
    ...enablements('batch_disable', 'batch'),
    method: 'POST',
    path: `${skillPath}/batchDelete`,
    operationId: 'disableSkillBatch',
    summary: 'Disable a skill for multiple units',
    params: schemas.SkillPath,
    unchecked: { body: schemas.BatchDisableRequest },
    success: accepted('The request was accepted.'),
    handle: (context, request) =>
      disableBatch(context, principalOf(request), {
        skillId: request.params.skillId,
        requestId: request.id,
        body: request.body,
      }),
  }),
  route({
    ...enablements('batch_get', 'batch'),
    method: 'POST',
    path: `${listPath}/batchGet`,
    operationId: 'getEnablementBatch',
    summary: 'Get skill enablements for multiple units',
    unchecked: { body: schemas.BatchGetRequest },
    success: ok('The request succeeded.', schemas.EnablementsOfUnitsPage),
    handle: (context, request) => getBatch(context, principalOf(request), request.body),
  }),
]

export const enablementRoutes: readonly Route[] = [...singleRoutes, ...batchRoutes]
