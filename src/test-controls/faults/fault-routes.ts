import type { FastifyRequest } from 'fastify'
import { created, noContent, ok } from '../../http/routes/answer-schema.ts'
import { type Route, route } from '../../http/routes/route.ts'
import type { Context } from '../../model/ports/context.ts'
import { refuse } from '../../model/refusal.ts'
import type { Activation } from '../../protocol/test-controls/clock.ts'
import {
  FaultChange,
  FaultList,
  FaultPath,
  FaultPresetRequest,
  FaultRule,
  FaultView,
} from '../../protocol/test-controls/faults.ts'
import { control } from '../requests/control.ts'
import { faultView } from './fault-view.ts'
import { presetOf } from './presets.ts'
import type { Faults } from './rules.ts'
import type { Fault } from './strike.ts'

export interface FaultControls {
  readonly faults: Faults
  /** Sets when enablements of the world become `ENABLED`. */
  setActivation(activation: Activation): void
}

const path = '/_skillkeeper/test/faults'

type ControlsOf = (request: FastifyRequest) => FaultControls

/** `controlsOf`: of the world that a request is for. */
export function faultRoutes(controlsOf: ControlsOf): readonly Route[] {
  return [...routesOfAll(controlsOf), ...routesOfOne(controlsOf)]
}

function routesOfAll(controlsOf: ControlsOf): readonly Route[] {
  return [
    route({
      ...control('test_faults'),
      method: 'POST',
      path,
      operationId: 'addFault',
      summary: 'Add a fault rule',
      body: FaultRule,
      success: created('The rule, behind all others.', FaultView),
      handle: async (context, request) => {
        const [added] = controlsOf(request).faults.add(request.body)
        return faultView(context, found(added, request.body.id))
      },
    }),
    route({
      ...control('test_faults'),
      method: 'POST',
      path: `${path}/presets`,
      operationId: 'addFaultPreset',
      summary: 'Add fault rules that are ready to use',
      body: FaultPresetRequest,
      success: created('The rules.', FaultList),
      handle: async (context, request) => {
        const { name, seed } = request.body
        const { rules, activation } = presetOf(name, seed)
        const { faults, setActivation } = controlsOf(request)
        const added = faults.add(...rules)
        if (activation !== undefined) setActivation(activation)
        return listView(context, added)
      },
    }),
    route({
      ...control('test_faults'),
      method: 'GET',
      path,
      operationId: 'listFaults',
      summary: 'List the fault rules, in the order in which they strike',
      success: ok('The rules.', FaultList),
      handle: (context, request) => listView(context, controlsOf(request).faults.list()),
    }),
    route({
      ...control('test_faults'),
      method: 'DELETE',
      path,
      operationId: 'clearFaults',
      summary: 'Remove all fault rules',
      success: noContent('There are none any more.'),
      handle: (_context, request) => controlsOf(request).faults.clear(),
    }),
  ]
}

function routesOfOne(controlsOf: ControlsOf): readonly Route[] {
  return [
    route({
      ...control('test_faults'),
      method: 'GET',
      path: `${path}/:id`,
      operationId: 'getFault',
      summary: 'Get a fault rule',
      params: FaultPath,
      success: ok('The rule.', FaultView),
      refuses: [404],
      handle: async (context, request) => {
        const { id } = request.params
        return faultView(context, found(controlsOf(request).faults.find(id), id))
      },
    }),
    route({
      ...control('test_faults'),
      method: 'PATCH',
      path: `${path}/:id`,
      operationId: 'changeFault',
      summary: 'Switch a fault rule off or on',
      params: FaultPath,
      body: FaultChange,
      success: ok('The rule.', FaultView),
      refuses: [404],
      handle: async (context, request) => {
        const { id } = request.params
        return faultView(context, found(controlsOf(request).faults.setEnabled(id, request.body.enabled), id))
      },
    }),
    route({
      ...control('test_faults'),
      method: 'DELETE',
      path: `${path}/:id`,
      operationId: 'removeFault',
      summary: 'Remove a fault rule',
      params: FaultPath,
      success: noContent('It is removed.'),
      refuses: [404],
      handle: (_context, request) => {
        const { id } = request.params
        if (!controlsOf(request).faults.remove(id)) throw noSuchRule(id)
      },
    }),
  ]
}

async function listView(context: Context, faults: readonly Fault[]): Promise<FaultList> {
  return { items: await Promise.all(faults.map((fault) => faultView(context, fault))) }
}

function found(fault: Fault | undefined, id: string | undefined): Fault {
  if (fault === undefined) throw noSuchRule(id)
  return fault
}

function noSuchRule(id: string | undefined) {
  return refuse('NOT_FOUND', `There is no fault rule ${id}.`)
}
