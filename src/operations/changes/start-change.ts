/** Starts changes: as asked for, to take another one back, or to retry its failed items. */
import type { Asker } from '../../model/access.ts'
import { type Change, failedIn, failedOutcomes, type Selection } from '../../model/changes/change.ts'
import type { Context } from '../../model/ports/context.ts'
import type { NewChange } from '../../model/ports/storage.ts'
import { refuse } from '../../model/refusal.ts'
import type { ChangeRequest, ChangeView } from '../../protocol/console/change.ts'
import { admitPrincipal } from '../units/admit-unit.ts'
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
  return start(context, asker, call, request, () => planChange(context, asker, request, 'change'))
}

/** Starts a change that takes back what another one did. */
export async function undoChange(
  context: Context,
  asker: Asker,
  call: ChangeCall,
  id: string,
): Promise<ChangeView> {
  return start(context, asker, call, { undo: id }, async () => {
    return { ...undoPlan(await admitToChange(context, asker, id, 'change')), undoOf: id }
  })
}

/** Starts a change of the items that another one did not do. */
export async function retryChange(
  context: Context,
  asker: Asker,
  call: ChangeCall,
  id: string,
): Promise<ChangeView> {
  return start(context, asker, call, { retry: id }, async () => {
    return { ...(await retryPlan(context, asker, id)), retryOf: id }
  })
}

async function retryPlan(context: Context, asker: Asker, id: string): Promise<ChangePlan> {
  const change = await admitToChange(context, asker, id, 'change')
  if (change.status === 'running') throw stillRuns(id)
  const total = failedIn(change.counts)
  if (total === 0)
    throw refuse('INVALID_PARAM', `Nothing of the change ${id} has failed.`, { reason: 'state' })
  const unnoted = await context.storage.changes.findUnnoted(id)
  const selection: Selection = { kind: 'items', of: id, outcomes: failedOutcomes, isUndo: false, unnoted }
  return { terms: change, selection, total, rootId: change.rootId }
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

/** A repeated call is answered before its plan is made: what it names may be gone by then. */
async function start(
  context: Context,
  asker: Asker,
  { requestId, idempotencyKey }: ChangeCall,
  asked: object,
  planOf: () => Promise<ChangePlan & { readonly undoOf?: string; readonly retryOf?: string }>,
): Promise<ChangeView> {
  if (asker.kind === 'principal') await admitPrincipal(context, asker.principal)
  const author = authorOf(asker)
  const idempotency = idempotencyOf(context, author.actor, idempotencyKey, asked)
  const known = idempotency && (await context.storage.changes.findRepeated(idempotency))
  if (known !== undefined) return changeView(context, known)
  const { terms, undoOf, retryOf, ...plan } = await planOf()
  const { action, skillIds, stage, partition } = terms
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
    idempotency,
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
