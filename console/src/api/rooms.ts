/** Reads of rooms, skills and the log. */

import type { RefusalsQuery, RefusalView } from '../../../src/protocol/refusals.ts'
import { call } from './call.ts'
import type { FoundUnit, LogEntryView, LogQuery, MatrixPage, Me, Plain, Summary, UnitView } from './wire.ts'

interface Page<Item> {
  readonly items: Item[]
  readonly paginationContext: { readonly after?: string }
}

const root = '/_skillkeeper'
const unitPath = (id: string) => `${root}/units/${encodeURIComponent(id)}`

export const readMe = (signal?: AbortSignal) => call<Me>('GET', `${root}/me`, { signal })

export const readMatrixPage = (
  unitId: string,
  query: { after?: string; maxResults?: number; skillId?: readonly string[] },
  signal?: AbortSignal,
) => call<MatrixPage>('GET', `${unitPath(unitId)}/matrix`, { query, signal })

export const readSummary = (unitId: string, signal?: AbortSignal) =>
  call<Summary>('GET', `${unitPath(unitId)}/summary`, { signal })

export const readUnit = (unitId: string, signal?: AbortSignal) =>
  call<UnitView>('GET', unitPath(unitId), { signal })

export const searchUnits = (under: string, q: string, signal?: AbortSignal) =>
  call<Page<FoundUnit>>('GET', `${root}/units`, { query: { under, q, maxResults: 20 }, signal })

export type HistoryQuery = Omit<LogQuery, 'organizationId'> & { readonly under?: string }

export const readHistory = (query: HistoryQuery, signal?: AbortSignal) =>
  call<Page<LogEntryView>>('GET', `${root}/operations`, { query, signal })

export const readRefusals = (
  query: Plain<RefusalsQuery> & { readonly under?: string },
  signal?: AbortSignal,
) => call<Page<Plain<RefusalView>>>('GET', `${root}/refusals`, { query, signal })
