/** Starts changes: as asked for, to take another one back, or to retry its failed items. */
import type { Asker } from '../../model/access.ts'
import { type Change, failedIn, failedOutcomes, type Selection } from '../../model/changes/change.ts'
import type { Context } from '../../model/ports/context.ts'
import type { NewChange } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import type { ChangeRequest, ChangeView } from '../../protocol/console/change.ts'
import { admitToChange, authorOf } from './admit-change.ts'
import { changeView } from './change-view.ts'
import { type ChangePlan, planChange } from './plan-change.ts'

/** The most changes of one caller that run at the same time. */
const runningMax = 20

export interface ChangeCall {
  readonly requestId: string
  /** The header `Idempotency-Key`. */
  readonly idempotencyKey: string | readonly string[] | undefined
}

/** Notes the change, which the background makes. A repeated call with the same key returns the first change again. */
export async function startChange(
  context: Context,
  asker: Asker,
  call: ChangeCall,
  request: ChangeRequest,
): Promise<ChangeView> {
  const plan = await planChange(context, asker, request, 'change')
  return start(context, asker, call, plan, { asked: request })
}

/** Starts a change that takes back what another one did. */
export async function undoChange(
  context: Context,
  asker: Asker,
  call: ChangeCall,
  id: string,
): Promise<ChangeView> {
  const plan = undoPlan(await admitToChange(context, asker, id, 'change'))
  return start(context, asker, call, plan, { asked: { undo: id }, undoOf: id })
}

/** Starts a change of the items that another one did not do. */
export async function retryChange(
  context: Context,
  asker: Asker,
  call: ChangeCall,
  id: string,
): Promise<ChangeView> {
  const change = await admitToChange(context, asker, id, 'change')
  if (change.status === 'running') throw stillRuns(id)
  const total = failedIn(change.counts)
  if (total === 0)
    throw refuse('INVALID_PARAM', `Nothing of the change ${id} has failed.`, { reason: 'state' })
  const unnoted = await context.storage.changes.findUnnoted(id)
  const selection: Selection = { kind: 'items', of: id, outcomes: failedOutcomes, isUndo: false, unnoted }
  const plan = { terms: change, selection, total, rootId: change.rootId }
  return start(context, asker, call, plan, { asked: { retry: id }, retryOf: id })
}

/** Refuses with INVALID_PARAM to take back a change that runs or that did nothing. */
export function undoPlan(change: Change): ChangePlan {
  const { id, status, counts, action, rootId, skillIds } = change
  if (status === 'running') throw stillRuns(id)
  if (counts.done === 0) throw refuse('INVALID_PARAM', `The change ${id} did nothing.`, { reason: 'state' })
  return {
    terms: {
      action: action === 'enable' ? 'disable' : 'enable',
      skillIds,
      stage: undefined,
      partition: undefined,
    },
    selection: { kind: 'items', of: id, outcomes: ['done'], isUndo: true },
    total: counts.done,
    rootId,
  }
}

function stillRuns(id: string) {
  return refuse('INVALID_PARAM', `The change ${id} still runs. Wait, or cancel it first.`, {
    reason: 'state',
  })
}

async function start(
  context: Context,
  asker: Asker,
  { requestId, idempotencyKey }: ChangeCall,
  { terms, ...plan }: ChangePlan,
  { asked, undoOf, retryOf }: { asked: object; undoOf?: string; retryOf?: string },
): Promise<ChangeView> {
  const { action, skillIds, stage, partition } = terms
  const author = authorOf(asker)
  const change: NewChange = {
    ...plan,
    ...author,
    action,
    skillIds,
    stage,
    partition,
    id: context.newId(),
    undoOf,
    retryOf,
    idempotency: idempotencyOf(context, author.actor, idempotencyKey, asked),
  }
  const stamp = { now: context.now(), requestId, actor: author.actor }
  const added = await context.storage.changes.add(change, stamp, runningMax)
  context.changesAreDue()
  return changeView(context, added)
}

/** A key belongs to one caller. */
function idempotencyOf(
  context: Context,
  actor: string,
  key: ChangeCall['idempotencyKey'],
  asked: object,
): NewChange['idempotency'] {
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw refuse('INVALID_PARAM', 'Idempotency-Key is invalid: 1 to 200 printable characters without spaces.')
  }
  const requestHash = context.secrets.hash(JSON.stringify(asked), 'change-request')
  return { key: `${actor} ${key}`, requestHash }
}
