/** Changes of one record of the catalog by the operator. */
import type { Static, TSchema } from 'typebox'
import type { MaybePromise } from '../../model/maybe-promise.ts'
import type { Context } from '../../model/ports/context.ts'
import { changeRecord, renewSecret } from '../../operations/catalog/change-record.ts'
import { getClient, getOrganization, getPerson, showSkill } from '../../operations/catalog/read-catalog.ts'
import {
  ClientPatch,
  ClientSecret,
  OrganizationPatch,
  PersonPatch,
  type RecordKind,
  SkillPatch,
} from '../../protocol/catalog/record-patch.ts'
import {
  ClientPath,
  ClientView,
  OrganizationView,
  PersonPath,
  PersonView,
  SkillPathById,
  SkillView,
  UnitPath,
} from '../../protocol/operator.ts'
import { operatorCallOf, worldOf } from '../engine/exchange.ts'
import { created, ok } from './answer-schema.ts'
import { operator } from './operator-route.ts'
import { type Route, route } from './route.ts'

export const recordRoutes: readonly Route[] = [
  patch('organizations', UnitPath, {
    operationId: 'changeOrganization',
    summary: 'Change properties of an organization',
    unchecked: { body: OrganizationPatch },
    view: OrganizationView,
    read: getOrganization,
  }),
  patch('skills', SkillPathById, {
    operationId: 'changeSkill',
    summary: 'Change properties of a skill',
    unchecked: { body: SkillPatch },
    view: SkillView,
    read: showSkill,
  }),
  patch('clients', ClientPath, {
    operationId: 'changeClient',
    summary: 'Change properties of a client',
    unchecked: { body: ClientPatch },
    view: ClientView,
    read: getClient,
  }),
  patch('people', PersonPath, {
    operationId: 'changePerson',
    summary: 'Change properties of a person',
    unchecked: { body: PersonPatch },
    view: PersonView,
    read: getPerson,
  }),
  route({
    ...operator('catalog'),
    method: 'POST',
    path: '/_skillkeeper/clients/:id/secret',
    operationId: 'renewClientSecret',
    summary: 'Give a client a new secret; the old one ends at once',
    params: ClientPath,
    success: created('The secret.', ClientSecret),
    refuses: [404],
    handle: async (context, request, reply) => {
      reply.header('cache-control', 'no-store')
      const secret = await renewSecret(context, request.params.id, operatorCallOf(request))
      worldOf(request).tokens.forget()
      return secret
    },
  }),
]

type RecordPath = typeof UnitPath | typeof SkillPathById | typeof ClientPath | typeof PersonPath

interface Patch<Path extends RecordPath, View extends TSchema>
  extends Pick<Route, 'operationId' | 'summary' | 'unchecked'> {
  readonly view: View
  read(context: Context, id: Static<Path>['id']): MaybePromise<Static<View>>
}

/** The operation checks the patch, with the record that comes of it. */
function patch<Path extends RecordPath, View extends TSchema>(
  kind: RecordKind,
  params: Path,
  { view, read, ...row }: Patch<Path, View>,
): Route {
  return route({
    ...operator('catalog'),
    ...row,
    method: 'PATCH',
    path: `/_skillkeeper/${kind}/:id`,
    params,
    success: ok('The record as it is now.', view),
    refuses: [404],
    handle: async (context, request) => {
      const { id } = request.params as Static<Path>
      await changeRecord(context, kind, id, request.body, operatorCallOf(request))
      worldOf(request).tokens.forget()
      return await read(context, id)
    },
  })
}
